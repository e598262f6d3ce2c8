"""Qt's own threads would wait for training, and the window for them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PAINT = """
import os, sys
os.sched_setaffinity(0, set(list(os.sched_getaffinity(0))[:2]))
{first}
from PySide6.QtGui import QGuiApplication, QImage, QPainter
app = QGuiApplication([])
kind = QImage.Format.Format_ARGB32_Premultiplied
canvas, picture = QImage(1000, 1000, kind), QImage(900, 900, kind)
painter = QPainter(canvas)
painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
painter.drawImage(canvas.rect(), picture)
painter.end()
names = [open("/proc/self/task/" + task + "/comm").read() for task in os.listdir("/proc/self/task")]
print(sum("pooled" in name for name in names))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_qt_paints_by_one_thread_on_two_cores():
    assert pooled("import ncsn_viz.ui") == 0
    assert pooled("") > 0  # which is what would wait


def pooled(first: str) -> int:
    """Qt's painting threads in a program that begins with `first`."""
    env = {name: value for name, value in os.environ.items() if name != "QT_NO_GUI_THREADPOOL"}
    code = PAINT.format(first=first)
    done = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True, timeout=60)
    return int(done.stdout)
