"""Figures one after the other, told as they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from ncsn_viz.lab.bench import table
from ncsn_viz.lab.bench.base import Figure, Row, Setting
from ncsn_viz.lab.bench.machine import machine
from ncsn_viz.lab.engine import device as devices


def run(
    figures: Sequence[Figure], device: str, quick: bool, tell: Callable[[str], None], scale: float = 1.0
) -> dict[str, Any]:
    """Measure the figures on a device, `tell` each line as it comes, and give everything as JSON. Raises BadValue."""
    setting = Setting(devices.pick(device).type, quick, scale)
    devices.use_few_threads()
    here, begin, rows = machine(), perf_counter(), list[Row]()
    tell(table.machine_lines(here))
    tell(table.HEADER)
    for figure in figures:
        for row in figure.rows(setting):
            rows.append(row)
            tell(table.as_line(row))
    seconds = perf_counter() - begin
    tell(table.summary(rows, seconds))
    return table.as_json(rows, here, seconds)
