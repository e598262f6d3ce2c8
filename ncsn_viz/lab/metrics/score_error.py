"""Errors against the true score, on data and over the window."""

from __future__ import annotations

from ncsn_viz.lab.metrics.base import Metric, MetricInputs


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
    return {
        "fisher_data": data.fisher_data(inputs.field),
        "half_square_norm_data": 0.5 * float(data.data_score.square().sum(1).mean()),
    }


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


FISHER_DATA = Metric(
    name="fisher_data",
    title="score error",
    meaning="½ E‖s − s*‖²: how far the field is from the true score, on data blurred by the lane's least σ. 0 is "
    "perfect.",
    unit="1/length²",
    better="least",
    live=recorded_error,
    final=on_data,
    each_seed=True,
)
NON_CONSERVATIVE = Metric(
    name="non_conservative",
    title="no gradient",
    meaning="‖s − ∇u‖²/‖s‖² over the window: the part of the field that is no gradient of any potential u. 0 for a "
    "true score.",
    better="least",
    format="percent",
    cost=0.5,
    logarithmic=True,
    live=over_window,
    final=over_window,
)
FISHER_WINDOW = Metric(
    name="fisher_window",
    title="everywhere",
    meaning="½ mean ‖s − s*‖² over the window, every place counting alike: how good the field is where there are no "
    "data.",
    unit="1/length²",
    better="least",
    cost=0.5,
    logarithmic=True,
    live=over_window,
    final=over_window,
    each_seed=True,
)
