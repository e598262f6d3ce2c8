"""The density of a formula on the cells of a square: means over the cells, what is wrong with it, what is cut off."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ncsn_viz.core.numerics import Array
from ncsn_viz.core.targets.base import centres
from ncsn_viz.core.targets.formula.expression import Expression, expression
from ncsn_viz.core.targets.formula.parsing import FormulaError
from ncsn_viz.core.targets.formula.sharpening import sharpened

Mask = np.ndarray[Any, np.dtype[np.bool_]]
DENSITY, ENERGY = "density", "energy"
NODE = 0.5 / math.sqrt(3)  # of Gauss's rule with two nodes, from the middle of a cell, in cells
FINE = 256  # cells along a side up to which a cell has more than its centre as a node
ROUNDING = 1e-12  # of the maximum: a density that is negative by less is 0
UNDERFLOW = 1e-300  # of the maximum: less is 0
SQUARES = (1, 3, 9)  # the region and larger squares around it: their sides, in its sides
COARSE = 96  # cells along a side of the larger squares
ENDLESS = 1000.0  # times the mass of the region around it: the density grows without end
UNRESOLVED = 0.1  # relative difference of the mass by one node a cell: details are finer than the cells
FALLS = 0.9  # of the mass in the ring before: with 1/r² it is the same in all rings, and their sum has no end
CUT_OFF = 0.001  # share of the mass that is worth a note where it is outside of the region


@dataclass(frozen=True)
class FormulaOnCells:
    """A formula `text` that `gives` a DENSITY or an ENERGY, on `cells` along both sides of the square `window`."""

    text: str
    gives: str
    window: tuple[float, float]
    cells: int

    @property
    def formula(self) -> Expression:
        """The parsed text. Raises FormulaError."""
        return expression(self.text)

    @property
    def rule(self) -> int:
        """Nodes in each cell along an axis: one where the cells themselves are fine, so that typing does not wait."""
        return 2 if self.cells <= FINE else 1

    def nodes(self) -> Array:
        """All nodes along an axis: shape (rule · cells,)."""
        axis = centres(self.window, self.cells)
        offset = NODE * (self.window[1] - self.window[0]) / self.cells
        return axis if self.rule == 1 else np.stack([axis - offset, axis + offset], axis=1).ravel()

    def density(self, axis: Array, top: float) -> Array:
        """The density on `axis` × `axis`, 1 where the formula is `top`; infinite and NaN as the formula has it."""
        return self.density_of(self.formula.values(axis, axis[:, None]), top)

    def density_of(self, values: Array, top: float) -> Array:
        """The density where the formula has these `values`."""
        with np.errstate(all="ignore"):
            found: Array = np.exp(top - values) if self.gives == ENERGY else np.maximum(values / top, 0)
        return found


class Sampled(NamedTuple):
    """A density on its cells: `top`, the formula where it is largest; its `mean` over the region, in units of its
    largest value; its `means` over the cells, of maximum 1, shape (rows y, columns x), read-only.
    """

    top: float
    mean: float
    means: Array


@lru_cache(maxsize=24)
def sampled(on_cells: FormulaOnCells) -> Sampled:
    """The density by Gauss's rule in each cell. Raises FormulaError for a formula that is no density."""
    n, rule, nodes = on_cells.cells, on_cells.rule, on_cells.nodes()
    values = on_cells.formula.values(nodes, nodes[:, None])
    top = _checked_top(on_cells, nodes, values)
    means: Array = on_cells.density_of(values, top).reshape(n, rule, n, rule).mean(axis=(1, 3))
    mean, means = float(means.mean()), means / means.max()
    means[means < UNDERFLOW] = 0
    means.flags.writeable = False
    return Sampled(top, mean, means)


@lru_cache(maxsize=24)
def cell_weights(on_cells: FormulaOnCells) -> Array:
    """The weights of the cells' Gaussians that give the density: shape (rows y, columns x), read-only."""
    weights = sharpened(sampled(on_cells).means)
    weights.flags.writeable = False
    return weights


@lru_cache(maxsize=64)
def notes(on_cells: FormulaOnCells) -> tuple[str, ...]:
    """What the user should know about the density, in sentences. Raises FormulaError where it grows without end."""
    top, inside, _ = sampled(on_cells)
    near, far = (mass / inside for mass in _masses_around(on_cells, top))
    if not near < ENDLESS:
        sign = ". The density is exp(−energy): is the sign right?" if on_cells.gives == ENERGY else ""
        raise _error(on_cells.formula, f"grows without end: around the region there is more than {ENDLESS:.0f} times "
                                       f"the mass inside. Let it fall off, as exp(-r) does{sign}")  # fmt: skip
    found = []
    share = (near + far) / (1 + near + far) if math.isfinite(far) else 1.0
    if share > CUT_OFF and far < FALLS * near:
        found.append(f"{100 * share:.2g} % of the mass of the formula is outside of the region and is cut off.")
    elif share > CUT_OFF:
        found.append("The formula does not fall off outside of the region: it is cut off at its edge.")
    middle = float(on_cells.density(centres(on_cells.window, on_cells.cells), top).mean())
    if not abs(middle / inside - 1) < UNRESOLVED:
        found.append("The formula has details finer than the cells of its lattice, or no finite mass there.")
    return tuple(found)


def _masses_around(on_cells: FormulaOnCells, top: float) -> list[float]:
    """The mass between each two of SQUARES, in units of the density `top` times the area of the region."""
    middle, half = sum(on_cells.window) / 2, (on_cells.window[1] - on_cells.window[0]) / 2
    found = []
    for inner, outer in pairwise(SQUARES):
        axis = centres((middle - outer * half, middle + outer * half), COARSE)
        outside = np.abs(axis - middle) > inner * half
        density = np.nan_to_num(on_cells.density(axis, top), nan=0.0, posinf=np.inf)
        found.append(float(density[outside | outside[:, None]].sum()) * (outer / COARSE) ** 2)
    return found


def _checked_top(on_cells: FormulaOnCells, nodes: Array, values: Array) -> float:
    """The value of the formula where its density is largest. Raises FormulaError for a formula that is no density."""
    formula, energy = on_cells.formula, on_cells.gives == ENERGY
    if (bad := np.isnan(values)).any():
        raise _error_at(formula, nodes, bad, np.isnan, "is no number")
    if (bad := np.isneginf(values) if energy else np.isinf(values)).any():
        raise _error_at(formula, nodes, bad, np.isinf, "is infinite")
    top, lowest = float(values.min() if energy else values.max()), float(values.min())
    if energy and math.isinf(top):
        raise _error(formula, "is infinite all over the region: there is no mass anywhere")
    if not energy and lowest < -ROUNDING * abs(top):
        row, column = np.unravel_index(values.argmin(), values.shape)
        where = _point(nodes[column], nodes[row])
        raise _error(formula, f"is {lowest:.3g} {where}, and a density is never negative: use max(0, …), or let it be "
                              "an energy")  # fmt: skip
    if not energy and not top > 0:
        raise _error(formula, "is 0 all over the region: there is no mass anywhere")
    return top


def _error(formula: Expression, message: str) -> FormulaError:
    return FormulaError(message, 0, len(formula.text))


def _error_at(formula: Expression, nodes: Array, where: Mask, bad: np.ufunc, message: str) -> FormulaError:
    """An error about the innermost part of the formula that is `bad`, and about the point where it is."""
    row, column = np.unravel_index(where.argmax(), where.shape)
    x, y = float(nodes[column]), float(nodes[row])
    step = formula.first_bad(x, y, bad)
    return FormulaError(f"has {formula.part(step)}, which {message} {_point(x, y)}", step.start, step.end)


def _point(x: float, y: float) -> str:
    return f"at x = {x:.3g}, y = {y:.3g}"
