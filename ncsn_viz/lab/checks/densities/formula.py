"""Targets by formula, against closed forms and published numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.targets import Formula, MullerBrown, SharpCheckerboard
from ncsn_viz.lab.checks.base import Check, Discrepancy, Values, relative_error, root_mean_square
from ncsn_viz.lab.checks.reference import TARGET

SIGMAS = (0.0, 0.4, 5.0)
# the minima of the potential of Müller & Brown and its values there: Theor. Chim. Acta 53, 75 (1979), table 1
MINIMA = {(-0.558, 1.442): -146.70, (0.623, 0.028): -108.17, (-0.050, 0.467): -80.77}


def mixture_as_formula() -> str:
    """The density of TARGET as an expression."""
    parts = zip(TARGET.weights, TARGET.means, TARGET.stds, strict=True)
    return " + ".join(f"{w / s**2}*exp(-((x - ({a}))^2 + (y - ({b}))^2)/(2*{s}^2))" for w, (a, b), s in parts)


@dataclass(frozen=True, kw_only=True)
class FormulaMixture(Discrepancy):
    """A mixture that is written as a formula, against its closed form: root mean square over its data."""

    points: int = 2000

    def measure(self, generator: torch.Generator) -> Values:
        """log p in nats, the score relative to itself, at every σ."""
        truth, found = TARGET.build(dtype=torch.float64), dict[str, float]()
        typed = Formula(mixture_as_formula(), resolution=96).build(dtype=torch.float64)
        for sigma in SIGMAS:
            x = truth.sample(self.points, generator)
            x = x + sigma * torch.randn(x.shape, generator=generator, dtype=x.dtype)
            difference = typed.log_density(x, sigma) - truth.log_density(x, sigma)
            found[f"log p at σ = {sigma:g}"] = root_mean_square(difference)
            found[f"score at σ = {sigma:g}"] = relative_error(typed.score(x, sigma), truth.score(x, sigma))
        return found


@dataclass(frozen=True, kw_only=True)
class FormulaPresets(Check):
    """Energies of Müller & Brown's minima, and the masses of the squares of the sharp checkerboard."""

    def expected(self) -> Mapping[str, float]:
        """As published, and 1/8 each."""
        energies = {f"V at {u:g}, {v:g}": energy for (u, v), energy in MINIMA.items()}
        return energies | {"lightest square": 1 / 8, "heaviest square": 1 / 8}

    def measure(self, generator: torch.Generator) -> Values:
        """By the formula, which is stretched by 5 and moved; and by sums over the cells."""
        target, found = MullerBrown(), dict[str, float]()
        for u, v in MINIMA:
            value = target.on_cells.formula.values(np.array(5 * (u + 0.2)), np.array(5 * (v - 0.75)))
            found[f"V at {u:g}, {v:g}"] = float(value) * target.temperature
        weights = SharpCheckerboard().weights()
        side = 3 * len(weights) // 16
        board = weights[len(weights) // 8 : -(len(weights) // 8)][:, len(weights) // 8 : -(len(weights) // 8)]
        masses = board.reshape(4, side, 4, side).sum(axis=(1, 3)) / weights.sum()
        return found | {"lightest square": float(masses[masses > 0].min()), "heaviest square": float(masses.max())}


MIXTURE = FormulaMixture(
    name="formula_mixture",
    what="A mixture that is typed as a formula is the same density on the lattice: log p_σ in nats and score.",
    source="The closed form of the mixture",
    tolerance=0.003,
    because="cells of a sixth beside a mixture whose narrowest part has s = 0.6",
)
PRESETS = FormulaPresets(
    name="formula_presets",
    what="The formulas of presets: Müller & Brown's potential at its minima, equal squares of the sharp checkerboard.",
    source="Müller & Brown 1979, table 1; eight equal squares",
    seeds=1,
    tolerance=0.01,
    because="the published energies have two decimals",
)
