"""Figure: frame intervals of the real window while it trains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ncsn_viz.lab.bench.base import Row, Setting, at_least, at_most
from ncsn_viz.ui.bench.process import TORCH, lines_of, memory_of

SMOOTH = 20.0  # milliseconds: 60 frames a second, with some tolerance
IDLE = "the same window at rest"
PAINTS = "paints of the window"
ALONE = "the same lanes without a window"
SHARES = {"default": 0.6, "4x25k": 0.4}  # of the steps alone that are taken in the window, at least
PLAYS = {
    "default": ("two_lanes", 4000),
    "2x10k": ("two_lanes", 10_000),
    "4x25k": ("four_lanes", 25_000),
    "1M": ("one_lane", 1_000_000),
}


def frames(setting: Setting) -> Iterator[Row]:
    """Two lanes of 4,000 particles (the first start), of 10,000; four of 25,000; one of a million. All train."""
    seconds = setting.seconds(2, 20)
    plays = {name: (*play, seconds) for name, play in PLAYS.items()}
    bare = memory_of("import torch") / 2**20
    for found in lines_of("frames", plays=plays, device=setting.device):
        name = found["play"]
        yield from _paints(name, found)
        yield from _million(name, found) if name == "1M" else _pictures(name, found)
        held = found["peak_memory"] / 2**20
        yield Row(f"{name}_peak_memory", held, "MiB", _ratio(held, bare), TORCH, note="of the process, until then")


def _pictures(name: str, found: dict[str, Any]) -> Iterator[Row]:
    """The intervals of new pictures while nothing is edited, and the training meanwhile."""
    pictures, paints = found["pictures"], found["paints"]
    row = _row(f"{name}_picture_p50", pictures.get("p50"), paints.get("p50"), PAINTS)
    rate = pictures.get("per_second", 0.0)
    yield replace(row, note=f"from one picture that shows something new to the next: {rate:.0f} a second")
    yield _row(f"{name}_picture_p99", pictures.get("p99"), paints.get("p99"), PAINTS)
    share = _ratio(found["steps_per_second"], found["alone_per_second"])
    goal = at_least(SHARES[name]) if name in SHARES else None
    yield Row(f"{name}_training", found["steps_per_second"], "steps/s", share, ALONE, goal=goal, note="of each lane")


def _million(name: str, found: dict[str, Any]) -> Iterator[Row]:
    rate = found["pictures"].get("per_second")
    yield Row(
        f"{name}_pictures", rate, "pictures/s", _ratio(rate, found["paints"].get("per_second")), PAINTS,
        goal=at_least(20, of="value"), note="that show something new",
    )  # fmt: skip
    yield Row(f"{name}_training", found["steps_per_second"], "steps/s", note="meanwhile")


def _paints(name: str, found: dict[str, Any]) -> Iterator[Row]:
    note = f"the window paints, on {found['platform']}"
    for which in ("p50", "p99"):
        row = _row(f"{name}_paint_{which}", found["paints"].get(which), found["idle"].get(which), IDLE)
        yield replace(row, note=note, goal=at_most(SMOOTH, of="value") if which == "p99" else None)


def _row(name: str, value: float | None, other: float | None, against: str) -> Row:
    return Row(name, value, "ms", _ratio(value, other), against)


def _ratio(value: float | None, other: float | None) -> float | None:
    return value / other if value is not None and other else None
