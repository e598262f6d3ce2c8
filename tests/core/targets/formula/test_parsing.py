"""The grammar of formulas: against Python's own, and whatever is typed is refused in a sentence and at once."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ncsn_viz.core.knobs import ValidationError, kind_from_json
from ncsn_viz.core.targets import TARGETS, Formula
from ncsn_viz.core.targets.formula.expression import expression
from ncsn_viz.core.targets.formula.functions import CONSTANTS, FUNCTIONS, VARIABLES
from ncsn_viz.core.targets.formula.parsing import MAX_LENGTH, FormulaError, parse

X, Y = np.linspace(-3, 3, 7), np.linspace(-2, 2.5, 6)[:, None]
NAMES = {
    "x": X, "y": Y, "r": np.sqrt(X**2 + Y**2), "theta": np.angle(X + 1j * Y), "pi": np.pi, "e": np.e,
    "exp": np.exp, "sin": np.sin, "abs": np.abs, "max": np.maximum, "atan2": np.arctan2, "mod": np.mod,
}  # fmt: skip

leaves = st.sampled_from(["x", "y", "r", "theta", "pi", "e", "0", "2", "1.5", ".25", "3.", "1e-2", "2E+1"])
formulas = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", " + ", " * "]), inner).map("".join),
        inner.map("({})".format), inner.map("-{}".format), inner.map("({})^2".format), inner.map("2^-{}".format),
        st.tuples(st.sampled_from(["exp", "sin", "abs"]), inner).map("{0[0]}({0[1]})".format),
        st.tuples(st.sampled_from(["max", "atan2"]), inner, inner).map("{0[0]}({0[1]}, {0[2]})".format),
    ),
    max_leaves=12,
)  # fmt: skip


@given(formulas)
@settings(max_examples=150, deadline=None)
@example("-x^2").via("a sign binds less than a power")
@example("2^3^2").via("powers from the right")
@example("1 - 2 - 3 / 4 / 5").via("all else from the left")
@example("2^-x^2")
@example("-2^0.5")
@example("mod(x, 2)").via("a jump, where trees of rounded numbers would differ")
def test_values_are_those_of_pythons_grammar(text):
    with np.errstate(all="ignore"):
        numbers = {"__builtins__": {}} | NAMES
        wanted = eval(as_python(text), numbers)
    found = expression(text).values(X, Y)
    assert found.shape == (6, 7)
    assert np.allclose(found, wanted, rtol=1e-9, atol=1e-12, equal_nan=True)


def as_python(text):
    """With every number in float64, where Python would have whole ones and complex ones."""
    return re.sub(r"(?<![\w.])((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)", r"np.float64(\1)", text.replace("^", "**"))


NAMES["np"] = np


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("−x·y ÷ 2", lambda x, y: -x * y / 2),
        ("x² + y³", lambda x, y: x**2 + y**3),
        ("π*θ", lambda x, y: np.pi * np.arctan2(y, x)),
        ("ln(1 + r**2)", lambda x, y: np.log1p(x**2 + y**2)),
        ("step(x)", lambda x, y: 0 * y + (x >= 0)),
        ("sigmoid(9*x)", lambda x, y: 1 / (1 + np.exp(-9 * x)) + 0 * y),
        ("min(x, y, 0)", lambda x, y: np.minimum(np.minimum(x, y), 0)),
        ("logsumexp(x, y, 1000)", lambda x, y: 1000 + 0 * x * y),
        ("hypot(x, y) - r", lambda x, y: 0 * x * y),
        ("pow(2, x)\n+ y", lambda x, y: 2**x + y),
        ("sign(floor(x) + ceil(y))", lambda x, y: np.sign(np.floor(x) + np.ceil(y))),
    ],
)
def test_other_ways_of_writing_and_other_functions(text, value):
    assert expression(text).values(X, Y) == pytest.approx(value(X, Y), rel=1e-12, abs=1e-12)


def test_every_name_can_be_used_and_is_explained():
    assert all(function.help for function in FUNCTIONS.values())
    for name, function in FUNCTIONS.items():
        text = f"{name}({', '.join(['0.5'] * function.least)})"
        assert np.isfinite(expression(text).values(X, Y)).all(), name
    assert all(parse(name) for name in (*VARIABLES, *CONSTANTS))


REFUSED = [
    ("", "is empty: write a function of x and y", ""),
    ("x + sim(y)", "has the unknown name 'sim' at character 5; did you mean 'sin'?", "sim"),
    ("EXP(x)", "did you mean 'exp'?", "EXP"),
    ("x +", "ends after character 3, where a number, a name or a parenthesis should follow", ""),
    ("x * / y", "has '/' at character 5, where a number, a name or a parenthesis should be", "/"),
    ("2x", "lacks an operator before 'x' at character 2: for a product write *", "x"),
    ("exp(x) (y)", "lacks an operator before '(' at character 8", "("),
    ("(x + (y)", "has '(' at character 1, which is never closed", "("),
    ("x + y)", "has ')' at character 6, which closes nothing", ")"),
    ("x, y", "has ',' at character 2, which parts the values of a function only", ","),
    ("sin + x", "has 'sin' at character 1 without arguments: write sin(…)", "sin"),
    ("sin(x, y)", "has 2 values in 'sin' at character 1, which takes 1", "sin"),
    ("atan2(x)", "has 1 value in 'atan2' at character 1, which takes 2", "atan2"),
    ("max(x)", "has 1 value in 'max' at character 1, which takes 2 to 16", "max"),
    ("x > 1", "has '>' at character 3, which is no part of a formula: for a condition use step(…)", ">"),
    ("x = 1", "has '=' at character 3", "="),
    ("1e999 + x", "has the number '1e999' at character 1, which is too large", "1e999"),
    ("exp(-r²)\ud800", "has '\\ud800' at character 9, which is no part of a formula", "\ud800"),
    ("x + ٣", "has '٣' at character 5", "٣"),
    ("x\x00", "has '\\x00' at character 2", "\x00"),
    ("__import__('os').system('true')", "has \"'\" at character 12", "'"),
    ("__import__", "has the unknown name '__import__' at character 1", "__import__"),
    ("x.real", "has '.' at character 2", "."),
    ("x" * 5000, f"has 5000 characters, and at most {MAX_LENGTH} are read", "x" * (5000 - MAX_LENGTH)),
    ("(" * 500, "is nested more than 40 deep at character 41", "("),
    ("-" * 500 + "x", "is nested more than 40 deep at character 41", "-"),
    ("^".join("x" * 200), "is nested more than 40 deep at character 81", "x"),
    ("sin(" * 100 + "x" + ")" * 100, "is nested more than 40 deep", None),
    ("+".join(["x^y"] * 90), "takes too long: as much as 809 additions, and at most 300 are done", None),
    ("9" * 400, "which is too large", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence", "place"), REFUSED, ids=[text[:20].encode("ascii", "replace").decode() for text, *_ in REFUSED]
)
def test_what_is_wrong_is_said_at_its_place_and_at_once(text, sentence, place):
    took = []
    for _ in range(3):
        begin = time.perf_counter()
        with pytest.raises(FormulaError) as error:
            parse(text)
        took.append(time.perf_counter() - begin)
    assert min(took) < 0.01
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
    found = text[error.value.start : error.value.end]
    assert place is None or found == place
    with pytest.raises(ValidationError, match=r"^expression ") as error:
        Formula(text)
    assert isinstance(error.value, FormulaError)
    with pytest.raises(ValidationError, match=r"^expression "):
        kind_from_json(TARGETS, {"kind": "formula", "expression": text})


@pytest.mark.parametrize("value", [None, 5, True, ["x"], {"x": 1}])
def test_a_formula_is_a_text(value):
    with pytest.raises(ValidationError, match="expression must be a text"):
        Formula(value)


PARTS = [*FUNCTIONS, *VARIABLES, *"(),+-*/^", "1e308", "__class__", "lambda"]


@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet="xyrep12.()+-*/^, \n−²", max_size=60),
        st.lists(st.sampled_from(PARTS), max_size=30).map("".join),
    )
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_any_text_has_values_or_a_sentence(text):
    begin = time.perf_counter()
    try:
        parsed = expression(text)
    except FormulaError as error:
        refused = error
    else:
        assert parsed.values(np.array([0.0, 1e300]), np.array([-1.0])).shape == (2,)
        refused = None
    assert time.perf_counter() - begin < 0.5
    assert refused is None or (0 <= refused.start <= refused.end <= len(text) and len(str(refused)) < 400)
