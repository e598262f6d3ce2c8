"""figure.png: the lanes as the window draws them, without an open window."""

from __future__ import annotations

import os

from ncsn_viz.lab.snapshot import Snapshot

CARD = (620, 640)  # pixels of a lane


def as_png(snapshot: Snapshot) -> bytes:
    """The lanes of `snapshot` as a PNG file. Raises RuntimeError if Qt cannot make one."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QBuffer
    from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

    from ncsn_viz.ui.lanes.grid import LaneGrid
    from ncsn_viz.ui.widgets import theme
    from ncsn_viz.ui.widgets.controls import flush

    app = QApplication.instance() or QApplication(["ncsn-viz"])
    assert isinstance(app, QApplication)
    theme.apply(app)
    lanes, figure = LaneGrid(), QWidget()
    column = flush(QVBoxLayout(figure))
    column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)  # Qt complains of hints without a screen
    column.addWidget(lanes, 1)
    column.addWidget(lanes.color_bars)
    lanes.color_bars.show()
    columns = min(3, len(snapshot.lanes))
    rows = -(-len(snapshot.lanes) // columns)
    figure.resize(CARD[0] * columns, CARD[1] * rows + lanes.color_bars.height())
    figure.show()
    lanes.show_snapshot(snapshot, -1)
    app.processEvents()
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    drawn = figure.grab().save(buffer, "PNG")
    figure.close()
    figure.deleteLater()
    app.processEvents()
    if not drawn:
        raise RuntimeError("Qt cannot draw the lanes")
    return bytes(buffer.data().data())
