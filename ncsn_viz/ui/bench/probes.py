"""What is played on the real window: each probe returns plain numbers, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from statistics import median, quantiles
from typing import Any

from ncsn_viz.core.objectives import NCSN, Denoising, Implicit, Sliced
from ncsn_viz.lab.bench.machine import peak_memory
from ncsn_viz.lab.spec import LaneSpec, Particles, Spec
from ncsn_viz.ui.bench.stage import Stage, rest

WARM = 1.5  # seconds before anything is measured


def four_lanes(count: int) -> Spec:
    """Four trainings, each with `count` particles."""
    lanes = tuple(LaneSpec(objective=objective) for objective in (NCSN(), Sliced(), Denoising(), Implicit()))
    return Spec(lanes=lanes, particles=Particles(count=count))


def one_lane(count: int) -> Spec:
    """One training with `count` particles."""
    return Spec(lanes=(LaneSpec(objective=NCSN()),), particles=Particles(count=count))


EXPERIMENTS: dict[str, Callable[[int], Spec]] = {"four_lanes": four_lanes, "one_lane": one_lane}


def frames(experiment: str, count: int, seconds: float, device: str) -> dict[str, Any]:
    """Intervals of paints while the mouse moves: with everything at rest, then while it trains and samples."""
    stage = Stage(EXPERIMENTS[experiment](count), device)
    try:
        rest(WARM)
        found: dict[str, Any] = {"platform": platform()}
        with stage.nudged():
            begin = stage.step
            paints, pictures = stage.watch(seconds)
            found |= {"paints": spread(paints), "pictures": spread(pictures)}
            found["steps_per_second"] = (stage.step - begin) / seconds
            stage.edit(run=replace(stage.session.spec.run, training=False, sampling=False))
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


PROBES: dict[str, Callable[..., dict[str, Any]]] = {"frames": frames}
