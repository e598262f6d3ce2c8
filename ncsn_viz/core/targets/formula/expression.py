"""A formula that has been parsed, and its values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ncsn_viz.core.numerics import Array
from ncsn_viz.core.targets.formula.functions import Function
from ncsn_viz.core.targets.formula.parsing import Step, parse


@dataclass(frozen=True)
class Expression:
    """A function of x and y: its `text` and the `steps` that compute it."""

    text: str
    steps: tuple[Step, ...]

    def values(self, x: Array, y: Array) -> Array:
        """The values in float64 at points that are broadcast together, NaN and infinities included."""
        shape = np.broadcast_shapes(np.shape(x), np.shape(y))
        return np.broadcast_to(self._all_values(x, y)[-1], shape)

    def first_bad(self, x: float, y: float, bad: Any) -> Step:
        """The first step at a point whose value is `bad`, a function such as numpy.isnan: the innermost part."""
        values = self._all_values(np.float64(x), np.float64(y), keep=True)
        return next((s for s, v in zip(self.steps, values, strict=True) if bad(v)), self.steps[-1])

    def part(self, step: Step) -> str:
        """The part of the text that a step computes, short enough for a sentence, and its place."""
        text = " ".join(self.text[step.start : step.end].split())
        return f"“{text if len(text) <= 40 else text[:38] + '…'}” at character {step.start + 1}"

    def _all_values(self, x: Any, y: Any, keep: bool = False) -> list[Any]:
        """The last value, or with `keep` the value after each step."""
        variables = {"x": lambda: x, "y": lambda: y, "r": lambda: np.hypot(x, y), "theta": lambda: np.arctan2(y, x)}
        stack: list[Any] = []
        kept = []
        with np.errstate(all="ignore"):
            for step in self.steps:
                if isinstance(step.what, Function):
                    arguments = stack[len(stack) - step.count :]
                    del stack[len(stack) - step.count :]
                    stack.append(step.what.apply(*arguments))
                else:
                    stack.append(variables[step.what]() if isinstance(step.what, str) else np.float64(step.what))
                if keep:
                    kept.append(stack[-1])
        return kept if keep else stack


@lru_cache(maxsize=64)
def expression(text: str) -> Expression:
    """The expression of a text. Raises FormulaError."""
    return Expression(text, parse(text))
