"""The noise level at which a lane is measured."""

from __future__ import annotations

from ncsn_viz.lab.metrics.base import LaneNumbers, Metric, MetricInputs


def measured_sigma(inputs: MetricInputs) -> dict[str, float]:
    """The level of the evaluation set."""
    return {} if inputs.evaluation_set is None else {"sigma": inputs.evaluation_set.sigma}


def least_sigma(lane: LaneNumbers) -> float:
    """The least of a lane's noise levels."""
    return lane.sigmas[-1]


SIGMA = Metric(
    name="sigma",
    title="σ",
    meaning="The lane's least noise level, at which its errors are measured: compare errors at equal σ.",
    unit="length",
    format="sigma",
    final=measured_sigma,
    known=least_sigma,
)
