"""What the sampler says of itself: particles that have flown off, accepted proposals, whether they use the grid."""

from __future__ import annotations

from ncsn_viz.lab.metrics.base import Metric, MetricInputs


def sampler_state(inputs: MetricInputs) -> dict[str, float]:
    """`lost`, and `acceptance` where proposals are accepted or refused."""
    if inputs.x is None:
        return {}
    accepted = {} if inputs.acceptance is None else {"acceptance": inputs.acceptance}
    return {"lost": inputs.lost} | accepted


LOST = Metric(
    name="lost",
    title="lost",
    meaning="Particles that have flown off: the step size is probably too large.",
    better="least",
    format="percent",
    flag=True,
    quiet_at_zero=True,
    live=sampler_state,
    final=sampler_state,
)
ACCEPTANCE = Metric(
    name="acceptance",
    title="accepted",
    meaning="Share of the proposals that Metropolis–Hastings has accepted since the release. Near 0 nothing moves; "
    "near 1 the steps could be larger.",
    format="percent",
    live=sampler_state,
    final=sampler_state,
)
ON_GRID = Metric(
    name="on_grid",
    title="on grid",
    meaning="So many particles move on a grid of the field, by interpolation: the network itself would be slow for "
    "them here. “Exact field” under Particles asks it nevertheless.",
    flag=True,
)
