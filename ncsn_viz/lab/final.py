"""The measures that are taken once, when a headless run has come to its end."""

from __future__ import annotations

from ncsn_viz.core import metrics
from ncsn_viz.core.field import Density
from ncsn_viz.core.lazy import torch
from ncsn_viz.core.likelihood import log_likelihood
from ncsn_viz.lab.lane import Lane
from ncsn_viz.lab.yardstick import Yardstick

PAIRED = 4096  # particles, all pairs of which the discrepancy looks at
QUADRATURE = 200  # nodes each way for Z
FLOWED, FLOW_STEPS = 2048, 200  # points and steps of the probability-flow ODE


def distances(x: torch.Tensor, fresh: torch.Tensor) -> dict[str, float]:
    """Particles `x` (n, 2) against as many fresh samples. The kernel's width depends on the target alone."""
    bandwidth = metrics.median_distance(fresh[:PAIRED])
    return {
        "sliced_w2": metrics.sliced_w2(x, fresh),
        "mmd": metrics.mmd(x[:PAIRED], fresh[:PAIRED], bandwidth),
        "mmd_bandwidth": bandwidth,
    }


def densities(yardstick: Yardstick, lane: Lane, truth: Density) -> dict[str, float | None]:
    """What kind of density the learned field stands for, at the yardstick's σ; None for what it does not have.

    `nll` needs an energy, or a score at every σ from there up to one much wider than the data; `nll_truth` is that of
    the truth on the same points, the least there can be on average.
    """
    learned, sigma, sigmas = lane.learner.learned, yardstick.sigma, lane.spec.objective.sigmas()
    found: dict[str, float | None] = dict.fromkeys(("nll", "log_z", "mass_outside", "off_grid", "non_conservative"))
    if lane.spec.net.gives_energy:
        found |= yardstick.of_energy(learned, QUADRATURE)
    else:
        found["non_conservative"] = yardstick.over_window(learned)["non_conservative"]
        spread = yardstick.batch.var(0).mean()
        if sigma > 0 and sigmas[0] > float(spread.sqrt()):
            x, mean = yardstick.data[:FLOWED], yardstick.batch.mean(0)
            log_p = log_likelihood(learned, x, sigma, sigmas[0], FLOW_STEPS, mean, float(spread))
            found["nll"] = -float(log_p.mean())
    shown = yardstick.data if lane.spec.net.gives_energy else yardstick.data[:FLOWED]
    return found | {"nll_truth": -float(truth.log_density(shown, sigma).mean())}
