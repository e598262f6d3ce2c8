"""Errors against the true score, on data and over the window, and the noise level at which they are measured."""

from __future__ import annotations

from ncsn_viz.core.analysis import metrics
from ncsn_viz.lab.metrics.base import Metric, MetricInputs


def measured_sigma(inputs: MetricInputs) -> dict[str, float]:
    """The level of the evaluation set."""
    return {} if inputs.evaluation_set is None else {"sigma": inputs.evaluation_set.sigma}


def recorded_error(inputs: MetricInputs) -> dict[str, float]:
    """½ E‖s − s*‖² as the training history has it: it is measured there anyway."""
    if inputs.evaluation_set is None or inputs.recorded_error is None:
        return {}
    return {"fisher_data": inputs.recorded_error}


def on_data(inputs: MetricInputs) -> dict[str, float]:
    """½ E‖s − s*‖² on noisy data, and beside it ½ E‖s*‖²: the error of a field that is 0."""
    data = inputs.evaluation_set
    if data is None:
        return {}
    norm = metrics.half_mean_square(data.data_score)
    return {"fisher_data": data.fisher_data(inputs.field), "half_square_norm_data": norm}


def over_window(inputs: MetricInputs) -> dict[str, float]:
    """½ mean ‖s − s*‖² on a grid over the window, and the share of the field that is no gradient.

    The score of an energy is a gradient by construction: there only the grid's own error would be seen.
    """
    if inputs.evaluation_set is None:
        return {}
    found = inputs.evaluation_set.over_window(inputs.field)
    if inputs.gives_energy:
        del found["non_conservative"]
    return found


SIGMA = Metric(
    name="sigma", title="σ", unit="length", format="sigma", final=measured_sigma, known=lambda lane: lane.sigmas[-1],
    meaning="The lane's least noise level, at which its errors are measured: compare errors at equal σ.",
)  # fmt: skip
FISHER_DATA = Metric(
    name="fisher_data", title="score error", unit="1/length²", better="least", live=recorded_error,
    final=on_data, each_seed=True,
    meaning="½ E‖s − s*‖²: how far the field is from the true score, on data blurred by the lane's least σ. 0 is "
            "perfect.",
)  # fmt: skip
NON_CONSERVATIVE = Metric(
    name="non_conservative", title="no gradient", better="least", format="percent", cost=0.5, logarithmic=True,
    live=over_window, final=over_window,
    meaning="‖s − ∇u‖²/‖s‖² over the window: the part of the field that is no gradient of any potential u. 0 for a "
            "true score.",
)  # fmt: skip
FISHER_WINDOW = Metric(
    name="fisher_window", title="everywhere", unit="1/length²", better="least", cost=0.5, logarithmic=True,
    live=over_window, final=over_window, each_seed=True,
    meaning="½ mean ‖s − s*‖² over the window, every place counting alike: how good the field is where there are no "
            "data.",
)  # fmt: skip
