"""Targets given by a formula in x and y, which become a lattice of Gaussians."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ncsn_viz.core.knobs import Choice, Integer, Numbers, Text, ValidationError, knob
from ncsn_viz.core.numerics import Array, Device, torch
from ncsn_viz.core.targets.base import Target, resampled
from ncsn_viz.core.targets.formula.cell_means import DENSITY, ENERGY, FormulaOnCells, cell_weights, notes, sampled
from ncsn_viz.core.targets.formula.expression import expression
from ncsn_viz.core.targets.formula.functions import CONSTANTS, FUNCTIONS, VARIABLES
from ncsn_viz.core.targets.formula.parsing import EXAMPLE, MAX_LENGTH
from ncsn_viz.core.targets.lattice import MIN_BANDWIDTH, LatticeMixture
from ncsn_viz.core.targets.statistics import TargetStatistics, finest_detail, lattice_statistics

CELLS = 192
NAMES = f"{', '.join(VARIABLES)}; {', '.join(CONSTANTS)}; {', '.join(FUNCTIONS)}"


@dataclass(frozen=True, kw_only=True)
class ExpressionText(Text):
    """A formula in x and y that can be parsed."""

    max_length: int = MAX_LENGTH

    def parse(self, value: Any) -> str:
        """The text as it is. Raises FormulaError with the place of what is wrong."""
        if not isinstance(value, str):
            return super().parse(value)
        expression(value)
        return value


@dataclass(frozen=True)
class FormulaTarget(Target):
    """A density p that is proportional to a formula, or to exp(−formula), on a square region, and 0 outside.

    A cell of the lattice is a Gaussian of standard deviation h = ¾ cell. Its weight is the mean of the formula over the
    cell, corrected so that the sum is the formula and not the formula blurred by h, except beside edges.
    """

    @property
    def expression(self) -> str:
        """The formula."""
        raise NotImplementedError

    @property
    def gives(self) -> str:
        """What the formula is: DENSITY, or ENERGY for −log p."""
        return ENERGY

    @property
    def window(self) -> tuple[float, float]:
        """The low and the high end of the region along both axes."""
        return (-8.0, 8.0)

    @property
    def resolution(self) -> int:
        """Cells along each side of the region."""
        return CELLS

    @property
    def bandwidth(self) -> float:
        """The standard deviation h of the Gaussian of a cell."""
        return MIN_BANDWIDTH * self.cell

    @property
    def cell(self) -> float:
        """The side of a cell."""
        return (self.window[1] - self.window[0]) / self.resolution

    @property
    def canvas(self) -> tuple[float, float]:
        """The region."""
        return self.window

    @property
    def cells(self) -> int:
        """The resolution."""
        return self.resolution

    @property
    def on_cells(self) -> FormulaOnCells:
        """The formula on the cells of the region."""
        return FormulaOnCells(self.expression, self.gives, self.window, self.resolution)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is cut off at the edge of the region, and what the lattice cannot resolve."""
        return notes(self.on_cells)

    def means(self) -> Array:
        """The mean of the density over each cell, of maximum 1: shape (rows y, columns x), read-only. Cached."""
        return sampled(self.on_cells).means

    def weights(self) -> Array:
        """The weight of each cell: shape (rows y, columns x), read-only. Cached."""
        return cell_weights(self.on_cells)

    def lattice_weights(self, window: tuple[float, float], n: int, bandwidth: float) -> Array:  # noqa: ARG002
        """Weights (n, n) of n × n cells of `window` for a painting over it.

        Blurred by MIN_BANDWIDTH cells they are the density of maximum 1; a painting with more bandwidth blurs it more.
        """
        if window != self.window:
            return self.image(window, n)
        return cell_weights(FormulaOnCells(self.expression, self.gives, window, n))

    def image(self, window: tuple[float, float], n: int) -> Array:
        """The mean of the density over the cells that contain the centres of n × n cells of `window`, of maximum 1."""
        means = resampled(self.means(), self.window, window, n)
        peak = means.max()
        return means / peak if peak > 0 else means

    def build(self, device: Device = "cpu", dtype: torch.dtype | None = None, origin: float = 0.0) -> LatticeMixture:
        """The density on its lattice."""
        window = self.window[0] - origin, self.window[1] - origin
        return LatticeMixture(self.weights(), window, self.bandwidth, device, dtype)

    def statistics(self) -> TargetStatistics:
        """From blocks of the lattice, its finest detail from its Fisher information."""
        finest = finest_detail(self.means(), self.cell)
        found = lattice_statistics(self.means(), self.window, self.bandwidth, finest, fills_window=False)
        assert found is not None  # there is mass
        return found


@dataclass(frozen=True)
class Formula(FormulaTarget):
    """p ∝ f(x, y), or p ∝ exp(−f(x, y)), on a square region."""

    kind = "formula"
    title = "Formula"
    about = f"A density or an energy that you type as an expression in x and y, like {EXAMPLE}."

    expression: str = knob(
        "exp(-(x^2 + y^2 - 16)^2/40) * (1 + sin(3*theta))",
        ExpressionText(label="Expression", shown=False,
                       help=f"A formula of + - * / ^ and parentheses, of numbers, and of {NAMES}."),
    )  # fmt: skip
    gives: str = knob(
        DENSITY,
        Choice(options=(DENSITY, ENERGY), titles=("density p", "energy −log p"), label="Gives", shown=False,
               help="What the expression is: the density itself, which is never negative, or its energy, of which the "
                    "density is exp(−energy). Neither needs to be normalised."),
    )  # fmt: skip
    window: tuple[float, float] = knob(
        (-8.0, 8.0),
        Numbers(low=-1e4, high=1e4, min_count=2, max_count=2, label="Region",
                help="The square on which the formula holds: its low and its high end along both axes. What is outside "
                     "is cut off. Large: cells are large, too, and blur what is fine."),
    )  # fmt: skip
    resolution: int = knob(
        CELLS,
        Integer(low=16, high=512, log=True, label="Resolution",
                help="Cells along each side of the region. Few: edges are blurred. Many: the true score takes longer "
                     "to follow a change."),
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.window[1] - self.window[0] < 0.01:
            raise ValidationError("must be a low end and a high end at least 0.01 above it", ("window",))
        try:
            _ = self.notes
        except ValidationError as error:
            raise error.at("expression") from None
