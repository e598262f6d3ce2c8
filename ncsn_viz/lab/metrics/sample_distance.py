"""Distances between the particles and samples of the target."""

from __future__ import annotations

from ncsn_viz.core.analysis import metrics
from ncsn_viz.lab.metrics.base import Metric, MetricInputs


def sliced_w2(inputs: MetricInputs) -> dict[str, float]:
    """The sliced Wasserstein-2 distance."""
    if inputs.particles is None or inputs.reference is None:
        return {}
    return {"sliced_w2": metrics.sliced_w2(inputs.particles, inputs.reference.x, inputs.effort.directions)}


def mmd(inputs: MetricInputs) -> dict[str, float]:
    """The squared maximum mean discrepancy. The width of its kernel depends on the target alone."""
    x, reference, pairs = inputs.particles, inputs.reference, inputs.effort.pairs
    if x is None or reference is None:
        return {}
    return {"mmd": metrics.mmd(x[:pairs], reference.x[:pairs], reference.bandwidth)}


def mmd_with_bandwidth(inputs: MetricInputs) -> dict[str, float]:
    """The same, and `mmd_bandwidth`, the width of its kernel."""
    return mmd(inputs) | ({} if inputs.reference is None else {"mmd_bandwidth": inputs.reference.bandwidth})


SLICED_W2 = Metric(
    name="sliced_w2", title="sliced W₂", unit="length", better="least", cost=1.0, logarithmic=True,
    live=sliced_w2, final=sliced_w2,
    meaning="Sliced Wasserstein-2 distance between the particles and fresh samples of the target, in units of the "
            "plane.",
)  # fmt: skip
MMD = Metric(
    name="mmd", title="MMD²", better="zero", cost=2.0, live=mmd, final=mmd_with_bandwidth,
    meaning="Squared maximum mean discrepancy of particles and fresh samples, Gaussian kernel. Around 0 nothing tells "
            "them apart.",
)  # fmt: skip
