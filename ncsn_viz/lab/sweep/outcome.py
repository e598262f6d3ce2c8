"""What a run has come to: its row of runs.csv, and the files of a run that is kept."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ncsn_viz.core.knobs import one_line
from ncsn_viz.lab.sweep.planning import SEED, Plan
from ncsn_viz.lab.sweep.sweep_file import STEPS, Sweep

OK = "ok"
LOST = "worker lost"  # the status of a run whose worker was lost, also the second time
SECONDS = "seconds"


class SweepStopped(Exception):
    """A sweep that cannot go on, and why, in a sentence."""


@dataclass(frozen=True)
class RunOutcome:
    """What has become of run number `run`: `values` by the name of their column, `files` by their name.

    `status` is "ok", "failed", LOST, or what a lane's is in metrics.json; `message` says why. `seconds` is the time of
    the whole run on its worker, `device` the kind of device there.
    """

    run: int
    status: str
    message: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = math.nan
    device: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)


def value_columns(sweep: Sweep, num_lanes: int) -> tuple[str, ...]:
    """The columns of what is measured, lane by lane: `lanes.0.fisher_common`, `lanes.0.steps_to_fisher_common_0.1`."""
    names = [*sweep.settings.metrics, *(name for name, _, _ in waited_for(sweep))]
    return tuple(f"lanes.{lane}.{name}" for lane in range(num_lanes) for name in names)


def waited_for(sweep: Sweep) -> list[tuple[str, str, float]]:
    """What steps are counted to: the name of each count, of its curve, and the value of that."""
    return [(f"steps_to_{curve}_{level:g}", curve, level) for curve, levels in sweep.settings.reach for level in levels]


def columns(plan: Plan) -> tuple[str, ...]:
    """The columns of runs.csv."""
    knobs = [path for path in plan.paths if path != STEPS]
    measured = value_columns(plan.sweep, plan.num_lanes)
    return ("run", *knobs, SEED, STEPS, "status", "message", *measured, SECONDS, "device")


def row(plan: Plan, outcome: RunOutcome) -> dict[str, str]:
    """The cells of a run by their column."""
    run = outcome.run
    cells = {path: cell(value) for path, value in plan.combinations[run].items()}
    cells |= {"run": str(run), SEED: str(plan.seed(run)), STEPS: str(plan.steps(run))}
    cells |= {"status": outcome.status, "message": one_line(outcome.message), "device": outcome.device}
    cells |= {name: cell(value) for name, value in outcome.values.items()}
    return {name: cells.get(name, "") for name in columns(plan)} | {SECONDS: cell(round(outcome.seconds, 3))}


def cell(value: Any) -> str:
    """A value as a cell: numbers with all their digits, nothing for what is not known or not finite, else JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        return "inf" if value == math.inf else ""
    if value is None or isinstance(value, str):
        return one_line(value or "")
    return json.dumps(list(value) if isinstance(value, Sequence) else value, ensure_ascii=False)


def number(text: str) -> float:
    """The number in a cell; NaN where there is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
