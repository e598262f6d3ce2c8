"""A simulated user of the window, who paints, changes targets, lanes and layers, and undoes for a long time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle
from time import perf_counter

from PySide6.QtCore import QEvent, QPointF

from ncsn_viz.core.objectives import NCSN, Denoising, Implicit, Sliced
from ncsn_viz.core.targets import EightGaussians, Moons, Rings, Spiral
from ncsn_viz.lab.bench.machine import Resources, resources
from ncsn_viz.lab.experiment import LaneSpec, Particles, Spec
from ncsn_viz.lab.experiment.commands import ReleaseParticles, RestartLane
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.bench.bench_window import BenchWindow, wait

PAUSE = 0.25  # seconds between two actions
START = Spec(lanes=(LaneSpec(objective=NCSN()), LaneSpec(objective=Sliced())), particles=Particles(count=5000))


def simulate(minutes: float, interval: float, device: str, report: Callable[[Resources, int], None]) -> None:
    """Use the window for `minutes`; every `interval` seconds, `report` the resources and the training step.

    Lanes, layers and target are reset before each report, which makes the resources comparable.
    """
    window = BenchWindow(START, device)
    actions = cycle(_actions(window))
    end, due = perf_counter() + 60 * minutes, perf_counter() + interval
    try:
        while perf_counter() < end:
            next(actions)()
            wait(PAUSE)
            if perf_counter() > due:
                _reset(window)
                report(resources(), window.step)
                due += interval
    finally:
        window.close()


def _actions(window: BenchWindow) -> Iterator[Callable[[], object]]:
    """One round of actions, half of which later ones undo."""
    targets = cycle((Rings(), Spiral(), EightGaussians(), Moons()))
    objectives = cycle((Denoising(), Implicit(), NCSN(), Sliced()))
    layers = cycle(("energy", "truth", "trails", "curl", "error", "density"))
    numbers = cycle(range(40))

    def change_objective() -> None:
        first, *others = window.session.spec.lanes
        window.edit(lanes=(replace(first, objective=next(objectives)), *others))

    return iter(
        (  # a refused edit, of one lane too many or of the last one, changes nothing
            lambda: _stroke(window, next(numbers)),
            lambda: window.session.edit(lambda spec: edits.duplicate_lane(spec, 0)),
            lambda: _stroke(window, next(numbers)),
            lambda: window.session.edit(lambda spec: edits.toggle_layer(spec, next(layers))),
            change_objective,
            lambda: _stroke(window, next(numbers)),
            window.session.undo,
            lambda: window.session.command(RestartLane(window.session.spec.lanes[0].slot)),
            lambda: window.session.edit(lambda spec: edits.remove_lane(spec, len(spec.lanes) - 1)),
            window.session.undo,
            # or there would be one more lane after each round
            lambda: window.session.edit(lambda spec: edits.remove_lane(spec, len(spec.lanes) - 1)),
            lambda: window.edit(target=next(targets)),
            lambda: window.session.command(ReleaseParticles()),
            window.session.redo,
        )
    )


def _reset(window: BenchWindow) -> None:
    """Restore lanes, layers and target, but neither undo nor counts."""
    view = replace(window.session.spec.view, layers=START.view.layers)
    window.edit(target=START.target, lanes=START.lanes, view=view)
    wait(1.0)


def _stroke(window: BenchWindow, number: int) -> None:
    pixels = [QPointF(50.0 + 8 * move, 40.0 + (31 * number + 6 * move) % 150) for move in range(20)]
    window.mouse(QEvent.Type.MouseButtonPress, pixels[0], held=True)
    for pixel in pixels[1:]:
        window.mouse(QEvent.Type.MouseMove, pixel, held=True)
        wait(0.004)
    window.mouse(QEvent.Type.MouseButtonRelease, pixels[-1])
