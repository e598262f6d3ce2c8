"""The engine with more and more lanes: what a training step and a picture cost."""

from __future__ import annotations

from collections.abc import Iterator

from ncsn_viz.core.objectives import Denoising
from ncsn_viz.lab.bench.base import NO_CUDA, Row, Setting, at_most
from ncsn_viz.lab.bench.timing import Task, duration, interleaved
from ncsn_viz.lab.bench.training import lane, trained
from ncsn_viz.lab.engine import Engine
from ncsn_viz.lab.spec import MOST_LANES

LANES = (1, 2, 4, 8)


def _picture(engine: Engine) -> Task:
    def picture() -> None:
        engine.advance()
        engine.snapshot()

    return picture


def lanes(setting: Setting) -> Iterator[Row]:
    """One training step of 1, 2, 4 and 8 equal lanes, and one picture of each, against one lane."""
    engines = {n: trained((lane(Denoising()),) * n, setting.device) for n in LANES if n <= MOST_LANES}
    for engine in engines.values():
        for index in range(len(engine.lanes)):
            engine.observe(index)
    tasks: dict[str, Task] = {f"train_{n}": engine.train for n, engine in engines.items()}
    tasks |= {f"picture_{n}": _picture(engine) for n, engine in engines.items()}
    times = interleaved(tasks, setting, quick=9, full=30)
    for n in LANES:
        if n not in engines:
            yield Row(f"train_{n}", note=f"not measured: an experiment has at most {MOST_LANES} lanes")
            continue
        goal = at_most(2.0) if n == 8 and setting.cuda else None
        yield duration(f"train_{n}", times[f"train_{n}"], times["train_1"], "one lane's training step", goal)
        yield duration(f"picture_{n}", times[f"picture_{n}"], times["picture_1"], "one lane's picture")
    if not setting.cuda:
        yield Row("train_8_cuda", unit="ms", against="one lane's training step", goal=at_most(2.0), note=NO_CUDA)
