"""Training steps a second: each objective against a plain loop, and against its matrix products."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.objectives import OBJECTIVES, Objective
from ncsn_viz.core.targets import Moons
from ncsn_viz.lab.bench import reference
from ncsn_viz.lab.bench.base import NO_CUDA, Row, Setting, at_least, at_most
from ncsn_viz.lab.bench.timing import Task, interleaved, rate
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Spec

BARE = "the bare loop"
PRODUCTS = "the matrix products alone"
PASSES = {"sliced": 2, "implicit": 3}  # forward and backward, of values and tangents; 1 for all others
GOALS = {  # of time, by objective, and against what
    "denoising": (BARE, at_most(1.0)),
    "sliced": ("denoising", at_most(2.4)),
    "implicit": ("denoising", at_most(3.3)),
}
ON_CUDA = {"denoising": at_most(1 / 8)}  # of the time of the plain loop, which is bound by launches


def lane(objective: Objective, **knobs: object) -> LaneSpec:
    """A lane of the compared size, with an energy network where the objective needs one."""
    net = EnergyMLP if objective.needs_energy else ScoreMLP
    return LaneSpec(
        objective=objective,
        net=net(hidden=reference.WIDTH, layers=reference.LAYERS),
        optimizer=Optimizer(learning_rate=1e-3, batch_size=reference.BATCH),
        **knobs,  # type: ignore[arg-type]
    )


def trained(lanes: tuple[LaneSpec, ...], device: str) -> Engine:
    """An engine with these lanes on the moons, after three training steps."""
    engine = Engine(device)
    engine.apply(Spec(target=Moons(), lanes=lanes, particles=Particles(count=100)))
    for _ in range(3):
        engine.train()
    return engine


def training(setting: Setting) -> Iterator[Row]:
    """Every objective in turns with the plain loop and with the matrix products."""
    engines = {kind.kind: trained((lane(kind()),), setting.device) for kind in OBJECTIVES}
    truth = engines["denoising"].truth
    device = engines["denoising"].device
    assert truth is not None
    bare = reference.denoising(truth.sample(reference.POINTS, torch.Generator(device).manual_seed(0)))
    tasks: dict[str, Task] = {BARE: bare, PRODUCTS: reference.products(device)}
    tasks |= {f"{PRODUCTS} of {passes} passes": reference.products(device, passes) for passes in (2, 3)}
    tasks |= {name: engine.train for name, engine in engines.items()}
    times = interleaved(tasks, setting, quick=5, full=40)
    yield rate("bare_loop", times[BARE], times[PRODUCTS], PRODUCTS, "steps/s")
    for name in engines:
        against, goal = (BARE, ON_CUDA.get(name)) if setting.cuda else GOALS.get(name, (BARE, None))
        yield rate(name, times[name], times[against], against, "steps/s", goal=goal)
        if against != BARE:
            yield rate(f"{name}_to_bare", times[name], times[BARE], BARE, "steps/s")
        floor = f"{PRODUCTS} of {PASSES[name]} passes" if name in PASSES else PRODUCTS
        yield rate(f"{name}_to_floor", times[name], times[floor], floor, "steps/s")
    pace = Row("cuda_pace", unit="steps/s", note="" if setting.cuda else NO_CUDA, goal=at_least(10_000, of="value"))
    yield replace(pace, value=1 / times["denoising"].typical) if setting.cuda else pace
