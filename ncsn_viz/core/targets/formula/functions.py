"""What a formula may name: functions, constants and variables. Nothing else is ever called."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from ncsn_viz.core.numerics import Array

EASY, USUAL, HARD = 1, 4, 8  # costs, in units of an addition


@dataclass(frozen=True)
class Function:
    """A function of `least` to `most` arrays, computed by `apply`; `cost` in units of an addition."""

    name: str
    apply: Callable[..., Any]
    help: str = ""
    least: int = 1
    most: int = 1
    cost: int = USUAL


def _power(base: Array, exponent: Array) -> Any:
    """base^exponent; squares, which are most of all powers, by a multiplication."""
    return base * base if np.ndim(exponent) == 0 and exponent == 2 else np.power(base, exponent)


def _all_of(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: reduce(function, values)


OPERATORS = {
    symbol: Function(symbol, apply, least=2, most=2, cost=cost)
    for symbol, apply, cost in (
        ("+", np.add, EASY), ("-", np.subtract, EASY), ("*", np.multiply, EASY), ("/", np.divide, EASY),
        ("^", _power, HARD),
    )
}  # fmt: skip
NEGATION = Function("-", np.negative, cost=EASY)
MOST = 16  # arguments of a function of any number of them

_FUNCTIONS = (
    Function("exp", np.exp, "e to the power of t"),
    Function("log", np.log, "natural logarithm; also ln"),
    Function("sqrt", np.sqrt, "square root"),
    Function("abs", np.abs, "absolute value", cost=EASY),
    Function("sin", np.sin, "sine"),
    Function("cos", np.cos, "cosine"),
    Function("tan", np.tan, "tangent"),
    Function("asin", np.arcsin, "inverse of the sine"),
    Function("acos", np.arccos, "inverse of the cosine"),
    Function("atan", np.arctan, "inverse of the tangent"),
    Function("sinh", np.sinh, "hyperbolic sine"),
    Function("cosh", np.cosh, "hyperbolic cosine"),
    Function("tanh", np.tanh, "hyperbolic tangent"),
    Function("sigmoid", lambda t: 0.5 + 0.5 * np.tanh(0.5 * t), "1/(1 + exp(−t))"),
    Function("step", lambda t: np.heaviside(t, 1.0), "0 for t < 0, else 1", cost=EASY),
    Function("sign", np.sign, "−1, 0 or 1", cost=EASY),
    Function("floor", np.floor, "the next lower whole number", cost=EASY),
    Function("ceil", np.ceil, "the next higher whole number", cost=EASY),
    Function("mod", np.mod, "mod(t, m): remainder, from 0 to m", 2, 2),
    Function("pow", _power, "pow(t, a): t^a", 2, 2, HARD),
    Function("atan2", np.arctan2, "atan2(y, x): the angle of a point", 2, 2, HARD),
    Function("hypot", np.hypot, "√(a² + b²)", 2, 2),
    Function("min", _all_of(np.minimum), "the least of several values", 2, MOST, EASY),
    Function("max", _all_of(np.maximum), "the greatest of several values", 2, MOST, EASY),
    Function("logsumexp", _all_of(np.logaddexp), "log(exp(a) + exp(b) + …), without overflow", 2, MOST, HARD),
)
FUNCTIONS = {function.name: function for function in _FUNCTIONS}
ALIASES = {"ln": "log", "π": "pi", "θ": "theta"}
CONSTANTS = {"pi": math.pi, "e": math.e}
VARIABLES = {
    "x": "first coordinate",
    "y": "second coordinate",
    "r": "distance from 0, √(x² + y²)",
    "theta": "angle around 0, from −π to π; also θ",
}
