"""What is measured at the end of a headless run: the content of metrics.json."""

from __future__ import annotations

import math
import platform
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

import ncsn_viz
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.advice import LOST, diagnose
from ncsn_viz.lab.engine import device as devices
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.headless.run import Run
from ncsn_viz.lab.metrics import METRICS
from ncsn_viz.lab.metrics.base import MetricInputs
from ncsn_viz.lab.metrics.final import final_metrics, repeats_summary
from ncsn_viz.lab.metrics.validity import meaningful
from ncsn_viz.lab.snapshot import LaneSnapshot
from ncsn_viz.lab.storage import null_if_not_finite
from ncsn_viz.lab.training.evaluation_set import EvaluationSet

EVALUATION_POINTS = 16_384  # of the final metrics
LOSSES = ("loss", "loss_floor", "loss_above_floor")
ORDER = (  # of a lane's keys in metrics.json; keys that are not listed follow
    "name", "objective", "steps", "train_seconds", "loss", "loss_floor", "loss_above_floor",
    "loss_above_floor_error", "sigma", "fisher_data", "fisher_data_error", "common_sigma", "fisher_common",
    "fisher_common_error", "fisher_window",
    "half_square_norm_data", "mode_weights", "sliced_w2", "sliced_w2_error",
    "sliced_w2_chance", "mmd", "mmd_error", "mmd_bandwidth", "nll", "nll_error", "kl",
    "kl_error", "nll_truth", "log_z", "mass_outside", "off_grid", "non_conservative", "repeats", "spread", "lost",
    "acceptance", "score_evaluations", "sampler_steps", "status", "message",
)  # fmt: skip


def summary(run: Run) -> dict[str, Any]:
    """The content of metrics.json; numbers that are not finite are null."""
    return {
        "device": run.engine.device.type,
        "device_name": devices.describe(run.engine.device),
        "pace": run.engine.training.note,
        "versions": {
            "ncsn-viz": ncsn_viz.__version__,
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "numpy": np.__version__,
        },
        "seed": run.engine.spec.seed,
        "interrupted": run.interrupted,
        "failure": run.failure,
        "lanes": [null_if_not_finite(_summary_or_failure(run, lane)) for lane in run.engine.lanes],
    }


def _summary_or_failure(run: Run, lane: Lane) -> dict[str, Any]:
    """The metrics of one lane, or why there are none."""
    failures: list[str] = [lane.failure]
    if lane.trainers:
        try:
            return lane_summary(run, lane)
        except Exception as error:  # whatever it is, there are other lanes
            failures.append(devices.failure_sentence(error))
    return {
        "name": lane.spec.name,
        "objective": lane.spec.objective.kind,
        "steps": lane.trainers[0].step if lane.trainers else 0,
        "status": "failed",
        "message": " ".join(filter(None, failures)),
    }


def lane_summary(run: Run, lane: Lane) -> dict[str, Any]:
    """All metrics of one lane (`lane_metrics`), of its repeats, and how it went."""
    inputs, trainer, particles = _metric_inputs(run, lane, METRICS), lane.trainer, lane.particles
    losses = _losses(run, lane, inputs)
    assert particles is not None
    found = {
        "name": lane.spec.name,
        "objective": lane.spec.objective.kind,
        "steps": trainer.step,
        "train_seconds": trainer.seconds,
        **losses,
        **_measured(lane, inputs, METRICS),
        **repeats_summary(lane.trainers, inputs, losses["loss_floor"]),
        "score_evaluations": particles.state.evaluations,
        "sampler_steps": particles.state.step,
        "status": lane_status(run, lane),
        "message": lane_message(run, lane),
    }
    return {name: found[name] for name in dict.fromkeys((*ORDER, *found)) if name in found}


def lane_metrics(run: Run, lane: Lane, wanted: Collection[str]) -> dict[str, Any]:
    """Those metrics of one lane, and of its LOSSES, whose names are `wanted`: the numbers that `lane_summary` has."""
    inputs = _metric_inputs(run, lane, wanted)
    losses = _losses(run, lane, inputs) if set(LOSSES).intersection(wanted) else {}
    found = losses | _measured(lane, inputs, wanted)
    return {name: found[name] for name in wanted}


def of_particles(names: Collection[str]) -> bool:
    """Whether any of these metrics is one of the particles, which have to be moved for it."""
    return any(name == "lost" or (name in METRICS and METRICS[name].of_particles) for name in names)


def _metric_inputs(run: Run, lane: Lane, wanted: Collection[str]) -> MetricInputs:
    """What the `wanted` metrics of a lane are computed from: fresh points, and a reference for those of particles."""
    truth, spec, seed = run.truth, run.engine.spec, run.engine.spec.seed + 1
    objective, device = lane.spec.objective, run.engine.device
    evaluation_set = EvaluationSet.build(objective, truth, spec.window, seed, EVALUATION_POINTS, device)
    return replace(
        lane.metric_inputs(spec, truth),
        evaluation_set=evaluation_set.with_common(spec.common_sigma, spec.window),
        reference=run.reference if of_particles(wanted) else None,
    )


def _measured(lane: Lane, inputs: MetricInputs, wanted: Collection[str]) -> dict[str, Any]:
    """The `wanted` metrics, and what is computed beside them; None where they mean nothing."""
    measured = final_metrics(inputs, wanted)
    if lane.trainer.diverged:
        return dict.fromkeys(measured) | meaningful(measured, True, lane.shows_truth)
    return measured


def _losses(run: Run, lane: Lane, inputs: MetricInputs) -> dict[str, float | None]:
    """The loss, its floor, what it is above that, and the standard error of this.

    The loss is its floor plus what it is above that: an estimate of the expected loss without the noise that its floor,
    the loss of the truth, has as well.
    """
    assert inputs.evaluation_set is not None
    generator = torch.Generator(run.engine.device).manual_seed(run.engine.spec.seed + 1)
    floor = lane.spec.objective.floor(run.truth, generator)
    above = inputs.evaluation_set.loss_above_floor(lane.trainer.average)
    if lane.trainer.diverged:
        above = above._replace(mean=math.nan, error=math.nan)
    return {
        "loss": None if floor is None else floor + above.mean,
        "loss_floor": floor,
        "loss_above_floor": above.mean,
        "loss_above_floor_error": above.error,
    }


def lane_status(run: Run, lane: Lane) -> str:
    """What has become of a lane, the worst first; "ok" where nothing is wrong."""
    assert lane.particles is not None
    found = {
        "failed": bool(lane.failure),
        "diverged": lane.trainer.diverged,
        "collapsed": bool(lane.trainer.failure),
        "particles lost": lane.particles.lost > LOST,
        "interrupted": run.interrupted,
    }
    return next((status for status, holds in found.items() if holds), "ok")


def lane_message(run: Run, lane: Lane) -> str:
    """Why training was stopped or has failed, or why particles are lost, with the likeliest cause; or nothing."""
    if lane.failure:
        return lane.failure
    assert lane.particles is not None
    lost, terms = {"lost": lane.particles.lost}, lane.trainer.last_terms
    snapshot = LaneSnapshot(lane.spec.name, lane.trainer.status, metrics=lost, terms=terms)
    found = diagnose(run.engine.user_spec, run.engine.lanes.index(lane), snapshot)
    if found is None:
        return lane.trainer.status.message
    return " ".join([found.sentence, *(cause.sentence for cause in found.causes[:1])])
