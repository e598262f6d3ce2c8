"""The likelihood of data under the learned field, and the partition function Z of an energy."""

from __future__ import annotations

from ncsn_viz.core.analysis import log_likelihood
from ncsn_viz.lab.metrics.base import Metric, MetricInputs
from ncsn_viz.lab.training.evaluation_set import likelihood

FLOW_POINTS, FLOW_STEPS = 2048, 200  # points and steps of the probability-flow ODE


def of_energy(inputs: MetricInputs) -> dict[str, float]:
    """The likelihood, `log_z` and `mass_outside` where the field has an energy, and `off_grid` where it applies."""
    data = inputs.evaluation_set
    if data is None or not inputs.gives_energy:
        return {}
    return data.of_energy(inputs.field, inputs.effort.nodes)


def of_field(inputs: MetricInputs) -> dict[str, float]:
    """The same; for a score the likelihood by the probability-flow ODE, where it knows every σ from σ_L to σ₁ > σ_L.

    The flow ends in the true p_σ₁, so that only what the network does between both levels counts.
    """
    data = inputs.evaluation_set
    if data is None or inputs.gives_energy:
        return of_energy(inputs)
    x, true_log_p = data.own.data[:FLOW_POINTS], data.true_log_p[:FLOW_POINTS]
    if not inputs.sigmas[0] > data.own.sigma > 0:
        return {"nll_truth": -float(true_log_p.mean())}
    log_p = log_likelihood(inputs.field, x, data.own.sigma, inputs.sigmas[0], FLOW_STEPS, inputs.truth)
    return likelihood(log_p, true_log_p)


NLL = Metric(
    name="nll", title="NLL", unit="nats", cost=4.0, live=of_energy, final=of_field,
    meaning="−E[log p] in nats, on data blurred by the lane's least σ (not at all where that is 0), with its standard "
            "error: by Z for an energy; for a score that knows many σ by the probability-flow ODE, after a run.",
)  # fmt: skip
NLL_TRUTH = Metric(
    name="nll_truth", title="NLL of truth", unit="nats", live=of_energy, final=of_field,
    meaning="That of the truth on the same blurred points, by chance a little off the entropy of p_σ: the least that "
            "there can be on average.",
)  # fmt: skip
KL = Metric(
    name="kl", title="KL", unit="nats", better="least", at_own_sigma=True, logarithmic=True,
    live=of_energy, final=of_field,
    meaning="KL(p_σ ‖ learned) = NLL − NLL of truth, with the standard error of the difference on the same points: "
            "what the learned density loses against the true one, at the lane's least σ. Below 0 only by chance.",
)  # fmt: skip
LOG_Z = Metric(
    name="log_z", title="log Z", unit="nats", live=of_energy, final=of_field,
    meaning="log ∫ exp(−E) dx over twice the window, on cells that are halved until it stands within 0.001: what has "
            "to be taken from −E to make it a log density.",
)  # fmt: skip
Z_CHANGE = Metric(
    name="z_change", title="Z unresolved", unit="nats", flag=True, live=of_energy, final=of_field,
    meaning="So much did log Z change when the cells over which it is a sum were halved last: it does not stand, and "
            "neither would a likelihood by it. The energy is narrower, or wider, than can be summed.",
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
