"""Probes: measurements on the real window, each in a process of its own; their results are JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QGuiApplication

from ncsn_viz.core.objectives import NCSN, Denoising, Implicit, Sliced
from ncsn_viz.core.targets import EightGaussians, Moons, Rings, Spiral
from ncsn_viz.lab.bench.machine import Resources, peak_memory
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Particles, Playback, Spec
from ncsn_viz.ui.bench.bench_window import BenchWindow, wait
from ncsn_viz.ui.bench.simulated_user import simulate

WARM, WARM_AGAIN = 3.0, 1.5  # seconds before a measurement, for the first and for later windows of a process
SETTLE = 0.4  # seconds between two measurements
MOVES = 12  # of the mouse in a stroke


LANES = {"one_lane": 1, "two_lanes": 2, "four_lanes": 4}  # of the experiments


def experiment(name: str, count: int) -> Spec:
    """An experiment of LANES, whose lanes train with different objectives, each with `count` particles."""
    objectives = (NCSN(), Sliced(), Denoising(), Implicit())[: LANES[name]]
    return Spec(lanes=tuple(LaneSpec(objective=each) for each in objectives), particles=Particles(count=count))


def frames(plays: dict[str, tuple[str, int, float]], device: str) -> dict[str, Any]:
    """The frame intervals of several experiments; each of `plays` is an experiment, its particles per lane and seconds.

    Each result but the last is printed as a line of JSON as soon as it is known; the last one is returned.
    """
    last: dict[str, Any] = {}
    for name, (lanes, count, seconds) in plays.items():
        if last:
            print(json.dumps(last), flush=True)
        last = {"play": name, **_frames(experiment(lanes, count), seconds, device, WARM_AGAIN if last else WARM)}
    return last


def _frames(spec: Spec, seconds: float, device: str, warm: float) -> dict[str, Any]:
    """Intervals of new pictures with an idle mouse; of paints with a moving mouse, while training and while paused."""
    window = BenchWindow(spec, device)
    try:
        wait(warm)
        begin = window.step
        platform, pictures = QGuiApplication.platformName(), spread(window.record(seconds)[1])
        rate = (window.step - begin) / seconds
        found: dict[str, Any] = {"platform": platform, "pictures": pictures, "steps_per_second": rate}
        with window.moving_mouse():
            found["paints"] = spread(window.record(max(1.0, seconds / 2))[0])
            window.edit(playback=Playback(training=False, sampling=False))
            wait(0.5)
            found["idle"] = spread(window.record(max(1.0, seconds / 3))[0])
        found["alone_per_second"] = steps_alone(spec, device, max(0.5, seconds / 2))
        return found | {"peak_memory": peak_memory()}
    finally:
        window.close()


def steps_alone(spec: Spec, device: str, seconds: float) -> float:
    """Training steps a second of the lanes of `spec` without particles or pictures, in this thread."""
    engine = Engine(device)
    engine.apply(spec)
    engine.train()
    begin, steps = perf_counter(), 0
    while perf_counter() - begin < seconds:
        engine.train()
        steps += 1
    return steps / (perf_counter() - begin)


def spread(intervals: list[float]) -> dict[str, float]:
    """Median, 99th percentile and maximum of `intervals` (s) in milliseconds, and their rate per second."""
    if len(intervals) < 2:
        return {"count": len(intervals)}
    p99 = 1e3 * quantiles(intervals, n=100, method="inclusive")[98]
    longest, rate = 1e3 * max(intervals), len(intervals) / sum(intervals)
    return {"count": len(intervals), "p50": 1e3 * median(intervals), "p99": p99, "longest": longest, "per_second": rate}


def instant(strokes: int, device: str) -> dict[str, Any]:
    """Seconds from a mouse event to its paint, and from the end of a stroke and a new preset to their Snapshots.

    One lane trains and one shows the true field: a Snapshot of a new target contains its truth.
    """
    spec = Spec(lanes=(LaneSpec(objective=NCSN()), LaneSpec(objective=Denoising(), score_from="true")))
    window = BenchWindow(spec, device)
    try:
        wait(WARM)
        pixels, truths, presets = [], [], []
        for turn in range(strokes):
            pixels += _stroke(window, turn)
            truths.append(window.time_to_snapshot(partial(_end_stroke, window, turn)))
            wait(SETTLE)
            target = (Rings(), Spiral(), EightGaussians(), Moons())[turn % 4]
            presets.append(window.time_to_snapshot(partial(window.edit, target=target)))
            wait(SETTLE)
        begin = perf_counter()
        window.record(1.0)
        snapshots = len(window.arrivals) / (perf_counter() - begin)
        found = {"pixel": pixels, "truth": truths, "preset": presets, "snapshots": snapshots}
        return found | {"platform": QGuiApplication.platformName()}
    finally:
        window.close()


def _pixel(turn: int, move: int) -> QPointF:
    """The pixel of the canvas at a move of a stroke, different for each."""
    return QPointF(60.0 + 9 * move, 50.0 + (37 * turn + 5 * move) % 130)


def _stroke(window: BenchWindow, turn: int) -> list[float]:
    """Press the button and move; the seconds from each move to the end of its paint."""
    window.mouse(QEvent.Type.MouseButtonPress, _pixel(turn, 0), held=True)
    seconds = []
    for move in range(1, MOVES):
        before = window.canvas.stroke
        act = partial(window.mouse, QEvent.Type.MouseMove, _pixel(turn, move), held=True)
        seconds.append(window.time_to_paint(act))
        if window.canvas.stroke == before:
            raise RuntimeError("the move has painted nothing")
        wait(0.01)
    return seconds


def _end_stroke(window: BenchWindow, turn: int) -> None:
    window.mouse(QEvent.Type.MouseMove, _pixel(turn, MOVES), held=True)
    window.mouse(QEvent.Type.MouseButtonRelease, _pixel(turn, MOVES))


def soak(minutes: float, every: float, device: str) -> dict[str, Any]:
    """Simulate a user; each sample but the last is printed as a line of JSON when it is taken, the last is returned."""
    last: dict[str, Any] = {}

    def report(held: Resources, step: int) -> None:
        if last:
            print(json.dumps(last), flush=True)
        last.update(asdict(held), step=step)

    simulate(minutes, every, device, report)
    return last


PROBES: dict[str, Callable[..., dict[str, Any]]] = {"frames": frames, "instant": instant, "soak": soak}
