"""Numbers as text."""

from __future__ import annotations

from ncsn_viz.ui.widgets import number_text


def test_numbers_as_text():
    assert [number_text.short(value) for value in (0.0213, 0.5, 4.04, 220.4, 0, -0.031)] == [
        "0.021", "0.50", "4.0", "220", "0", "−0.031",
    ]  # fmt: skip
    assert number_text.short(float("nan")) == "–"
    assert number_text.short(1.234e7) == "1.2·10⁷"
    assert number_text.short(3e-6) == "3.0·10⁻⁶"
    assert number_text.thousands(1234567) == "1\u202f234\u202f567"
    assert number_text.power(-3) == "10⁻³"
