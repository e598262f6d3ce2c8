"""Sliced score matching against implicit score matching, which it equals in the mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from ncsn_viz.core.nets import EnergyMLP, Net, ScoreMLP
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.objectives import Implicit, Sliced
from ncsn_viz.lab.checks.base import Check, Values
from ncsn_viz.lab.checks.networks.gradients import random_network
from ncsn_viz.lab.checks.reference import TARGET, jacobian

NETS: tuple[Net, ...] = (ScoreMLP(hidden=16, layers=2), EnergyMLP(hidden=16, layers=2, activation="softplus"))
PROJECTIONS = ("rademacher", "gaussian", "sphere")


@dataclass(frozen=True, kw_only=True)
class SlicedMinusImplicit(Check):
    """The difference of the losses of a random network on the same batch, for every projection."""

    samples: int = 2000
    implicit: Implicit = Implicit()

    def expected(self) -> Values:
        """0: E[uᵀ(∇s)u] = Tr ∇s and E[(uᵀs)²] = ‖s‖², as E[uuᵀ] = I."""
        return 0.0

    def measure(self, generator: torch.Generator) -> Values:
        """With the norm exact and by projection, one slice and several."""
        truth = TARGET.build(dtype=torch.float64)
        found: dict[str, float] = {}
        batch = truth.sample(self.samples, generator)
        for settings in NETS:
            net = random_network(settings)
            exact = self.implicit.loss(net, batch, truth, generator).loss
            for projection in PROJECTIONS:
                for reduced, slices, how in ((True, 1, "exact norm"), (False, 3, "projected norm")):
                    sliced = Sliced(projection=projection, slices=slices, variance_reduced=reduced)
                    loss = sliced.loss(net, batch, truth, generator).loss
                    found[f"{projection}, {how}, {settings.title}"] = float((loss - exact).detach())
        return found


@dataclass(frozen=True, kw_only=True)
class ImplicitTerms(Check):
    """Trace and norm of implicit score matching, from the Jacobian of the network point by point."""

    samples: int = 200
    errors: int = 0
    seeds: int = 2

    def expected(self) -> Values:
        """0: no difference."""
        return 0.0

    def measure(self, generator: torch.Generator) -> Values:
        """The difference of both terms."""
        truth = TARGET.build(dtype=torch.float64)
        found: dict[str, float] = {}
        batch = truth.sample(self.samples, generator)
        for settings in NETS:
            net = random_network(settings)
            terms = Implicit().loss(net, batch, truth, generator)
            trace = jacobian(partial(net.score, sigma=0.0), batch).diagonal(dim1=1, dim2=2).sum(1).mean()
            norm = (net.score(batch, 0.0) ** 2).sum(1).mean() / 2
            found |= {
                f"trace, {settings.title}": abs(float(terms.parts["trace"] - trace)),
                f"norm, {settings.title}": abs(float(terms.parts["norm"] - norm)),
                f"sum, {settings.title}": abs(float((terms.loss - trace - norm).detach())),
            }
        return found


SLICED = SlicedMinusImplicit(
    name="sliced_is_implicit",
    what="Sliced score matching is implicit score matching in the mean, for every projection and both norms.",
    source="Song, Garg, Shi & Ermon 2019, equations 7 and 8: E[uuᵀ] = I",
    tolerance=1e-12,
    because="rounding in float64",
)
IMPLICIT = ImplicitTerms(
    name="implicit_terms",
    what="The terms of implicit score matching are Tr ∇s and ½‖s‖², point by point.",
    source="Hyvärinen 2005, equation 4; the Jacobian by automatic differentiation",
    tolerance=1e-10,
    because="rounding in float64",
)
