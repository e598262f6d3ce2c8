"""figure.png: the lanes as the window draws them, without an open window."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.ui.charts import offscreen
from ncsn_viz.ui.lanes.grid import LaneGrid
from ncsn_viz.ui.widgets.controls import flush

CARD = (620, 640)  # pixels of a lane


def as_png(snapshot: Snapshot) -> bytes:
    """The lanes of `snapshot` as a PNG file. Raises RuntimeError if Qt cannot make one."""
    offscreen.application()
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
    return offscreen.as_png(figure)
