"""figure.png: the lanes as the window draws them, without an open window."""

from __future__ import annotations

import os
from pathlib import Path

from ncsn_viz.lab.snapshot import Snapshot

CARD = (620, 640)  # pixels of a lane


def draw(snapshot: Snapshot, path: Path) -> None:
    """Draw the lanes of `snapshot` into the PNG file `path`."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    from ncsn_viz.ui.lanes.grid import LaneGrid
    from ncsn_viz.ui.widgets import theme

    app = QApplication.instance() or QApplication(["ncsn-viz"])
    assert isinstance(app, QApplication)
    theme.apply(app)
    lanes = LaneGrid()
    columns = min(3, len(snapshot.lanes))
    rows = -(-len(snapshot.lanes) // columns)
    lanes.resize(CARD[0] * columns, CARD[1] * rows)
    lanes.show()
    lanes.show_snapshot(snapshot, -1)
    app.processEvents()
    lanes.grab().save(str(path))
    lanes.close()
    lanes.deleteLater()
    app.processEvents()
