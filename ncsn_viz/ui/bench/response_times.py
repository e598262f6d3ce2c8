"""Figures: the time of start-up, and the times from mouse to pixel, from stroke to truth, from preset to snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from statistics import median

from ncsn_viz.lab.bench.base import Goal, Row, Setting, at_most
from ncsn_viz.lab.bench.timing import Times, duration, quartiles
from ncsn_viz.ui.bench.process import TORCH, probe, start_of_python, start_of_window

FRAME = 1000 / 60  # milliseconds
PICTURES = "the time from one Snapshot to the next"


def start(setting: Setting) -> Iterator[Row]:
    """Times from the start of the process, window and import alternately; the first is discarded unless quick."""
    start_of_python("import ncsn_viz.ui.shell.window")  # compiles all modules
    turns = range(1 if setting.quick else setting.rounds(7, 7) + 1)
    times = [(start_of_python("import torch"), start_of_window(setting.device)) for _ in turns]
    imports, windows = zip(*(times if setting.quick else times[1:]), strict=True)
    against = Times(imports, (1.0,) * len(imports))
    for name, milestone, goal, note in (
        ("first_paint", "painted", at_most(0.6), "the whole window is painted"),
        ("first_step", "learning", None, "a training step is in the window"),
    ):
        wall = tuple(window[milestone] for window in windows)
        yield replace(duration(name, Times(wall, against.cpu), against, TORCH, goal), cpu=None, note=note)
    yield replace(duration("import_torch", against, against, TORCH), cpu=None)


def instant(setting: Setting) -> Iterator[Row]:
    """Medians over the moves of strokes, over strokes and over presets, while two lanes are open."""
    found = probe("instant", strokes=setting.rounds(3, 20), device=setting.device)
    between = 1 / max(found["snapshots"], 1e-9)
    where = f"on {found['platform']}"
    yield _row("mouse_to_pixel", found["pixel"], between, at_most(FRAME, of="value"), f"a stroke under way, {where}")
    note = "end of a stroke to the first Snapshot with the new truth, lattice at its default size"
    yield _row("stroke_to_truth", found["truth"], between, at_most(100, of="value"), note)
    yield _row("preset", found["preset"], between, at_most(150, of="value"), "a new preset to the first Snapshot of it")


def _row(name: str, seconds: list[float], between: float, goal: Goal, note: str) -> Row:
    low, high = quartiles([second / between for second in seconds])
    typical = median(seconds)
    note += f"; longest {1e3 * max(seconds):.0f} ms"
    return Row(name, 1e3 * typical, "ms", typical / between, PICTURES, low, high, goal=goal, note=note)
