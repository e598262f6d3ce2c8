"""Formulas: every kind has one that is typeset and drawn."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from ncsn_viz.core.objectives import OBJECTIVES
from ncsn_viz.core.samplers import SAMPLERS
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.assets import asset
from ncsn_viz.ui.widgets.formula import Formula


@pytest.mark.parametrize("kind", [*OBJECTIVES, *SAMPLERS])
def test_every_formula_is_typeset_and_drawn(qtbot, kind):
    assert asset(f"formulas/{kind.kind}.svg").is_file()
    formula = Formula()
    qtbot.addWidget(formula)
    blank = formula.grab().toImage()
    formula.show_kind(kind.kind)
    formula.resize(240, formula.heightForWidth(240))
    assert not formula.isHidden()
    picture = formula.grab().toImage()
    assert picture != blank
    words = QColor(theme.colors().text).lightness()
    places = [(x, y) for x in range(picture.width()) for y in range(picture.height())]
    assert sum(abs(picture.pixelColor(*place).lightness() - words) < 40 for place in places) > 10
    formula.show_kind("nothing of the sort")
    assert formula.isHidden()
