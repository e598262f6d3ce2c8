"""figure.png: the lanes as the window draws them, without an open window."""

from __future__ import annotations

import os
from pathlib import Path

from ncsn_viz.lab.snapshot import Snapshot

CARD = (620, 640)  # pixels of a lane


def draw(snapshot: Snapshot, path: Path) -> None:
    """Draw the lanes of `snapshot` into the PNG file `path`."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

    from ncsn_viz.ui.lanes.grid import LaneGrid
    from ncsn_viz.ui.widgets import theme
    from ncsn_viz.ui.widgets.controls import flush

    app = QApplication.instance() or QApplication(["ncsn-viz"])
    assert isinstance(app, QApplication)
    theme.apply(app)
    lanes, figure = LaneGrid(), QWidget()
    column = flush(QVBoxLayout(figure))
    column.addWidget(lanes, 1)
    column.addWidget(lanes.color_bars)
    lanes.color_bars.show()
    columns = min(3, len(snapshot.lanes))
    rows = -(-len(snapshot.lanes) // columns)
    figure.resize(CARD[0] * columns, CARD[1] * rows + lanes.color_bars.height())
    figure.show()
    lanes.show_snapshot(snapshot, -1)
    app.processEvents()
    figure.grab().save(str(path))
    figure.close()
    figure.deleteLater()
    app.processEvents()
