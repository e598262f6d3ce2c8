"""What is learned on CUDA against what is learned on the CPU: the error of every objective after equal training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import sqrt
from statistics import mean, stdev

from ncsn_viz.core.objectives import OBJECTIVES, Objective
from ncsn_viz.core.targets import Moons
from ncsn_viz.lab.bench.base import NO_CUDA, Row, Setting, at_most
from ncsn_viz.lab.bench.figures.training import lane
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import Particles, Spec

CPU = "the same on the CPU"
SEEDS = 4
POINTS = 4096  # of the evaluation set: its noise then stays below that of the seeds
STANDARD_ERRORS = 4.0  # by which two equal means differ once in some ten thousand comparisons


def devices(setting: Setting) -> Iterator[Row]:
    """½E‖s − s*‖² of each objective on CUDA; the ratio is to the CPU's, and the note says how sure it is.

    The devices draw different random numbers, so that the means over seeds are compared: the goal bounds the ratio by
    one plus four standard errors of their difference.
    """
    if not setting.cuda:
        yield Row("objectives", against=CPU, note=NO_CUDA)
        return
    for kind in OBJECTIVES:
        steps = setting.rounds(300, 1000)
        there, how = _errors(kind(), "cuda", steps)
        here, _ = _errors(kind(), "cpu", steps)
        yield compared(kind.kind, there, here, f"after {steps} steps; {how}")


def compared(name: str, there: list[float], here: list[float], note: str) -> Row:
    """The mean of the errors `there` against the mean of those `here`."""
    error = sqrt((stdev(there) ** 2 + stdev(here) ** 2) / len(here))
    goal = at_most(1 + STANDARD_ERRORS * error / mean(here))
    apart = (mean(there) - mean(here)) / max(error, 1e-12)
    row = Row(name, mean(there), "½E‖Δs‖²", mean(there) / mean(here), CPU, goal=goal)
    return replace(row, note=f"{apart:+.1f} standard errors apart over {len(here)} seeds, {note}")


def _errors(objective: Objective, device: str, steps: int) -> tuple[list[float], str]:
    """The errors of the seeds' networks after training, and how the steps were executed."""
    engine = Engine(device, curve_points=POINTS)
    engine.apply(Spec(target=Moons(), lanes=(lane(objective),), particles=Particles(count=10), repeats=SEEDS))
    for _ in engine.prepare():
        pass
    for _ in range(steps):
        engine.train()
    trainers, how = engine.lanes[0].trainers, engine.training.note
    sets = [trainer.evaluation_set for trainer in trainers]
    pairs = [(each, trainer.learned_field) for each, trainer in zip(sets, trainers, strict=True) if each is not None]
    return [evaluation.own.on_data(field).mean for evaluation, field in pairs], how
