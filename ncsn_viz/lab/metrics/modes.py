"""How the particles are shared out between the modes of the target."""

from __future__ import annotations

from collections.abc import Sequence

from ncsn_viz.lab.metrics.base import Metric, MetricInputs
from ncsn_viz.lab.sampling.particle_system import not_lost


def present_mode_weights(inputs: MetricInputs) -> dict[str, tuple[float, ...]]:
    """The share of the particles in each mode; those that have flown off are in none."""
    x = inputs.particles
    if x is None:
        return {}
    here = x[not_lost(x)]
    weights = inputs.truth.mode_weights(here if len(here) else x)
    if weights is None:
        return {}
    return {"mode_weights": tuple((len(here) / len(x) * weights.nan_to_num(0)).tolist())}


def mode_weights(inputs: MetricInputs) -> dict[str, tuple[float, ...]]:
    """The share of all particles in each mode."""
    weights = None if inputs.particles is None else inputs.truth.mode_weights(inputs.particles)
    return {} if weights is None else {"mode_weights": tuple(weights.tolist())}


def mode_error(shares: Sequence[float], truth: Sequence[float]) -> float | None:
    """½ Σ |w − w*|, from 0 to 1; None for a target without separate modes, or before they are counted."""
    if len(truth) < 2 or len(shares) != len(truth):
        return None
    return 0.5 * sum(abs(share - wanted) for share, wanted in zip(shares, truth, strict=True))


MODE_WEIGHTS = Metric(
    name="mode_weights", title="mode weights", cost=0.5, live=present_mode_weights, final=mode_weights,
    meaning="The share of the particles that each mode of the target has got.",
)  # fmt: skip
MODE_ERROR = Metric(
    name="mode_error", title="mode error", better="least",
    known=lambda lane: mode_error(lane.mode_weights, lane.true_mode_weights),
    meaning="½ Σ |w − w*| over the modes: the share of the particles that are in a wrong mode. 0: the weights are "
            "right.",
)  # fmt: skip
