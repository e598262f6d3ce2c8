"""The evaluation set of a lane: fixed points on which its network is compared with the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ncsn_viz.core.analysis import metrics
from ncsn_viz.core.fields import Density, Differentiable, Field
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.objectives import Objective, Terms
from ncsn_viz.lab.training.history import TERM
from ncsn_viz.lab.training.score_points import LevelPoints, ScorePoints

TERM_POINTS = 512  # at most, for the terms of score matching: some need second derivatives


@dataclass(frozen=True)
class EvaluationSet:
    """Data, noise and true scores that stay the same while a network is trained.

    The loss above its floor is measured by its expectation. Of score matching that is a weighted half Fisher divergence
    (`Objective.fisher_weights`), on the points `levels` or, of one level of weight 1, `own`. Of other losses it is
    L(s) − L(s*) on the same `batch` with the same noise, where the noise that both share cancels; `true_each` is L(s*)
    point by point.

    `own` are points at the least σ of the objective, `common` at the noise level at which lanes are compared.
    """

    objective: Objective
    truth: Density
    seed: int
    batch: torch.Tensor
    has_terms: bool
    levels: LevelPoints | None
    true_loss: float
    true_each: torch.Tensor | None
    own: ScorePoints
    common: ScorePoints
    true_log_p: torch.Tensor  # of the own data: (n,)

    @classmethod
    def build(
        cls, objective: Objective, truth: Density, window: tuple[float, float], seed: int, n: int, device: torch.device
    ) -> EvaluationSet:
        """An evaluation set of `n` points of data and a grid over the window; the common σ is the objective's own."""
        weights, sigma = objective.fisher_weights(), objective.sigmas()[-1]
        own = ScorePoints.build(truth, window, sigma, seed, n, device)
        levels = (
            LevelPoints.build(truth, weights, seed, n, device)
            if weights and tuple(weights) != ((sigma, 1.0),)
            else None
        )
        with torch.no_grad():
            points = min(n, TERM_POINTS) if weights else n
            batch = truth.sample(points, torch.Generator(device).manual_seed(seed + 2))
            best = _terms(objective, truth, batch, truth, seed) if objective.has_floor else Terms(batch.new_zeros(()))
            log_p = truth.log_density(own.data, sigma)
        return cls(
            objective, truth, seed, batch, bool(best.parts), levels, float(best.loss), best.each, own, own, log_p
        )

    def with_common(self, sigma: float, window: tuple[float, float]) -> EvaluationSet:
        """The same with `sigma` as the common noise level."""
        own = self.own
        if sigma == own.sigma:
            return replace(self, common=own)
        points = ScorePoints.build(self.truth, window, sigma, self.seed, len(own.data), own.data.device)
        return replace(self, common=points)

    def loss_above_floor(self, net: Differentiable) -> metrics.Estimate:
        """The expected loss of `net` above its floor; NaN for an objective whose value means nothing."""
        if not self.objective.has_floor:
            return metrics.Estimate(math.nan, math.nan)
        if self.levels is not None:
            return self.levels.estimate(net)
        if self.objective.fisher_weights():
            return self.own.on_data(net)
        found = _terms(self.objective, net, self.batch, self.truth, self.seed)
        if found.each is None or self.true_each is None:  # a loss that tells its mean alone
            return metrics.Estimate(float(found.loss) - self.true_loss, math.nan)
        return metrics.Estimate.of(found.each - self.true_each)

    def terms(self, net: Differentiable) -> dict[str, float]:
        """The terms of the loss of `net`, named as their curves are; none for an objective without a floor."""
        return term_curves(_terms(self.objective, net, self.batch, self.truth, self.seed)) if self.has_terms else {}

    def of_energy(self, field: Field, nodes: int) -> dict[str, float]:
        """The likelihood of the data, `log_z`, `mass_outside` of an energy, by `nodes` cells each way or finer ones.

        With them `off_grid` for an objective with a quadrature grid, beyond which training counts no mass. Where Z does
        not stand, `z_change` in place of all. Empty for a field without energy.
        """
        z = metrics.partition(field, self.own.sigma, self.own.region, nodes, self.own.data)
        if z is None:
            return {}
        if not z.stands:
            return {"z_change": z.change}
        log_p = metrics.log_density_of_energy(field, self.own.data, self.own.sigma, z.log_z)
        assert log_p is not None
        mass = {"log_z": z.log_z, "mass_outside": z.outside}
        return likelihood(log_p, self.true_log_p) | mass | self._off_grid(field, nodes)

    def _off_grid(self, field: Field, nodes: int) -> dict[str, float]:
        if self.objective.quadrature is None:
            return {}
        reach = self.objective.quadrature.half_width
        z = metrics.partition(field, self.own.sigma, (-reach, reach, -reach, reach), nodes, self.own.data)
        return {} if z is None else {"off_grid": z.outside}


def likelihood(log_p: torch.Tensor, true_log_p: torch.Tensor) -> dict[str, float]:
    """`nll` = −E[log p], `nll_truth` and their difference `kl` on the same points, from log p (n,) at these.

    With `nll_error` and `kl_error`, their standard errors. That of the difference is far less than those of both: what
    the points have in common cancels.
    """
    nll, kl = metrics.Estimate.of(-log_p), metrics.Estimate.of(true_log_p - log_p)
    errors = {"nll_error": nll.error, "kl_error": kl.error}
    return {"nll": nll.mean, "kl": kl.mean, "nll_truth": -float(true_log_p.mean())} | errors


def term_curves(terms: Terms) -> dict[str, float]:
    """The terms of a loss, named as their curves are."""
    values = torch.stack(list(terms.parts.values())).tolist() if terms.parts else []
    return {TERM + name: value for name, value in zip(terms.parts, values, strict=True)}


def _terms(objective: Objective, field: Differentiable, batch: torch.Tensor, truth: Density, seed: int) -> Terms:
    with torch.no_grad():
        generator = torch.Generator(batch.device).manual_seed(seed + 1)  # not the stream that drew the batch
        return objective.loss(field, batch, truth, generator)
