"""Frame intervals of the real window while it trains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ncsn_viz.lab.bench.base import Row, Setting, at_least, at_most
from ncsn_viz.ui.bench.process import TORCH, memory_of, probe

SMOOTH = 20.0  # milliseconds: 60 frames a second, with a little room
IDLE = "the same window at rest"


def crowds(setting: Setting) -> Iterator[Row]:
    """Four lanes of 25,000 particles that all train."""
    found = probe(
        "frames", experiment="four_lanes", count=25_000, seconds=setting.seconds(3, 20), device=setting.device
    )
    yield from _paints("4x25k", found)
    picture = found["pictures"]
    row = _row("4x25k_picture_p50", picture.get("p50"), found["paints"].get("p50"), "paints of the window")
    yield replace(row, note="from one picture that shows something new to the next")
    row = _row("4x25k_picture_p99", picture.get("p99"), found["paints"].get("p99"), "paints of the window")
    yield replace(row, goal=at_most(SMOOTH, of="value"))
    steps = found["steps_per_second"]
    yield Row("4x25k_training", steps, "steps/s", note="of each lane meanwhile")
    yield _memory("4x25k", found)


def million(setting: Setting) -> Iterator[Row]:
    """A million particles in one lane that trains."""
    found = probe(
        "frames", experiment="one_lane", count=1_000_000, seconds=setting.seconds(3, 20), device=setting.device
    )
    yield from _paints("1M", found)
    rate = found["pictures"].get("per_second")
    yield Row(
        "1M_pictures", rate, "pictures/s", _ratio(rate, found["paints"].get("per_second")), "paints of the window",
        goal=at_least(20, of="value"), note="that show something new",
    )  # fmt: skip
    yield Row("1M_training", found["steps_per_second"], "steps/s", note="meanwhile")
    yield _memory("1M", found)


def _paints(name: str, found: dict[str, Any]) -> Iterator[Row]:
    note = f"the window paints, on {found['platform']}"
    for which in ("p50", "p99"):
        row = _row(f"{name}_paint_{which}", found["paints"].get(which), found["idle"].get(which), IDLE)
        yield replace(row, note=note, goal=at_most(SMOOTH, of="value") if which == "p99" else None)


def _row(name: str, value: float | None, other: float | None, against: str) -> Row:
    return Row(name, value, "ms", _ratio(value, other), against)


def _ratio(value: float | None, other: float | None) -> float | None:
    return value / other if value is not None and other else None


def _memory(name: str, found: dict[str, Any]) -> Row:
    held, bare = found["peak_memory"] / 2**20, memory_of("import torch") / 2**20
    return Row(f"{name}_peak_memory", held, "MiB", _ratio(held, bare), TORCH, note="of the whole window")
