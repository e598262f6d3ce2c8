"""The cost of a training step and of a picture with one to eight trainings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ncsn_viz.core.objectives import Denoising
from ncsn_viz.lab.bench.base import NO_CUDA, Row, Setting, at_most
from ncsn_viz.lab.bench.figures.training import lane, trained
from ncsn_viz.lab.bench.timing import Task, duration, interleaved
from ncsn_viz.lab.engine.engine import Engine

TRAININGS = {1: (1, 1), 2: (2, 1), 4: (4, 1), 8: (4, 2)}  # as lanes, and seeds of each
ONE_STEP, ONE_PICTURE = "one lane's training step", "one lane's picture"


def lanes(setting: Setting) -> Iterator[Row]:
    """A training step of 1, 2, 4 and 8 equal trainings, and a picture of them, against one lane."""
    engines = {n: _engine(lanes, seeds, setting.device) for n, (lanes, seeds) in TRAININGS.items()}
    tasks: dict[str, Task] = {f"train_{n}": engine.train for n, engine in engines.items()}
    tasks |= {f"picture_{n}": _picture(engine) for n, engine in engines.items()}
    times = interleaved(tasks, setting, quick=5, full=30)
    for n, (count, seeds) in TRAININGS.items():
        note = f"{count} lanes of {seeds} seeds" if seeds > 1 else ""
        goal = at_most(2.0) if n == 8 and setting.cuda else None
        yield replace(duration(f"train_{n}", times[f"train_{n}"], times["train_1"], ONE_STEP, goal), note=note)
        yield duration(f"picture_{n}", times[f"picture_{n}"], times["picture_1"], ONE_PICTURE)
    if not setting.cuda:
        yield Row("train_8_cuda", unit="ms", against=ONE_STEP, goal=at_most(2.0), note=NO_CUDA)


def _engine(lanes: int, seeds: int, device: str) -> Engine:
    engine = trained((lane(Denoising()),) * lanes, device)
    engine.apply(replace(engine.user_spec, repeats=seeds))
    for index in range(lanes):
        engine.evaluate_now(index)
    return engine


def _picture(engine: Engine) -> Task:
    def picture() -> None:
        engine.advance()
        engine.snapshot()

    return picture
