"""Medians and quartiles over the seeds of a setting."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ncsn_viz.lab.sweep.outcome import OK, SECONDS, cell, number, value_columns
from ncsn_viz.lab.sweep.planning import Plan

LIST_METRICS = ("mode_weights",)  # of several numbers: they have no median


@dataclass(frozen=True)
class Quartiles:
    """The median of some numbers, the lower and the upper quartile, and how many there are; NaN for none."""

    median: float
    lower: float
    upper: float
    count: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Quartiles:
        """Those of the values that are known; an infinite one, as of steps that did not suffice, counts."""
        known = sorted(value for value in values if not math.isnan(value))
        lower, median, upper = (_quantile(known, share) for share in (0.25, 0.5, 0.75))
        return cls(median, lower, upper, len(known))


@dataclass(frozen=True)
class SettingSummary:
    """The runs of one setting, those with results and those with which all is well; the quartiles by column."""

    runs: Sequence[int]
    done: int
    well: int
    quartiles: Mapping[str, Quartiles]


def summary_columns(plan: Plan) -> tuple[str, ...]:
    """The columns of runs.csv over which a summary is made."""
    names = value_columns(plan.sweep, plan.num_lanes)
    return (*(name for name in names if name.rpartition(".")[2] not in LIST_METRICS), SECONDS)


def summarize(plan: Plan, rows: Mapping[int, Mapping[str, str]]) -> list[SettingSummary]:
    """A summary of each setting, in the order of the first run of each."""
    return [_summary(plan, runs, rows) for runs in plan.of_setting().values()]


def summary_table(plan: Plan, rows: Mapping[int, Mapping[str, str]]) -> str:
    """The content of summary.csv: a row a setting."""
    text, names = io.StringIO(), summary_columns(plan)
    table = csv.writer(text, lineterminator="\n")
    parts = ("median", "lower_quartile", "upper_quartile")
    table.writerow([*plan.paths, "runs", "done", "ok", *(f"{name}.{part}" for name in names for part in parts)])
    for each in summarize(plan, rows):
        setting = plan.combinations[each.runs[0]]
        numbers = [(one.median, one.lower, one.upper) for one in each.quartiles.values()]
        cells = [cell(value) for values in numbers for value in values]
        table.writerow([*(cell(setting[path]) for path in plan.paths), len(each.runs), each.done, each.well, *cells])
    return text.getvalue()


def _summary(plan: Plan, runs: Sequence[int], rows: Mapping[int, Mapping[str, str]]) -> SettingSummary:
    found = [rows[run] for run in runs if run in rows]
    well = sum(each["status"] == OK for each in found)
    quartiles = {name: Quartiles.of(number(each[name]) for each in found) for name in summary_columns(plan)}
    return SettingSummary(runs, len(found), well, quartiles)


def _quantile(values: Sequence[float], share: float) -> float:
    """The quantile of increasing values, linear between them."""
    if not values:
        return math.nan
    place = share * (len(values) - 1)
    low, rest = int(place), place % 1
    return values[low] if rest == 0 else (1 - rest) * values[low] + rest * values[low + 1]
