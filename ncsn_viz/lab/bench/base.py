"""Figures, the rows that they yield, goals, and how to measure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

NO_CUDA = "not measured: no CUDA device"


@dataclass(frozen=True)
class Goal:
    """A bound on the ratio of a row, or on its value."""

    rule: Literal["at most", "at least"]
    limit: float
    of: Literal["ratio", "value"] = "ratio"

    def met(self, row: Row) -> bool | None:
        """Whether `row` is within the bound; None where it was not measured."""
        found = row.ratio if self.of == "ratio" else row.value
        compare = operator.le if self.rule == "at most" else operator.ge
        return None if found is None else bool(compare(found, self.limit))


@dataclass(frozen=True)
class Row:
    """A measurement: `value` in `unit`, and its `ratio` to the reference named `against`, measured in the same run.

    `low` and `high` are the quartiles of the ratio over the repeats, `cpu` is the same ratio in CPU time, which varies
    less on a busy machine. `note` is a remark, or why there is no value.
    """

    name: str
    value: float | None = None
    unit: str = ""
    ratio: float | None = None
    against: str = ""
    low: float | None = None
    high: float | None = None
    cpu: float | None = None
    goal: Goal | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal or without a measurement."""
        return self.goal.met(self) if self.goal else None


def at_most(limit: float, of: Literal["ratio", "value"] = "ratio") -> Goal:
    """A goal with an upper bound."""
    return Goal("at most", limit, of)


def at_least(limit: float, of: Literal["ratio", "value"] = "ratio") -> Goal:
    """A goal with a lower bound."""
    return Goal("at least", limit, of)


@dataclass(frozen=True)
class Setting:
    """How to measure: on which device, and whether in about a minute (`quick`) or with more repeats."""

    device: str = "cpu"
    quick: bool = False
    scale: float = 1.0  # factor of repeats and seconds; small in tests

    def rounds(self, quick: int, full: int) -> int:
        """The number of repeats, at least three."""
        return max(3, round((quick if self.quick else full) * self.scale))

    def seconds(self, quick: float, full: float) -> float:
        """The duration of a measurement."""
        return (quick if self.quick else full) * self.scale

    @property
    def turn(self) -> float:
        """Seconds for which one task is repeated before the next one."""
        return (0.04 if self.quick else 0.1) * self.scale

    @property
    def cuda(self) -> bool:
        """Whether the device is a CUDA device."""
        return self.device == "cuda"


@dataclass(frozen=True)
class Figure:
    """A group of rows that `measure` yields, measured in turns; `about` describes it in one line."""

    name: str
    about: str
    measure: Callable[[Setting], Iterable[Row]]

    def rows(self, setting: Setting) -> Iterable[Row]:
        """The rows, their names prefixed with the name of the figure; an error becomes a row, too."""
        try:
            for row in self.measure(setting):
                yield replace(row, name=f"{self.name}.{row.name}")
        except Exception as error:  # one error must not prevent the other figures
            yield Row(f"{self.name}.error", note=f"failed: {type(error).__name__}: {error}")
