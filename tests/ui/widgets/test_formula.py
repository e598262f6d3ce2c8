"""Formulas: every kind has one that is typeset and drawn."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from ncsn_viz.core.objectives import OBJECTIVES
from ncsn_viz.core.samplers import SAMPLERS
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.assets import asset
from ncsn_viz.ui.widgets.formula import COLUMNS, LINE_HEIGHT, SymbolValues, TypesetFormula


@pytest.mark.parametrize("kind", [*OBJECTIVES, *SAMPLERS])
def test_every_formula_is_typeset_and_drawn(qtbot, kind):
    assert asset(f"formulas/{kind.kind}.svg").is_file()
    formula = TypesetFormula()
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


@pytest.mark.parametrize("values", [{"ηᵢ": 0.000123, "√2ηᵢ": 0.0157, "σᵢ": 0.0278}, {"η": 0.02}, {}])
def test_no_value_of_a_symbol_is_cut(qtbot, values):
    shown = SymbolValues()
    qtbot.addWidget(shown)
    shown.resize(238, 40)
    shown.show_values(values)
    assert shown.isHidden() == (not values)
    assert shown.height() >= LINE_HEIGHT * len(values) / COLUMNS or not values
    for symbol, text in shown.values.items():
        needed = painting.width_of(f"{symbol} = ", painting.font(theme.SMALL))
        needed += painting.width_of(text, painting.font(theme.SMALL, bold=True))
        assert needed <= 238 / COLUMNS - 4
