"""Errors against the true score, on data and over the window, and the noise level at which they are measured."""

from __future__ import annotations

from ncsn_viz.core.analysis import metrics
from ncsn_viz.lab.metrics.base import Metric, MetricInputs
from ncsn_viz.lab.training.history import ERROR


def measured_sigma(inputs: MetricInputs) -> dict[str, float]:
    """The least σ of the lane, and the common one."""
    data = inputs.evaluation_set
    return {} if data is None else {"sigma": data.own.sigma, "common_sigma": data.common.sigma}


def recorded_errors(inputs: MetricInputs) -> dict[str, float]:
    """½ E‖s − s*‖² at the least and at the common σ, as the training history has it: it is measured there anyway.

    Right after a change of the common σ the history has none of it yet.
    """
    if inputs.evaluation_set is None:
        return {}
    known = {"fisher_data": "fisher", "fisher_common": "fisher_common"}
    names = {new + end: old + end for new, old in known.items() for end in ("", ERROR)}
    found = {name: inputs.recorded[old] for name, old in names.items() if old in inputs.recorded}
    return found if "fisher_common" in found else found | _common(inputs)


def on_data(inputs: MetricInputs) -> dict[str, float]:
    """½ E‖s − s*‖² on noisy data, and beside it ½ E‖s*‖²: the error of a field that is 0."""
    if inputs.evaluation_set is None:
        return {}
    own = inputs.evaluation_set.own
    mean, error = own.on_data(inputs.field)
    norm = metrics.half_mean_square(own.data_score)
    found = {"fisher_data": mean, "fisher_data" + ERROR: error, "half_square_norm_data": norm}
    return found | _common(inputs)


def _common(inputs: MetricInputs) -> dict[str, float]:
    assert inputs.evaluation_set is not None
    mean, error = inputs.evaluation_set.common.on_data(inputs.field)
    return {"fisher_common": mean, "fisher_common" + ERROR: error}


def over_window(inputs: MetricInputs) -> dict[str, float]:
    """½ mean ‖s − s*‖² on a grid over the window, and the share of the field that is no gradient.

    The score of an energy is a gradient by construction: there only the grid's own error would be seen.
    """
    if inputs.evaluation_set is None:
        return {}
    found = inputs.evaluation_set.common.over_window(inputs.field)
    if inputs.gives_energy:
        del found["non_conservative"]
    return found


SIGMA = Metric(
    name="sigma", title="own σ", unit="length", format="sigma", own_sigma=True,
    final=measured_sigma, known=lambda lane: lane.sigmas[-1],
    meaning="The lane's least noise level: the sharpest density that it learns. Its likelihood is measured there.",
)  # fmt: skip
FISHER_COMMON = Metric(
    name="fisher_common", title="score error", unit="1/length²", better="least", logarithmic=True,
    live=recorded_errors, final=on_data, each_seed=True,
    meaning="½ E‖s − s*‖²: how far the field is from the true score, on data blurred by the one σ at which all lanes "
            "are compared. A lane that has not learned this σ answers for its nearest.",
)  # fmt: skip
FISHER_DATA = Metric(
    name="fisher_data", title="error at own σ", unit="1/length²", own_sigma=True, logarithmic=True,
    live=recorded_errors, final=on_data, each_seed=True,
    meaning="The same on data blurred by the lane's own least σ. Errors at different σ do not compare: a blurred "
            "density is easier to learn.",
)  # fmt: skip
NON_CONSERVATIVE = Metric(
    name="non_conservative", title="no gradient", better="least", format="percent", cost=0.5, logarithmic=True,
    live=over_window, final=over_window,
    meaning="‖s − ∇u‖²/‖s‖² over the window at the common σ: the part of the field that is no gradient of any "
            "potential u. A true score has none; the grid of 24² nodes shows up to half a percent of it.",
)  # fmt: skip
FISHER_WINDOW = Metric(
    name="fisher_window", title="everywhere", unit="1/length²", better="least", cost=0.5, logarithmic=True,
    live=over_window, final=over_window, each_seed=True,
    meaning="½ mean ‖s − s*‖² over the window at the common σ, every place counting alike: how good the field is where "
            "there are no data.",
)  # fmt: skip
