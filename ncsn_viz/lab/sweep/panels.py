"""What a figure of a sweep shows: one measure over the varied knobs, as lines with bands or as a heat map."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ncsn_viz.lab.metrics import METRICS
from ncsn_viz.lab.sweep.folder import read
from ncsn_viz.lab.sweep.outcome import SECONDS, waited_for
from ncsn_viz.lab.sweep.planning import Plan, Values
from ncsn_viz.lab.sweep.summary import Quartiles, SettingSummary, summarize, summary_columns
from ncsn_viz.lab.sweep.values import is_number, value_label

MOST_LINES = 8  # of settings besides the one along the axis; more are rows of a heat map
DECADE = 10.0  # between the least and the greatest value from which on an axis is logarithmic
Rows = Mapping[int, Mapping[str, str]]


@dataclass(frozen=True)
class SweepAxis:
    """The knob along the horizontal axis: its name, its values as text and, where they are numbers, as such."""

    name: str
    labels: tuple[str, ...]
    numbers: tuple[float, ...] | None

    @property
    def logarithmic(self) -> bool:
        """Whether the numbers are better seen on a logarithmic axis."""
        return self.numbers is not None and spans_decades(self.numbers)


@dataclass(frozen=True)
class SweepLine:
    """The quartiles of one measure along an axis, for one setting of the other knobs; None where no run is done."""

    label: str
    points: tuple[Quartiles | None, ...]


@dataclass(frozen=True)
class SweepPanel:
    """One measure over the settings of a sweep; as a heat map where there are too many `lines`."""

    title: str
    unit: str
    axis: SweepAxis
    lines: tuple[SweepLine, ...]

    @property
    def heat_map(self) -> bool:
        """Whether each line is a row of a heat map."""
        return len(self.lines) > MOST_LINES

    @property
    def logarithmic(self) -> bool:
        """Whether the values are better seen on a logarithmic scale."""
        known = [point.median for line in self.lines for point in line.points if point is not None]
        return spans_decades([value for value in known if math.isfinite(value)])


def spans_decades(values: Sequence[float]) -> bool:
    """Whether positive values span a decade or more."""
    return bool(values) and min(values) > 0 and max(values) >= DECADE * min(values)


@dataclass(frozen=True)
class SweepResults:
    """A sweep as it is in its folder: its plan, its rows by run, and a panel for each measure that is known."""

    path: Path
    plan: Plan
    rows: Rows
    panels: Mapping[str, SweepPanel]

    @classmethod
    def read(cls, path: Path) -> SweepResults:
        """What a folder, or the folder of a file in it, has now. Raises ValidationError."""
        folder = path if path.is_dir() else path.parent
        plan, rows = read(folder)
        names = shown_columns(plan, rows)
        return cls(folder, plan, rows, dict(zip(names, panels(plan, rows, names), strict=True)))


def panels(plan: Plan, rows: Rows, names: Sequence[str]) -> list[SweepPanel]:
    """A panel for each of the measures by their column."""
    summaries = summarize(plan, rows)
    return [_panel(plan, summaries, name) for name in names]


def shown_columns(plan: Plan, rows: Rows) -> list[str]:
    """The columns of which anything is known, the most telling first: steps to a value, then what is better if less."""
    summaries = summarize(plan, rows)
    known = [name for name in summary_columns(plan) if any(each.quartiles[name].count for each in summaries)]
    waited = [name for name, _, _ in waited_for(plan.sweep)]

    def rank(name: str) -> tuple[bool, bool, bool]:
        measure = name.split(".", 2)[-1]
        return measure not in waited, measure not in METRICS or not METRICS[measure].better, name == SECONDS

    return sorted(known, key=rank)


def caption(plan: Plan, rows: Rows) -> str:
    """What all panels have in common, in plain English."""
    seeds = max(map(len, plan.of_setting().values()))
    over = f"medians and quartiles over {seeds} seeds" if seeds > 1 else "one seed"
    return f"{len(rows):,} of {len(plan):,} runs, {over}"


def column_title(plan: Plan, name: str) -> tuple[str, str]:
    """What a column is called, in plain English, and its unit."""
    if name == SECONDS:
        return "time of a run", "s"
    _, lane, measure = name.split(".", 2)
    titles = {
        steps: (f"steps to {_measure(curve)[0]} ≤ {level:g}", "") for steps, curve, level in waited_for(plan.sweep)
    }
    title, unit = titles.get(measure) or _measure(measure)
    if plan.num_lanes == 1:
        return title, unit
    lanes, index = plan.sweep.spec.lanes, int(lane)
    return f"{lanes[index].name if index < len(lanes) else lane}: {title}", unit


def _measure(name: str) -> tuple[str, str]:
    return (METRICS[name].title, METRICS[name].unit) if name in METRICS else (name.replace("_", " "), "")


def knob_name(plan: Plan, path: str) -> str:
    """The path of a knob without what it shares with all others."""
    return path.removeprefix("lanes.0.") if plan.num_lanes == 1 else path


def _panel(plan: Plan, summaries: Sequence[SettingSummary], name: str) -> SweepPanel:
    paths = _axis_paths(plan)
    axis = _axis(plan, paths)
    others = [path for path in plan.paths if path not in paths]
    places = {key: place for place, key in enumerate(_by_values(plan, paths))}
    lines: dict[str, list[Quartiles | None]] = {}
    for each in summaries:
        values = plan.combinations[each.runs[0]]
        points = lines.setdefault(_key(values, others), [None] * len(places))
        found = each.quartiles[name]
        points[places[_key(values, paths)]] = found if found.count else None
    title, unit = column_title(plan, name)
    labels = (_line_label(plan, others, values) for values in _by_values(plan, others).values())
    return SweepPanel(title, unit, axis, tuple(map(SweepLine, labels, map(tuple, lines.values()))))


def _by_values(plan: Plan, paths: Sequence[str]) -> dict[str, Values]:
    """The different values of some knobs, in the order of the first run with each."""
    found: dict[str, Values] = {}
    for values in plan.combinations:
        found.setdefault(_key(values, paths), values)
    return found


def _key(values: Values, paths: Sequence[str]) -> str:
    return json.dumps([values[path] for path in paths])


def _axis_paths(plan: Plan) -> tuple[str, ...]:
    """The knob along the axis: the one with most numbers, else with most values; all that go together."""
    if plan.sweep.settings.combine == "zip" or not plan.paths:
        return plan.paths
    vary = plan.sweep.vary
    return (max(plan.paths, key=lambda path: (all(map(is_number, vary[path])), len(vary[path]))),)


def _axis(plan: Plan, paths: tuple[str, ...]) -> SweepAxis:
    labels = [", ".join(value_label(each[path]) for path in paths) for each in _by_values(plan, paths).values()]
    values = plan.sweep.vary[paths[0]] if len(paths) == 1 else ()
    numbers = tuple(map(float, values)) if values and all(map(is_number, values)) else None
    return SweepAxis(", ".join(knob_name(plan, path) for path in paths), tuple(labels), numbers)


def _line_label(plan: Plan, paths: Sequence[str], values: Values) -> str:
    return ", ".join(_setting_label(plan, path, values[path]) for path in paths)


def _setting_label(plan: Plan, path: str, value: object) -> str:
    """A value beside the name of its knob, unless it names itself, as a kind does."""
    text = value_label(value)
    return text if isinstance(value, str | dict) else f"{knob_name(plan, path).rpartition('.')[2]} {text}"
