"""Measuring figures one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from ncsn_viz.lab.bench import table
from ncsn_viz.lab.bench.base import Figure, Row, Setting
from ncsn_viz.lab.bench.machine import machine
from ncsn_viz.lab.engine import device as devices


def run(
    figures: Sequence[Figure], device: str, quick: bool, emit: Callable[[str], None], scale: float = 1.0
) -> dict[str, Any]:
    """Measure the figures, `emit` each line of the report, and return the report as JSON. Raises ValidationError."""
    setting = Setting(devices.pick(device).type, quick, scale)
    devices.use_few_threads()
    here, begin, rows = machine(), perf_counter(), list[Row]()
    emit(table.machine_lines(here))
    emit(table.HEADER)
    for figure in figures:
        for row in figure.rows(setting):
            rows.append(row)
            emit(table.as_line(row))
    seconds = perf_counter() - begin
    emit(table.summary(rows, seconds))
    return table.as_json(rows, here, seconds)
