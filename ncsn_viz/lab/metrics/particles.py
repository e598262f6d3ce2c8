"""Metrics of the particles: what the sampler reports, shares of modes, distances from samples of the target."""

from __future__ import annotations

from collections.abc import Sequence

from ncsn_viz.core.analysis import metrics
from ncsn_viz.lab.metrics.base import Metric, MetricInputs, Value
from ncsn_viz.lab.sampling.particle_system import not_lost
from ncsn_viz.lab.training.history import CHANCE_LEVEL, ERROR

MMD_LEAST = 3  # points: fewer have no spread


def sampler_state(inputs: MetricInputs) -> dict[str, float]:
    """`lost`, and `acceptance` where proposals are accepted or refused."""
    found = {"lost": inputs.lost, "acceptance": inputs.acceptance}
    return {} if inputs.x is None else {name: value for name, value in found.items() if value is not None}


def mode_weights(inputs: MetricInputs) -> dict[str, Value]:
    """The share of the particles in each mode, of which those that have flown off are in none; the chance level."""
    x = inputs.particles
    if x is None:
        return {}
    here = x[not_lost(x)]
    weights = inputs.truth.mode_weights(here if len(here) else x)
    if weights is None:
        return {}
    shares = len(here) / len(x) * weights.nan_to_num(0)
    return {"mode_weights": tuple(shares.tolist()), **_chance(inputs, "mode_error")}


def _chance(inputs: MetricInputs, name: str) -> dict[str, float]:
    known = {} if inputs.reference is None else inputs.reference.chance
    return {name + CHANCE_LEVEL: known[name]} if name in known else {}


def mode_error(shares: Sequence[float], truth: Sequence[float]) -> float | None:
    """½ Σ |w − w*|, from 0 to 1; None for a target without separate modes, or before they are counted."""
    if len(truth) < 2 or len(shares) != len(truth):
        return None
    return 0.5 * sum(abs(share - wanted) for share, wanted in zip(shares, truth, strict=True))


def sliced_w2(inputs: MetricInputs) -> dict[str, float]:
    """The sliced Wasserstein-2 distance from the target, its standard error, and what chance alone makes it."""
    if inputs.x is None or inputs.reference is None:
        return {}
    distance, error = inputs.reference.projections.distance(inputs.x[: inputs.effort.compared])
    return {"sliced_w2": distance, "sliced_w2" + ERROR: error, **_chance(inputs, "sliced_w2")}


def mmd(inputs: MetricInputs) -> dict[str, float]:
    """The squared maximum mean discrepancy, and its standard error. The kernel's width depends on the target alone."""
    reference = inputs.reference
    if inputs.x is None or reference is None or len(reference.x) < MMD_LEAST:
        return {}
    x, h = inputs.x[: len(reference.x)], reference.bandwidth
    return {"mmd": metrics.mmd(x, reference.x, h), "mmd" + ERROR: metrics.mmd_error(x, reference.x, h)}


def mmd_with_bandwidth(inputs: MetricInputs) -> dict[str, float]:
    """The same, and `mmd_bandwidth`, the width of its kernel."""
    found, reference = mmd(inputs), inputs.reference
    return found | ({"mmd_bandwidth": reference.bandwidth} if found and reference is not None else {})


LOST = Metric(
    name="lost", title="lost", better="least", format="percent", flag=True, quiet_at_zero=True,
    live=sampler_state, final=sampler_state,
    meaning="Particles that have flown off: the step size is probably too large.",
)  # fmt: skip
ACCEPTANCE = Metric(
    name="acceptance", title="accepted", of_particles=True, format="percent", live=sampler_state, final=sampler_state,
    meaning="Share of the proposals that Metropolis–Hastings has accepted since the release. Near 0 nothing moves; "
            "near 1 the steps could be larger.",
)  # fmt: skip
ON_GRID = Metric(
    name="on_grid", title="on grid", of_particles=True, flag=True,
    meaning="So many particles move on a grid of the field, by interpolation: the network itself would be slow for "
            "them here. Beside it the error of the score at some of them, E‖ŝ − s‖/E‖s‖. “Exact field” "
            "under Particles asks the network nevertheless.",
)  # fmt: skip
MODE_WEIGHTS = Metric(
    name="mode_weights", title="mode weights", of_particles=True, cost=0.5, live=mode_weights, final=mode_weights,
    meaning="The share of the particles that each mode of the target has got.",
)  # fmt: skip
MODE_ERROR = Metric(
    name="mode_error", title="mode error", of_particles=True, better="least",
    known=lambda lane: mode_error(lane.mode_weights, lane.true_mode_weights),
    meaning="½ Σ |w − w*| over the modes: the share of the particles that are in a wrong mode. As many samples of the "
            "target itself have an error too: its chance level, below which 95 % of them stay.",
)  # fmt: skip
SLICED_W2 = Metric(
    name="sliced_w2", title="sliced W₂", of_particles=True, unit="length", better="least", cost=1.0, logarithmic=True,
    live=sliced_w2, final=sliced_w2,
    meaning="Sliced Wasserstein-2 distance of the particles from the target, whose projections are known exactly, in "
            "units of the plane. As many samples of the target itself are not at 0 either: 95 % of them stay below the "
            "chance level.",
)  # fmt: skip
MMD = Metric(
    name="mmd", title="MMD²", of_particles=True, better="zero", cost=2.0, live=mmd, final=mmd_with_bandwidth,
    meaning="Squared maximum mean discrepancy of particles and fresh samples, Gaussian kernel, with its standard "
            "error. Within two of these from 0 nothing tells them apart.",
)  # fmt: skip
