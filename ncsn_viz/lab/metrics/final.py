"""Metrics at the end of a headless run, of lanes and of their repeats; the curves of repeats."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from ncsn_viz.core.analysis import finish
from ncsn_viz.core.fields import Density
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.metrics import METRICS
from ncsn_viz.lab.metrics.base import FINAL, Metric, MetricInputs, TargetReference, Value, computations
from ncsn_viz.lab.training.history import TERM
from ncsn_viz.lab.training.trainer import Trainer

COLUMNS = (
    "lane", "step", "loss_above_floor", "fisher_data", "loss_low", "loss_high", "fisher_low", "fisher_high",
    "fisher_common",
)  # fmt: skip


def final_metrics(inputs: MetricInputs, wanted: Collection[str] = METRICS) -> dict[str, Value | None]:
    """Metrics that are taken at the end by name: the `wanted` ones, and what is computed with them.

    None where one does not apply.
    """
    return _compute([METRICS[name] for name in METRICS if name in wanted], replace(inputs, effort=FINAL))


def final_reference(truth: Density, seed: int, n: int, device: torch.device) -> TargetReference:
    """What `n` particles of every lane are held against at the end."""
    return finish(TargetReference.build(truth, seed, n, FINAL, device))


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


def repeats_summary(trainers: Sequence[Trainer], inputs: MetricInputs, floor: float | None) -> dict[str, Any]:
    """`repeats`: by the seed of each, its errors and its loss on the same points as the first's; and their `spread`.

    The spread of a number is its median, its least and its greatest value over the repeats for which it is finite.
    """
    assert inputs.evaluation_set is not None
    each: list[dict[str, Any]] = [
        {
            "seed": inputs.seed + replica,
            "steps": trainer.step,
            "status": "diverged" if trainer.diverged else "collapsed" if trainer.failure else "ok",
            "loss": None if floor is None else floor + inputs.evaluation_set.loss_above_floor(trainer.average).mean,
            **metrics_of_seed(replace(inputs, field=trainer.learned_field)),
        }
        for replica, trainer in enumerate(trainers)
    ]
    names = ("loss", *(metric.name for metric in METRICS.values() if metric.each_seed))
    return {"repeats": each, "spread": {name: spread([one[name] for one in each]) for name in names}}


def spread(values: Sequence[float | None]) -> dict[str, float | None]:
    """The median, the least and the greatest of the finite values; None where there is none."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return dict.fromkeys(("median", "low", "high"))
    return {"median": median(known), "low": min(known), "high": max(known)}


def curves(lanes: Mapping[str, Sequence[Trainer]]) -> str:
    """curves.csv of the repeats of `lanes` by name: one row a lane and recorded step, each value their median.

    Loss above its floor and half Fisher divergence on data, the least and the greatest of both, and the loss' terms.
    """
    rows = [(name, step, values) for name, trainers in lanes.items() for step, values in _by_step(trainers).items()]
    terms = list(dict.fromkeys(name for _, _, values in rows for name in values if name.startswith(TERM)))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*COLUMNS, *terms])
    for lane, step, values in rows:
        loss, fisher, common = (spread(values.get(name, [])) for name in ("loss", "fisher", "fisher_common"))
        medians = [spread(values.get(name, []))["median"] for name in terms]
        edges = (each[edge] for each in (loss, fisher) for edge in ("low", "high"))
        numbers = [loss["median"], fisher["median"], *edges, common["median"], *medians]
        table.writerow([lane, step, *("nan" if number is None else number for number in numbers)])
    return text.getvalue()


def _by_step(trainers: Sequence[Trainer]) -> dict[int, dict[str, list[float]]]:
    """What the histories hold: by step and name, one value a repeat."""
    found: dict[int, dict[str, list[float]]] = {}
    for trainer in trainers:
        for step, values in trainer.history.rows:
            for name, value in values.items():
                found.setdefault(step, {}).setdefault(name, []).append(value)
    return dict(sorted(found.items()))
