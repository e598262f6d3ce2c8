"""Particles a second along the network and along the grid of its field, and the error of the grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ncsn_viz.core.analysis import grids
from ncsn_viz.core.fields import GridField
from ncsn_viz.core.numerics import regions, torch
from ncsn_viz.core.objectives import NCSN
from ncsn_viz.core.samplers import Langevin, State
from ncsn_viz.lab.bench import reference
from ncsn_viz.lab.bench.base import NO_CUDA, Row, Setting, at_most
from ncsn_viz.lab.bench.figures.training import lane, trained
from ncsn_viz.lab.bench.timing import Task, interleaved, rate
from ncsn_viz.lab.inspection.grid_evaluation import NODES
from ncsn_viz.lab.training.trainer import LearnedField

COUNT = 20_000
MILLION = 1_000_000
FRAME = 1000 / 60  # milliseconds
REGION = (-8.0, 8.0, -8.0, 8.0)
BARE = "a bare loop along a bare network of that size"
STEP_SIZE = 1e-3


def particles(setting: Setting) -> Iterator[Row]:
    """Langevin steps of particles at the data, along a network that has been trained for some steps."""
    engine = trained((lane(NCSN()),), setting.device)
    for _ in range(setting.rounds(100, 1000)):
        engine.train()
    truth, learned, device = engine.truth, engine.lanes[0].trainer.learned_field, engine.device
    assert truth is not None
    generator = torch.Generator(device).manual_seed(0)
    x, bare = truth.sample(COUNT, generator), reference.network().to(device)
    sigma = NCSN().sigmas()[-1]
    tasks: dict[str, Task] = {
        BARE: reference.langevin(bare, x, STEP_SIZE),
        "exact": _steps(learned, sigma, x, generator),
        "grid": _steps(_on_grid(learned, sigma), sigma, x, generator),
        "filling the grid": lambda: _on_grid(learned, sigma),
    }
    times = interleaved(tasks, setting, quick=5, full=40)
    yield rate("exact", times["exact"], times[BARE], BARE, "particles/s", COUNT)
    yield rate("grid", times["grid"], times["exact"], "the network, exact", "particles/s", COUNT)
    fill = times["filling the grid"]
    yield rate("grid_filled", fill, times["exact"], f"an exact step of {COUNT} particles", "grids/s")
    yield from _errors(learned, truth.sample(COUNT, generator), generator)
    yield (
        _million(setting, learned, truth.sample(MILLION, generator), generator)
        if setting.cuda
        else Row("million_exact", unit="ms", goal=at_most(FRAME, of="value"), note=NO_CUDA)
    )


def _steps(field: LearnedField | GridField, sigma: float, x: torch.Tensor, generator: torch.Generator) -> Task:
    """A step that always starts from the same particles, so that they stay at the data."""
    sampler = Langevin(sigma=sigma, step_size=STEP_SIZE)

    def step() -> None:
        with torch.no_grad():
            sampler.step(State(x), field, generator)

    return step


def _on_grid(learned: LearnedField, sigma: float) -> GridField:
    points = regions.grid(REGION, NODES, NODES, next(learned.net.parameters()).device)
    return GridField.from_values(grids.score_on(learned, points, sigma, NODES), REGION, sigma, learned)


def _errors(learned: LearnedField, x: torch.Tensor, generator: torch.Generator) -> Iterator[Row]:
    """√(E‖grid − network‖² / E‖network‖²) at data with noise of the largest, a middle and the least level."""
    levels = NCSN().sigmas()
    for which, sigma in (("large", levels[0]), ("middle", levels[len(levels) // 2]), ("least", levels[-1])):
        noise = torch.randn(x.shape, generator=generator, device=x.device)
        inside = (x + sigma * noise).clamp(REGION[0], REGION[1])
        exact = learned.score(inside, sigma)
        error = _on_grid(learned, sigma).score(inside, sigma) - exact
        ratio = float((error.square().sum() / exact.square().sum()).sqrt())
        note = f"root mean square, at σ = {sigma:.3g} on {NODES}² nodes"
        yield Row(f"grid_error_{which}", float(error.square().sum(1).mean().sqrt()), "", ratio, "the score", note=note)


def _million(setting: Setting, learned: LearnedField, x: torch.Tensor, generator: torch.Generator) -> Row:
    """Exact steps of a million particles."""
    bare = reference.network().to(x.device)
    step = _steps(learned, NCSN().sigmas()[-1], x, generator)
    times = interleaved({"exact": step, BARE: reference.langevin(bare, x, STEP_SIZE)}, setting, quick=5, full=20)
    row = rate("million_exact", times["exact"], times[BARE], BARE, "ms")
    return replace(row, value=1e3 * times["exact"].typical, goal=at_most(FRAME, of="value"))
