"""Frame intervals of the real window while it trains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ncsn_viz.lab.bench.base import Row, Setting, at_least, at_most
from ncsn_viz.ui.bench.process import TORCH, memory_of, probe

SMOOTH = 20.0  # milliseconds: 60 frames a second, with a little room
STEADY = 25.0  # milliseconds, with more
IDLE = "the same window at rest"
PAINTS = "paints of the window"


def pair(setting: Setting) -> Iterator[Row]:
    """Two lanes of 10,000 particles that both train."""
    found = _found(setting, "two_lanes", 10_000, quick=4)
    yield from _pictures("2x10k", found, STEADY)


def crowds(setting: Setting) -> Iterator[Row]:
    """Four lanes of 25,000 particles that all train."""
    found = _found(setting, "four_lanes", 25_000)
    yield from _paints("4x25k", found)
    yield from _pictures("4x25k", found, SMOOTH)
    yield _memory("4x25k", found)


def _found(setting: Setting, experiment: str, count: int, quick: float = 2) -> dict[str, Any]:
    seconds = setting.seconds(quick, 20)
    return probe("frames", experiment=experiment, count=count, seconds=seconds, device=setting.device)


def _pictures(name: str, found: dict[str, Any], goal: float) -> Iterator[Row]:
    """How often there is something new to see, and how fast each lane learns meanwhile."""
    pictures, paints = found["pictures"], found["paints"]
    row = _row(f"{name}_picture_p50", pictures.get("p50"), paints.get("p50"), PAINTS)
    rate = pictures.get("per_second", 0.0)
    yield replace(row, note=f"from one picture that shows something new to the next: {rate:.0f} a second")
    row = _row(f"{name}_picture_p99", pictures.get("p99"), paints.get("p99"), PAINTS)
    yield replace(row, goal=at_most(goal, of="value"))
    yield Row(f"{name}_training", found["steps_per_second"], "steps/s", note="of each lane meanwhile")


def million(setting: Setting) -> Iterator[Row]:
    """A million particles in one lane that trains."""
    found = _found(setting, "one_lane", 1_000_000)
    yield from _paints("1M", found)
    rate = found["pictures"].get("per_second")
    yield Row(
        "1M_pictures", rate, "pictures/s", _ratio(rate, found["paints"].get("per_second")), PAINTS,
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
