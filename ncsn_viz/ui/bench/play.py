"""Somebody who plays with the window for hours: paints, changes targets, lanes, layers, and undoes."""

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
from ncsn_viz.ui.bench.stage import Stage, rest

PAUSE = 0.25  # seconds between two things that are done
START = Spec(lanes=(LaneSpec(objective=NCSN()), LaneSpec(objective=Sliced())), particles=Particles(count=5000))


def play(minutes: float, every: float, device: str, tell: Callable[[Resources, int], None]) -> None:
    """Play for so many minutes; every so many seconds, with the same lanes each time, tell what the process holds."""
    stage = Stage(START, device)
    acts = cycle(_acts(stage))
    end, due = perf_counter() + 60 * minutes, perf_counter() + every
    try:
        while perf_counter() < end:
            next(acts)()
            rest(PAUSE)
            if perf_counter() > due:
                _as_at_the_start(stage)
                tell(resources(), stage.step)
                due += every
    finally:
        stage.close()


def _acts(stage: Stage) -> Iterator[Callable[[], object]]:
    """What is done, in turns. Half of it is undone later."""
    targets = cycle((Rings(), Spiral(), EightGaussians(), Moons()))
    objectives = cycle((Denoising(), Implicit(), NCSN(), Sliced()))
    layers = cycle(("energy", "truth", "trails", "curl", "error", "density"))
    places = cycle(range(40))

    def learn_by_another() -> None:
        first, *others = stage.session.spec.lanes
        stage.edit(lanes=(replace(first, objective=next(objectives)), *others))

    return iter(
        (  # an edit that is refused, one lane too many or the last one, changes nothing
            lambda: _stroke(stage, next(places)),
            lambda: stage.session.edit(lambda spec: edits.duplicate_lane(spec, 0)),
            lambda: _stroke(stage, next(places)),
            lambda: stage.session.edit(lambda spec: edits.toggle_layer(spec, next(layers))),
            learn_by_another,
            lambda: _stroke(stage, next(places)),
            stage.session.undo,
            lambda: stage.session.command(RestartLane(stage.session.spec.lanes[0].slot)),
            lambda: stage.session.edit(lambda spec: edits.remove_lane(spec, len(spec.lanes) - 1)),
            stage.session.undo,
            lambda: stage.session.edit(
                lambda spec: edits.remove_lane(spec, len(spec.lanes) - 1)
            ),  # or there were more each round
            lambda: stage.edit(target=next(targets)),
            lambda: stage.session.command(ReleaseParticles()),
            stage.session.redo,
        )
    )


def _as_at_the_start(stage: Stage) -> None:
    """The same lanes, layers and target, so that what is held can be compared; run counts and undo go on growing."""
    stage.edit(target=START.target, lanes=START.lanes, view=replace(stage.session.spec.view, layers=START.view.layers))
    rest(1.0)


def _stroke(stage: Stage, turn: int) -> None:
    places = [QPointF(50.0 + 8 * move, 40.0 + (31 * turn + 6 * move) % 150) for move in range(20)]
    stage.mouse(QEvent.Type.MouseButtonPress, places[0], held=True)
    for place in places[1:]:
        stage.mouse(QEvent.Type.MouseMove, place, held=True)
        rest(0.004)
    stage.mouse(QEvent.Type.MouseButtonRelease, places[-1])
