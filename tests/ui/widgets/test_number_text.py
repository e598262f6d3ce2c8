"""Numbers as text."""

from __future__ import annotations

import math

import pytest

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


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [(3.6427, 0.018, "3.64 ± 0.02"), (-0.0123, 0.0041, "−0.012 ± 0.004"), (1234.5, 30.0, "1234 ± 30"),
     (0.5, 0.0, "0.500"), (0.5, math.nan, "0.500"), (math.nan, 0.1, "–"), (2e-7, 1e-7, "2.00·10⁻⁷ ± 1·10⁻⁷")],
)  # fmt: skip
def test_a_standard_error_says_how_many_decimals_mean_something(value, error, text):
    assert number_text.with_error(value, error) == text
