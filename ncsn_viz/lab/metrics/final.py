"""The metrics that are taken once, when a headless run has come to its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ncsn_viz.lab.metrics import METRICS
from ncsn_viz.lab.metrics.base import FINAL, Metric, MetricInputs, ReferenceSample, Value, computations


def final_metrics(inputs: MetricInputs) -> dict[str, Value | None]:
    """Every metric that is taken at the end by its name, None where it does not apply, and what is computed beside."""
    inputs, x = replace(inputs, effort=FINAL), inputs.x
    if x is not None:
        reference = ReferenceSample.draw(inputs.truth, inputs.seed, len(x), FINAL.pairs, x.device)
        inputs = replace(inputs, reference=reference)
    return _compute(METRICS.values(), inputs)


def metrics_of_seed(inputs: MetricInputs) -> dict[str, Value | None]:
    """The metrics that are taken for every repeat of a lane, of the field of one of them."""
    wanted = [metric for metric in METRICS.values() if metric.each_seed]
    found = _compute(wanted, replace(inputs, effort=FINAL))
    return {metric.name: found[metric.name] for metric in wanted}


def _compute(metrics: Iterable[Metric], inputs: MetricInputs) -> dict[str, Value | None]:
    wanted = [metric for metric in metrics if metric.final is not None]
    found: dict[str, Value | None] = dict.fromkeys(metric.name for metric in wanted)
    for compute in computations(wanted, lambda metric: metric.final):
        found |= compute(inputs)
    return found
