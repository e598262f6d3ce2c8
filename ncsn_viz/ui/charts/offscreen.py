"""Pictures of widgets without a window."""

from __future__ import annotations

import os

from PySide6.QtCore import QBuffer
from PySide6.QtWidgets import QApplication, QWidget

from ncsn_viz.ui.widgets import theme


def application() -> QApplication:
    """The application, which draws offscreen if it is new, with the program's theme."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = QApplication.instance() or QApplication(["ncsn-viz"])
    assert isinstance(app, QApplication)
    theme.apply(app)
    return app


def as_png(widget: QWidget) -> bytes:
    """A shown widget as a PNG file; it is closed and deleted. Raises RuntimeError if Qt cannot make one."""
    for _ in range(2):  # axes of plots take the room of their numbers when they have been drawn
        QApplication.processEvents()
        widget.grab()
    QApplication.processEvents()
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    drawn = widget.grab().save(buffer, "PNG")
    widget.close()
    widget.deleteLater()
    QApplication.processEvents()
    if not drawn:
        raise RuntimeError("Qt cannot make the picture")
    return bytes(buffer.data().data())
