"""One run of a sweep, as a worker does it: the headless run on one torch thread."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import safetensors.torch

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab import headless
from ncsn_viz.lab.engine import device as devices
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.metrics.final import curves
from ncsn_viz.lab.storage import experiment_files
from ncsn_viz.lab.sweep.outcome import OK, RunOutcome
from ncsn_viz.lab.sweep.sweep_file import CURVES
from ncsn_viz.lab.sweep.versions import OtherVersions, installed

FAILED = "failed"


@dataclass(frozen=True)
class Task:
    """A run as it is sent to a worker: its experiment as JSON, and what is wanted of it.

    `metrics` by name; `reach` are the name of a count, its curve and its value; with `keep` the outcome has files.
    `versions` are those that the worker must have.
    """

    run: int
    experiment: str
    steps: int
    metrics: tuple[str, ...]
    reach: tuple[tuple[str, str, float], ...]
    device: str
    keep: bool
    versions: Mapping[str, str]


def carry_out(task: Task) -> RunOutcome:
    """Train, sample where a metric needs it, and measure. An error is an outcome, too; raises OtherVersions."""
    if installed() != task.versions:
        raise OtherVersions(", ".join(f"{name} {there}" for name, there in installed().items()))
    start = time.perf_counter()
    try:
        run = headless.start(experiment_files.from_text(task.experiment), task.steps, task.device, threads=1)
        run.samples = headless.of_particles(task.metrics)
        run.go(lambda *_: None)
        values = dict(_values(run, task))
        files = _files(run) if task.keep else {}
    except ValidationError as error:
        return RunOutcome(task.run, FAILED, str(error), seconds=time.perf_counter() - start)
    except Exception as error:  # whatever it is, there are other runs
        return RunOutcome(task.run, FAILED, devices.failure_sentence(error), seconds=time.perf_counter() - start)
    status, message = _status(run)
    return RunOutcome(task.run, status, message, values, time.perf_counter() - start, run.engine.device.type, files)


def _values(run: headless.Run, task: Task) -> Iterator[tuple[str, Any]]:
    for index, lane in enumerate(run.engine.lanes):
        if lane.failure or not lane.trainers:
            continue
        found = headless.lane_metrics(run, lane, task.metrics)
        found |= {name: _first_step(lane, CURVES[curve], level) for name, curve, level in task.reach}
        yield from ((f"lanes.{index}.{name}", value) for name, value in found.items())


def _first_step(lane: Lane, curve: str, level: float) -> float:
    """The first recorded step at which a curve is at most `level`; infinite where it never was."""
    steps = (step for step, values in lane.trainer.history.rows if values.get(curve, math.nan) <= level)
    return next(steps, math.inf)


def _status(run: headless.Run) -> tuple[str, str]:
    """The status of a run, which is that of the first lane with which not all is well, and why."""
    if run.failure:
        return FAILED, run.failure
    lanes = run.engine.lanes
    found = [FAILED if not lane.trainers else headless.lane_status(run, lane) for lane in lanes]
    messages = [lane.failure or headless.lane_message(run, lane) for lane in lanes]
    status = next((each for each in found if each != OK), OK)
    names = [f"{lane.spec.name}: " if len(lanes) > 1 else "" for lane in lanes]
    return status, " ".join(name + text for name, text in zip(names, messages, strict=True) if text)


def _files(run: headless.Run) -> dict[str, bytes]:
    """The experiment, the curves, and the weights of every lane's network and of their running mean."""
    lanes = {lane.spec.name: lane.trainers for lane in run.engine.lanes if lane.trainers}
    weights = {
        f"lanes.{index}.{name}.{key}": value.detach().cpu().contiguous()
        for index, lane in enumerate(run.engine.lanes)
        if lane.trainers
        for name, net in (("net", lane.trainer.net), ("average", lane.trainer.average))
        for key, value in net.state_dict().items()
    }
    return {
        "experiment.json": experiment_files.to_text(run.engine.user_spec).encode(),
        "curves.csv": curves(lanes).encode(),
        "weights.safetensors": safetensors.torch.save(weights),
    }
