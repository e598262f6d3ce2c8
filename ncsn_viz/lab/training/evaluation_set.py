"""The evaluation set of a lane: fixed points on which its network is compared with the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsn_viz.core.analysis import calculus, metrics
from ncsn_viz.core.fields import Density, Differentiable, Field
from ncsn_viz.core.numerics import Region, regions, torch
from ncsn_viz.core.objectives import Objective, Terms
from ncsn_viz.lab.training.history import TERM

WINDOW_NODES = 24


@dataclass(frozen=True)
class EvaluationSet:
    """Data, noise and true scores that stay the same while a network is trained.

    The loss above its floor is measured as L(s) − L(s*) on the same points with the same noise. Its mean is
    loss − floor; the noise that both share, far larger than the difference, cancels.
    """

    objective: Objective
    truth: Density
    seed: int
    batch: torch.Tensor
    truth_loss: float
    sigma: float  # at which the error against the true score is measured: the least level of the objective
    data: torch.Tensor
    data_score: torch.Tensor
    window: torch.Tensor
    window_score: torch.Tensor
    true_log_p: torch.Tensor  # of the data: (n,)

    @classmethod
    def build(
        cls, objective: Objective, truth: Density, window: tuple[float, float], seed: int, n: int, device: torch.device
    ) -> EvaluationSet:
        """An evaluation set of `n` points of data and a grid over the window."""
        generator = torch.Generator(device).manual_seed(seed)
        sigma = objective.sigmas()[-1]
        with torch.no_grad():
            batch = truth.sample(n, generator)
            data = metrics.noisy_sample(truth, n, sigma, generator)
            best = float(_terms(objective, truth, batch, truth, seed).loss) if objective.has_floor else math.nan
            nodes = regions.grid((*window, *window), WINDOW_NODES, WINDOW_NODES, device)
            return cls(
                objective, truth, seed, batch, best, sigma,
                data, truth.score(data, sigma), nodes, truth.score(nodes, sigma),
                truth.log_density(data, sigma),
            )  # fmt: skip

    def loss_above_floor(self, net: Differentiable) -> float:
        """The loss of `net` above its floor; NaN for an objective whose value means nothing."""
        return self.loss(net)["loss"]

    def loss(self, net: Differentiable) -> dict[str, float]:
        """`loss` above its floor, and the terms of the loss of `net`; NaN alone for an objective without a floor."""
        if not self.objective.has_floor:
            return {"loss": math.nan}
        found = _terms(self.objective, net, self.batch, self.truth, self.seed)
        return {"loss": float(found.loss) - self.truth_loss} | term_curves(found)

    def fisher_data(self, field: Field) -> float:
        """½E_{p_σ}‖s − s*‖²."""
        with torch.no_grad():
            return metrics.half_mean_square(field.score(self.data, self.sigma) - self.data_score)

    def over_window(self, field: Field) -> dict[str, float]:
        """`fisher_window`: ½ mean ‖s − s*‖² over the window; `non_conservative`: the share that is not a gradient."""
        with torch.no_grad():
            score = field.score(self.window, self.sigma)
        share = calculus.non_conservative_share(score.reshape(WINDOW_NODES, WINDOW_NODES, 2), self.region)
        return {"fisher_window": metrics.half_mean_square(score - self.window_score), "non_conservative": share}

    def of_energy(self, field: Field, nodes: int) -> dict[str, float]:
        """The likelihood of the data, `log_z` and `mass_outside` of an energy, by a grid of `nodes` nodes each way.

        With them `off_grid` for an objective with a quadrature grid, beyond which training counts no mass. Empty for a
        field without energy.
        """
        z = metrics.partition(field, self.sigma, self.region, nodes, self.data)
        if z is None:
            return {}
        log_p = metrics.log_density_of_energy(field, self.data, self.sigma, z.log_z)
        assert log_p is not None
        mass = {"log_z": z.log_z, "mass_outside": z.outside}
        return likelihood(log_p, self.true_log_p) | mass | self._off_grid(field, nodes)

    def _off_grid(self, field: Field, nodes: int) -> dict[str, float]:
        if self.objective.quadrature is None:
            return {}
        reach = self.objective.quadrature.half_width
        z = metrics.partition(field, self.sigma, (-reach, reach, -reach, reach), nodes, self.data)
        return {} if z is None else {"off_grid": z.outside}

    @property
    def region(self) -> Region:
        """The window as a region."""
        x0, y0, x1, y1 = (*self.window[0].tolist(), *self.window[-1].tolist())
        return (x0, x1, y0, y1)


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
