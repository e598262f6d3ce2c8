"""A target that is no mixture, added by one file: it stands in the gallery, is chosen, and is not painted over."""

from __future__ import annotations

import subprocess
import sys

DISC = '''
from dataclasses import dataclass

import numpy as np

from ncsn_viz.core.knobs import Real, knob
from ncsn_viz.core.targets import Target
from ncsn_viz.core.targets.base import centres


@dataclass(frozen=True)
class Disc(Target):
    """A flat disc, of which nobody says the components."""

    kind = "disc"
    title = "Disc"
    about = "A flat disc."
    radius: float = knob(3.0, Real(low=1, high=6, label="Radius", help="How far it reaches."))

    def image(self, window, n):
        x = centres(window, n)
        return (np.hypot(x, x[:, None]) < self.radius).astype(float)


import ncsn_viz.core.targets as targets

targets.TARGETS = (*targets.TARGETS, Disc)
'''

USE = """
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import disc
from ncsn_viz.core.targets import Moons, Painted
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.target.panel import TargetColumn

app = QApplication([])
theme.apply(app)
column, left, present = TargetColumn(), Qt.MouseButton.LeftButton, [Spec()]


def apply(edit, _):
    present[0] = edit(present[0])
    column.show_spec(present[0])


column.edited.connect(apply)
column.resize(260, 1000)
column.show()
QTest.qWait(200)
thumb = column.presets.thumbs["disc"]
inside, *outside = (thumb._image.pixelColor(x, y).red() for x, y in ((28, 28), (2, 2), (53, 2), (2, 53)))
assert inside > 200 > 50 > max(outside)
QTest.mouseClick(thumb, left)
assert present[0].target == disc.Disc()
assert thumb.isChecked()
assert column.canvas.shown[64, 64] == 1
assert column.canvas.shown[64, 10] == 0
assert list(column.shape.form.rows) == ["radius"]

QTest.mouseClick(column.canvas, left, pos=QPoint(60, 60))
assert present[0].target == disc.Disc()
assert column.canvas.stroke is None
assert column.painting.error_label.text() == "Disc cannot be painted over: clear the canvas first."
column.tools.clear.click()
assert present[0].target == Painted()
assert not column.painting.error_label.isVisible()
QTest.mouseClick(column.canvas, left, pos=QPoint(60, 60))
assert len(present[0].target.strokes) == 1
print("done")
"""


def test_a_target_that_is_no_mixture_is_in_the_gallery(tmp_path):
    (tmp_path / "disc.py").write_text(DISC)
    (tmp_path / "use.py").write_text(USE)
    done = subprocess.run([sys.executable, tmp_path / "use.py"], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["done"], done.stderr
