"""How long a sweep will take, from a small part of a few of its runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.targets import EmptyTarget
from ncsn_viz.lab import headless
from ncsn_viz.lab.sweep.planning import Plan

SAMPLES = 3  # runs that are tried
SLICE = 0.3  # seconds of training, and of sampling, of each


def seconds_of_a_run(plan: Plan, runs: Sequence[int], device: str) -> float:
    """About how many seconds a run takes here, as the mean of a few of them. Raises ValidationError as those would."""
    chosen = [runs[place * (len(runs) - 1) // max(1, SAMPLES - 1)] for place in range(min(SAMPLES, len(runs)))]
    return sum(_seconds(plan, run, device) for run in chosen) / len(chosen)


def check_targets(plan: Plan) -> None:
    """Raise ValidationError if there is nothing to learn in one of the targets."""
    seen = set()
    for runs in plan.of_setting().values():
        target = plan.spec(runs[0]).target
        if target not in seen:
            seen.add(target)
            try:
                target.build(origin=plan.spec(runs[0]).origin)
            except EmptyTarget:
                raise ValidationError("has no mass: the canvas is empty", ("target",)) from None


def _seconds(plan: Plan, run: int, device: str) -> float:
    """What a run will take: its start, a slice of its training and of its sampling scaled up, its metrics."""
    steps, names, begin = plan.steps(run), plan.sweep.settings.metrics, time.perf_counter()
    trial = headless.start(plan.spec(run), steps, device, threads=1)
    started = time.perf_counter() - begin
    total = started + _scaled(trial.engine.train, steps)
    moves = headless.of_particles(names)
    for lane in trial.engine.lanes:
        if moves and not lane.failure:
            total += _scaled(partial(trial.step_particles, lane), lane.spec.sampler.num_steps())
    begin = time.perf_counter()
    for lane in trial.engine.lanes:
        if not lane.failure:
            headless.lane_metrics(trial, lane, names)
    return total + time.perf_counter() - begin


def _scaled(step: Callable[[], object], wanted: int) -> float:
    """The seconds of `wanted` steps, from those that are done in SLICE."""
    begin = time.perf_counter()
    for done in count(1):
        if done > wanted:
            return time.perf_counter() - begin
        step()
        if time.perf_counter() - begin > SLICE:
            return (time.perf_counter() - begin) * wanted / done
    raise AssertionError
