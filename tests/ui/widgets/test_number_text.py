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
    ("value", "two", "three", "plain"),
    [(0.09996, "0.10", "0.100", "0.1"), (999.6, "1\u202f000", "1\u202f000", "1\u202f000"), (10, "10", "10.0", "10"),
     (1.256, "1.3", "1.26", "1.26"), (-5, "−5.0", "−5.00", "−5"), (12345, "12\u202f345", "12\u202f345", "12\u202f345"),
     (1e-5, "1.0·10⁻⁵", "1.00·10⁻⁵", "10⁻⁵"), (2.5e6, "2.5·10⁶", "2.50·10⁶", "2.5·10⁶"), (-1e7, "−1.0·10⁷",
     "−1.00·10⁷", "−10⁷"), (0, "0", "0", "0"), (math.inf, "–", "–", "–")],
)  # fmt: skip
def test_a_number_looks_alike_everywhere_but_for_its_digits(value, two, three, plain):
    assert (number_text.short(value), number_text.short(value, 3), number_text.plain(value)) == (two, three, plain)


@pytest.mark.parametrize(
    ("share", "decimals", "text"),
    [(0.041, 1, "4.1%"), (0, 1, "0%"), (1e-6, 1, "0.1%"), (1, 0, "100%"), (0.001, 0, "1%"), (-0.25, 0, "−25%"),
     (math.nan, 1, "–")],
)  # fmt: skip
def test_shares_are_in_percent(share, decimals, text):
    assert number_text.percent(share, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"), [(4000, "4\u202f000"), (999, "999"), (1500.0, "1\u202f500"), (0.003, "0.003")]
)
def test_fields_group_digits_as_texts_do(value, text):
    assert number_text.input_text(value) == text
    assert number_text.parse_number(text) == value


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [(3.6427, 0.018, "3.64 ± 0.02"), (-0.0123, 0.0041, "−0.012 ± 0.004"), (1234.5, 30.0, "1234 ± 30"),
     (0.5, 0.0, "0.500"), (0.5, math.nan, "0.500"), (math.nan, 0.1, "–"), (2e-7, 1e-7, "2.00·10⁻⁷ ± 1·10⁻⁷")],
)  # fmt: skip
def test_a_standard_error_says_how_many_decimals_mean_something(value, error, text):
    assert number_text.with_error(value, error) == text
