"""The cost of an image of particles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ncsn_viz.core.numerics import rasterize, torch
from ncsn_viz.lab.bench.base import Row, Setting
from ncsn_viz.lab.bench.timing import Task, duration, interleaved

COUNTS = {"10k": 10_000, "100k": 100_000, "1M": 1_000_000}
PIXELS = 400
REGION = (-8.0, 8.0, -8.0, 8.0)
COUNTING = "counting on the nearest pixel (bincount)"
GAIN = 1.0


def raster(setting: Setting) -> Iterator[Row]:
    """An image: particles added to pixels, tone-mapped, and copied to the CPU as bytes; against plain counting."""
    tasks: dict[str, Task] = {}
    for name, count in COUNTS.items():
        x = 3 * torch.randn(count, 2, generator=torch.Generator().manual_seed(0))
        x = x.to(setting.device)
        tasks |= {name: _frame(x), f"{COUNTING} {name}": _counted(x)}
    times = interleaved(tasks, setting, quick=5, full=40)
    for name in COUNTS:
        row = duration(name, times[name], times[f"{COUNTING} {name}"], COUNTING)
        yield replace(row, note=f"at {PIXELS}² pixels: {1 / times[name].typical:,.0f} frames a second")


def _frame(x: torch.Tensor) -> Task:
    def frame() -> object:
        counts = rasterize.splat(x, REGION, PIXELS, PIXELS)
        return rasterize.to_bytes(rasterize.tone_map(counts, GAIN, rasterize.FULL), rasterize.FULL)

    return frame


def _counted(x: torch.Tensor) -> Task:
    """A histogram by the nearest pixel; particles outside count for the pixels at the edge."""
    low, high = REGION[:2]

    def counted() -> object:
        index = ((x - low) * (PIXELS / (high - low))).long().clamp_(0, PIXELS - 1)
        return torch.bincount(index[:, 1] * PIXELS + index[:, 0], minlength=PIXELS**2).cpu()

    return counted
