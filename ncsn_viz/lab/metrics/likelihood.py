"""The likelihood of data under the learned field, and the partition function Z of an energy."""

from __future__ import annotations

from ncsn_viz.core.analysis import log_likelihood
from ncsn_viz.lab.metrics.base import Metric, MetricInputs

FLOW_POINTS, FLOW_STEPS = 2048, 200  # points and steps of the probability-flow ODE


def of_energy(inputs: MetricInputs) -> dict[str, float]:
    """`nll`, `log_z`, `mass_outside` and `nll_truth` where the field has an energy, and `off_grid` where it applies."""
    data = inputs.evaluation_set
    if data is None or not inputs.gives_energy:
        return {}
    return data.of_energy(inputs.field, inputs.effort.nodes) | {"nll_truth": data.truth_nll}


def of_field(inputs: MetricInputs) -> dict[str, float]:
    """The same; for a score `nll` by the probability-flow ODE, and `nll_truth` on the same points.

    That needs a score at every σ from the evaluation set's up to one much wider than the data.
    """
    data = inputs.evaluation_set
    if data is None or inputs.gives_energy:
        return of_energy(inputs)
    x, variance = data.data[:FLOW_POINTS], data.batch.var(0).mean()
    found = {"nll_truth": -float(inputs.truth.log_density(x, data.sigma).mean())}
    if data.sigma > 0 and inputs.sigmas[0] > float(variance.sqrt()):
        mean = data.batch.mean(0)
        log_p = log_likelihood(inputs.field, x, data.sigma, inputs.sigmas[0], FLOW_STEPS, mean, float(variance))
        found["nll"] = -float(log_p.mean())
    return found


NLL = Metric(
    name="nll", title="NLL", unit="nats", better="truth", cost=4.0, live=of_energy, final=of_field,
    meaning="−E[log p] on data, in nats: by Z for an energy, by the probability-flow ODE for a score. The entropy of "
            "the data is the least.",
)  # fmt: skip
NLL_TRUTH = Metric(
    name="nll_truth", title="NLL of truth", unit="nats", live=of_energy, final=of_field,
    meaning="That of the truth on the same points: the least there can be on average.",
)  # fmt: skip
LOG_Z = Metric(
    name="log_z", title="log Z", unit="nats", live=of_energy, final=of_field,
    meaning="log ∫ exp(−E) dx over twice the window: what has to be taken from −E to make it a log density.",
)  # fmt: skip
MASS_OUTSIDE = Metric(
    name="mass_outside", title="mass outside", better="least", format="percent", logarithmic=True,
    quiet_at_zero=True, live=of_energy, final=of_field,
    meaning="Share of the learned density that lies outside of the window, where there may be no data.",
)  # fmt: skip
OFF_GRID = Metric(
    name="off_grid", title="off grid", better="least", format="percent", logarithmic=True, quiet_at_zero=True,
    live=of_energy, final=of_field,
    meaning="Share of the learned density that lies outside of the grid of Z, where training does not count it: it "
            "should be next to nothing, or the grid should reach further.",
)  # fmt: skip
