"""A painted target: the cost of a new stroke until the truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from ncsn_viz.core.numerics import regions, torch
from ncsn_viz.core.targets import Moons, Painted
from ncsn_viz.core.targets.painting import Stroke
from ncsn_viz.lab.bench.base import Row, Setting
from ncsn_viz.lab.bench.timing import Task, duration, interleaved
from ncsn_viz.lab.inspection.grid_evaluation import NODES

REGION = (-8.0, 8.0, -8.0, 8.0)
SIGMAS = {"clean": 0.0, "small": 0.1, "middle": 1.0, "large": 10.0}
PRODUCTS = "the two products of matrices of its size"
STROKE = Stroke(points=((-4.0, -4.0), (4.0, 4.0), (4.0, -2.0)))


def lattice(setting: Setting) -> Iterator[Row]:
    """A stroke over the moons at the default resolution: weights and density, then the score on the grid of a view."""
    targets, device = _strokes(), torch.device(setting.device)
    points = regions.grid(REGION, NODES, NODES, device)
    tasks: dict[str, Task] = {"build": lambda: next(targets).build(device), PRODUCTS: _products(device)}
    for name, sigma in SIGMAS.items():
        tasks[f"truth_{name}"] = _read(targets, points, sigma, device)
    times = interleaved(tasks, setting, quick=5, full=20)
    for name in tasks:
        if name != PRODUCTS:
            row = duration(name, times[name], times[PRODUCTS], PRODUCTS)
            what = "weights and density of a new stroke"
            at = SIGMAS.get(name.removeprefix("truth_"))
            note = what if at is None else f"{what}, and its score on {NODES}² points at σ = {at:g}"
            yield replace(row, note=note)


def _strokes() -> Iterator[Painted]:
    """Paintings with one stroke, a different one each time, so that none is cached."""
    for turn in count():
        yield Painted(base=Moons(), strokes=(replace(STROKE, size=0.5 + 1e-6 * turn),))


def _read(targets: Iterator[Painted], points: torch.Tensor, sigma: float, device: torch.device) -> Task:
    return lambda: next(targets).build(device).score(points, sigma)


def _products(device: torch.device) -> Task:
    """Along one axis, then along the other: (128, 128) weights by (128, 128) factors, three fields each, in float64."""
    n = Painted().resolution
    a = torch.randn(n, n, device=device, dtype=torch.float64)

    def products() -> None:
        for _ in range(3):
            a @ a
            a @ a

    return products
