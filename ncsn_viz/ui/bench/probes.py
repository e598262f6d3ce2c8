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

from ncsn_viz.core.objectives import NCSN, Denoising, Implicit, Sliced
from ncsn_viz.core.targets import EightGaussians, Moons, Rings, Spiral
from ncsn_viz.lab.bench.machine import Resources, peak_memory
from ncsn_viz.lab.experiment import LaneSpec, Particles, Playback, Spec
from ncsn_viz.ui.bench.bench_window import BenchWindow, wait
from ncsn_viz.ui.bench.simulated_user import simulate

WARM, WARM_AGAIN = 3.0, 1.5  # seconds before a measurement, for the first and for later windows of a process
SETTLE = 0.4  # seconds between two measurements
MOVES = 12  # of the mouse in a stroke


def four_lanes(count: int) -> Spec:
    """Four lanes that train, each with `count` particles."""
    lanes = tuple(LaneSpec(objective=objective) for objective in (NCSN(), Sliced(), Denoising(), Implicit()))
    return Spec(lanes=lanes, particles=Particles(count=count))


def two_lanes(count: int) -> Spec:
    """Two lanes that train, each with `count` particles."""
    return Spec(lanes=four_lanes(count).lanes[:2], particles=Particles(count=count))


def one_lane(count: int) -> Spec:
    """One lane that trains, with `count` particles."""
    return Spec(lanes=(LaneSpec(objective=NCSN()),), particles=Particles(count=count))


EXPERIMENTS: dict[str, Callable[[int], Spec]] = {
    "one_lane": one_lane,
    "two_lanes": two_lanes,
    "four_lanes": four_lanes,
}


def frames(plays: dict[str, tuple[str, int, float]], device: str) -> dict[str, Any]:
    """The frame intervals of several experiments; each of `plays` is an experiment, its particles per lane and seconds.

    Each result but the last is printed as a line of JSON as soon as it is known; the last one is returned.
    """
    last: dict[str, Any] = {}
    for name, (experiment, count, seconds) in plays.items():
        if last:
            print(json.dumps(last), flush=True)
        result = _frames(EXPERIMENTS[experiment](count), seconds, device, WARM_AGAIN if last else WARM)
        last = {"play": name, **result}
    return last


def _frames(spec: Spec, seconds: float, device: str, warm: float) -> dict[str, Any]:
    """Intervals of new pictures with an idle mouse; of paints with a moving mouse, while training and while paused."""
    window = BenchWindow(spec, device)
    try:
        wait(warm)
        begin = window.step
        found: dict[str, Any] = {"platform": platform(), "pictures": spread(window.record(seconds)[1])}
        found["steps_per_second"] = (window.step - begin) / seconds
        with window.moving_mouse():
            found["paints"] = spread(window.record(max(1.0, seconds / 2))[0])
            window.edit(playback=Playback(training=False, sampling=False))
            wait(0.5)
            found["idle"] = spread(window.record(max(1.0, seconds / 3))[0])
        return found | {"peak_memory": peak_memory()}
    finally:
        window.close()


def spread(intervals: list[float]) -> dict[str, float]:
    """Median, 99th percentile and maximum of `intervals` (s) in milliseconds, and their rate per second."""
    if len(intervals) < 2:
        return {"count": len(intervals)}
    p99 = quantiles(intervals, n=100, method="inclusive")[98]
    return {
        "count": len(intervals),
        "p50": 1e3 * median(intervals),
        "p99": 1e3 * p99,
        "longest": 1e3 * max(intervals),
        "per_second": len(intervals) / sum(intervals),
    }


def platform() -> str:
    """Qt's platform: "xcb" for a real or virtual screen, "offscreen" for none."""
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication.platformName()


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
        return {"pixel": pixels, "truth": truths, "preset": presets, "snapshots": snapshots, "platform": platform()}
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
        seconds.append(
            window.time_to_paint(partial(window.mouse, QEvent.Type.MouseMove, _pixel(turn, move), held=True))
        )
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
