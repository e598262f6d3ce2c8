"""Figure: the time of start-up to the first paint and to the first visible training step, by the import of torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ncsn_viz.lab.bench.base import Row, Setting, at_most
from ncsn_viz.lab.bench.timing import Times, duration
from ncsn_viz.ui.bench.process import TORCH, start_of_python, start_of_window


def start(setting: Setting) -> Iterator[Row]:
    """Times from the start of the process, window and import alternately; the first is discarded unless quick."""
    torch, painted, learning = [], [], []
    start_of_python("import ncsn_viz.ui.shell.window")  # compiles all modules
    for turn in range(1 if setting.quick else setting.rounds(7, 7) + 1):
        imported, window = start_of_python("import torch"), start_of_window(setting.device)
        if turn or setting.quick:
            torch.append(imported[0])
            painted.append(window["painted"])
            learning.append(window["learning"])
    against = Times(tuple(torch), (1.0,) * len(torch))
    rows = (
        ("first_paint", painted, at_most(0.6), "the whole window is painted"),
        ("first_step", learning, None, "a training step is in the window"),
    )
    for name, wall, goal, note in rows:
        row = duration(name, Times(tuple(wall), against.cpu), against, TORCH, goal)
        yield replace(row, cpu=None, note=note)
    yield replace(duration("import_torch", against, against, TORCH), cpu=None)
