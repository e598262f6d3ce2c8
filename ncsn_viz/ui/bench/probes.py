"""What is played on the real window: each probe returns plain numbers, in a process of its own."""

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
from ncsn_viz.ui.bench.play import play
from ncsn_viz.ui.bench.stage import Stage, rest

WARM, WARM_AGAIN = 3.0, 1.5  # seconds before anything is measured: in a process, and in one where a window has been
SETTLE = 0.4  # seconds between two experiments
MOVES = 12  # of the mouse in a stroke


def four_lanes(count: int) -> Spec:
    """Four trainings, each with `count` particles."""
    lanes = tuple(LaneSpec(objective=objective) for objective in (NCSN(), Sliced(), Denoising(), Implicit()))
    return Spec(lanes=lanes, particles=Particles(count=count))


def two_lanes(count: int) -> Spec:
    """Two trainings, each with `count` particles."""
    return Spec(lanes=four_lanes(count).lanes[:2], particles=Particles(count=count))


def one_lane(count: int) -> Spec:
    """One training with `count` particles."""
    return Spec(lanes=(LaneSpec(objective=NCSN()),), particles=Particles(count=count))


EXPERIMENTS: dict[str, Callable[[int], Spec]] = {
    "one_lane": one_lane,
    "two_lanes": two_lanes,
    "four_lanes": four_lanes,
}


def frames(plays: dict[str, tuple[str, int, float]], device: str) -> dict[str, Any]:
    """What `_frames` finds in each of some experiments, with so many particles a lane, in so many seconds.

    Each is a line of the output as soon as it is known, and the last one is the answer.
    """
    last: dict[str, Any] = {}
    for name, (experiment, count, seconds) in plays.items():
        if last:
            print(json.dumps(last), flush=True)
        found = _frames(EXPERIMENTS[experiment](count), seconds, device, WARM_AGAIN if last else WARM)
        last = {"play": name, **found}
    return last


def _frames(spec: Spec, seconds: float, device: str, warm: float) -> dict[str, Any]:
    """Intervals of new pictures while nobody touches the mouse; then of paints, while it moves and with all at rest."""
    stage = Stage(spec, device)
    try:
        rest(warm)
        begin = stage.step
        found: dict[str, Any] = {"platform": platform(), "pictures": spread(stage.watch(seconds)[1])}
        found["steps_per_second"] = (stage.step - begin) / seconds
        with stage.nudged():
            found["paints"] = spread(stage.watch(max(1.0, seconds / 2))[0])
            stage.edit(playback=Playback(training=False, sampling=False))
            rest(0.5)
            found["idle"] = spread(stage.watch(max(1.0, seconds / 3))[0])
        return found | {"peak_memory": peak_memory()}
    finally:
        stage.close()


def spread(intervals: list[float]) -> dict[str, float]:
    """Median, 99th percentile and largest of some intervals in milliseconds, and how many there are a second."""
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
    """Qt's platform here: "xcb" for a real screen or a virtual one, "offscreen" for none."""
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication.platformName()


def instant(strokes: int, device: str) -> dict[str, Any]:
    """Seconds from the mouse to the painted pixel, from the end of a stroke and from a new preset to its Snapshot.

    One lane learns and one shows the true field, so that a Snapshot of a new target has the new truth in it.
    """
    spec = Spec(lanes=(LaneSpec(objective=NCSN()), LaneSpec(objective=Denoising(), score_from="true")))
    stage = Stage(spec, device)
    try:
        rest(WARM)
        pixels, truths, presets = [], [], []
        for turn in range(strokes):
            pixels += _stroke(stage, turn)
            truths.append(stage.answer(partial(_end_stroke, stage, turn)))
            rest(SETTLE)
            target = (Rings(), Spiral(), EightGaussians(), Moons())[turn % 4]
            presets.append(stage.answer(partial(stage.edit, target=target)))
            rest(SETTLE)
        begin = perf_counter()
        stage.watch(1.0)
        snapshots = len(stage.arrivals) / (perf_counter() - begin)
        return {"pixel": pixels, "truth": truths, "preset": presets, "snapshots": snapshots, "platform": platform()}
    finally:
        stage.close()


def _place(turn: int, move: int) -> QPointF:
    """Where the mouse is at a move of a stroke, in pixels of the canvas: somewhere new each time."""
    return QPointF(60.0 + 9 * move, 50.0 + (37 * turn + 5 * move) % 130)


def _stroke(stage: Stage, turn: int) -> list[float]:
    """Press the button and move; the seconds from each move to the end of the paint that shows it."""
    stage.mouse(QEvent.Type.MouseButtonPress, _place(turn, 0), held=True)
    spent = []
    for move in range(1, MOVES):
        before = stage.canvas.stroke
        spent.append(stage.painted(partial(stage.mouse, QEvent.Type.MouseMove, _place(turn, move), held=True)))
        if stage.canvas.stroke == before:
            raise RuntimeError("the move has painted nothing")
        rest(0.01)
    return spent


def _end_stroke(stage: Stage, turn: int) -> None:
    stage.mouse(QEvent.Type.MouseMove, _place(turn, MOVES), held=True)
    stage.mouse(QEvent.Type.MouseButtonRelease, _place(turn, MOVES))


def soak(minutes: float, every: float, device: str) -> dict[str, Any]:
    """Play for a long time; every sample is a line of the output as it is taken, and the last one is the answer."""
    last: dict[str, Any] = {}

    def tell(held: Resources, step: int) -> None:
        if last:
            print(json.dumps(last), flush=True)
        last.update(asdict(held), step=step)

    play(minutes, every, device, tell)
    return last


PROBES: dict[str, Callable[..., dict[str, Any]]] = {"frames": frames, "instant": instant, "soak": soak}
