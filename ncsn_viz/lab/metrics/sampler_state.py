"""What the sampler says of itself: particles that have flown off, accepted proposals, whether they use the grid."""

from __future__ import annotations

from ncsn_viz.lab.metrics.base import Metric, MetricInputs


def sampler_state(inputs: MetricInputs) -> dict[str, float]:
    """`lost`, and `acceptance` where proposals are accepted or refused."""
    found = {"lost": inputs.lost, "acceptance": inputs.acceptance}
    return {} if inputs.x is None else {name: value for name, value in found.items() if value is not None}


LOST = Metric(
    name="lost", title="lost", better="least", format="percent", flag=True, quiet_at_zero=True,
    live=sampler_state, final=sampler_state,
    meaning="Particles that have flown off: the step size is probably too large.",
)  # fmt: skip
ACCEPTANCE = Metric(
    name="acceptance", title="accepted", format="percent", live=sampler_state, final=sampler_state,
    meaning="Share of the proposals that Metropolis–Hastings has accepted since the release. Near 0 nothing moves; "
            "near 1 the steps could be larger.",
)  # fmt: skip
ON_GRID = Metric(
    name="on_grid", title="on grid", flag=True,
    meaning="So many particles move on a grid of the field, by interpolation: the network itself would be slow for "
            "them here. “Exact field” under Particles asks it nevertheless.",
)  # fmt: skip
