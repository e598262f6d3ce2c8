"""Presets by formula in the window [−8, 8]²: their knobs are written into the expression."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.knobs import Choice, Real, knob
from ncsn_viz.core.targets.formula.cell_means import DENSITY
from ncsn_viz.core.targets.formula.formula_target import FormulaTarget

BOARD = 12  # side of the checkerboard


def _number(value: float) -> str:
    """A number as a formula has it, exact; a negative one in parentheses."""
    text = repr(float(value)).removesuffix(".0")
    return f"({text})" if value < 0 else text


@dataclass(frozen=True)
class Banana(FormulaTarget):
    """x ~ N(0, a²) and y given x ~ N(b (x² − a²), s²), with a = 2 (Haario, Saksman & Tamminen 1999)."""

    kind = "banana"
    title = "Banana"
    about = "A bent Gaussian: narrow across, long along its bow (Haario, Saksman & Tamminen 1999)."

    width: float = knob(
        0.5,
        Real(low=0.1, high=2, log=True, label="Width", symbol="s",
             help="Standard deviation of y at each x. Small: a thin bow, which wants small steps. Large: a blob."),
    )  # fmt: skip
    bend: float = knob(
        0.25,
        Real(low=-0.5, high=0.5, label="Bend", symbol="b",
             help="How much it is bent. 0: an upright Gaussian. Large: the ends of the bow leave the region."),
    )  # fmt: skip

    @property
    def expression(self) -> str:
        """The energy."""
        s, b = _number(self.width), _number(self.bend)
        return f"x^2/8 + (y - {b}*(x^2 - 4))^2/(2*{s}^2)"


@dataclass(frozen=True)
class Funnel(FormulaTarget):
    """y ~ N(0, s²) and x given y ~ N(0, exp(y)) (Neal 2003)."""

    kind = "funnel"
    title = "Funnel"
    about = "Wide at its mouth, thin in its neck: no single step size suits both (Neal 2003)."

    scale: float = knob(
        1.5,
        Real(low=0.5, high=3, label="Scale", symbol="s",
             help="Standard deviation of y. Small: nearly a Gaussian. Large, like the paper's 3: the mouth leaves the "
                  "region, and the neck is finer than the lattice."),
    )  # fmt: skip

    @property
    def expression(self) -> str:
        """The energy."""
        return f"y^2/(2*{_number(self.scale)}^2) + x^2*exp(-y)/2 + y/2"


@dataclass(frozen=True)
class Donut(FormulaTarget):
    """p ∝ exp(−(r − R)²/2s²)."""

    kind = "donut"
    title = "Donut"
    about = "One ring with a hole: a mode without a middle, along which the density does not change."

    radius: float = knob(
        4.0,
        Real(low=0, high=7, label="Radius", symbol="R",
             help="Radius of the ring. 0: a Gaussian. Large: it leaves the region."),
    )  # fmt: skip
    width: float = knob(
        0.5,
        Real(low=0.1, high=2, log=True, label="Width", symbol="s",
             help="Standard deviation across the ring. Small: a thin ring with steep scores. Large: the hole fills."),
    )  # fmt: skip

    @property
    def expression(self) -> str:
        """The energy."""
        return f"(r - {_number(self.radius)})^2/(2*{_number(self.width)}^2)"


MULLER_BROWN = (
    "-200*exp(-(x/5 - 1.2)^2 - 10*(y/5 + 0.75)^2) - 100*exp(-(x/5 - 0.2)^2 - 10*(y/5 + 0.25)^2)"
    " - 170*exp(-6.5*(x/5 + 0.3)^2 + 11*(x/5 + 0.3)*(y/5 - 0.75) - 6.5*(y/5 - 0.75)^2)"
    " + 15*exp(0.7*(x/5 + 0.8)^2 + 0.6*(x/5 + 0.8)*(y/5 - 0.25) + 0.7*(y/5 - 0.25)^2)"
)  # at (x/5 − 0.2, y/5 + 0.75) in the paper's coordinates


@dataclass(frozen=True)
class MullerBrown(FormulaTarget):
    """p ∝ exp(−V/T) with the potential V of Müller & Brown 1979, five times as large and moved to the middle."""

    kind = "muller_brown"
    title = "Müller–Brown"
    about = "Three basins with curved passes between them: a test of methods for rare events (Müller & Brown 1979)."

    temperature: float = knob(
        20.0,
        Real(low=5, high=200, log=True, label="Temperature", symbol="T",
             help="The potential is divided by it. Small: the basins are cut off from each other, and the deepest has "
                  "nearly all mass. Large: the passes fill."),
    )  # fmt: skip

    @property
    def expression(self) -> str:
        """The energy."""
        return f"({MULLER_BROWN})/{_number(self.temperature)}"


@dataclass(frozen=True)
class SharpCheckerboard(FormulaTarget):
    """The dark squares of a board on [−6, 6]²: p is the same in all of them, and 0 elsewhere."""

    kind = "sharp_checkerboard"
    title = "Sharp checkerboard"
    about = (
        "Flat squares with edges as sharp as the lattice has them, a tenth of a unit from full to none; their score is "
        "0 inside and steep at the edges."
    )

    squares: str = knob(
        "4",
        Choice(options=("2", "4", "6", "8"), label="Squares",
               help="Squares along each side of the board, of which every other one has mass. Many: small squares, "
                    "hard to tell apart under noise."),
    )  # fmt: skip

    @property
    def gives(self) -> str:
        """The density."""
        return DENSITY

    @property
    def expression(self) -> str:
        """1 in a dark square, 0 elsewhere."""
        side = _number(BOARD / int(self.squares))
        return f"(1 - mod(floor(x/{side}) + floor(y/{side}), 2))*step(6 - abs(x))*step(6 - abs(y))"


FORMULA_PRESETS: tuple[type[FormulaTarget], ...] = (Banana, Funnel, Donut, MullerBrown, SharpCheckerboard)
