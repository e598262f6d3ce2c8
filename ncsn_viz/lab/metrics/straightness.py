"""How straight the paths from noise to data are."""

from __future__ import annotations

from ncsn_viz.core.analysis import noisy_sample, straightness
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.metrics.base import Metric, MetricInputs

POINTS, STEPS = 128, 24  # paths, and steps of the flow on each


def of_flow(inputs: MetricInputs) -> dict[str, float]:
    """`straightness` where the network knows the noise levels of a path; the same starts for the same seed."""
    path, data = inputs.path, inputs.evaluation_set
    if path is None or data is None or path.sigma_min == path.sigma_max:
        return {}
    generator = torch.Generator(data.batch.device).manual_seed(inputs.seed + 2)
    x = noisy_sample(inputs.truth, POINTS, path.sigma_max, generator)
    return {"straightness": straightness(inputs.field, x, path, STEPS)}


STRAIGHTNESS = Metric(
    name="straightness", title="straightness", better="least", cost=8.0, logarithmic=True,
    live=of_flow, final=of_flow,
    meaning="∫E‖dx_t/dt − V‖² dt over E‖V‖² for the paths x_t of the learned probability flow, in the coordinates and "
            "the time of the objective's schedule, V the mean velocity of each. 0: straight lines at constant speed, "
            "which one step of Euler follows.",
)  # fmt: skip
