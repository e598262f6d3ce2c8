"""What every figure is: a function that measures, and the rows that it yields."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

NO_CUDA = "not measured: no CUDA device"


@dataclass(frozen=True)
class Goal:
    """What is asked of a row: its `of` (the ratio, or the value itself) at most or at least `limit`."""

    rule: Literal["at most", "at least"]
    limit: float
    of: Literal["ratio", "value"] = "ratio"

    def met(self, row: Row) -> bool | None:
        """Whether `row` does what is asked; None where it was not measured."""
        found = row.ratio if self.of == "ratio" else row.value
        compare = operator.le if self.rule == "at most" else operator.ge
        return None if found is None else bool(compare(found, self.limit))


@dataclass(frozen=True)
class Row:
    """One figure: `value` in `unit`, and its `ratio` to what `against` names, measured in the same run.

    `low` and `high` are the quartiles of the ratio over the repeats, `cpu` is the same ratio in CPU time (where other
    programs are busy it is the steadier one). `note` says what is particular, or why there is no value.
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
        """Whether the goal is met; None where there is none, or no measurement."""
        return self.goal.met(self) if self.goal else None


def at_most(limit: float, of: Literal["ratio", "value"] = "ratio") -> Goal:
    """The goal that the ratio (or the value) is no larger."""
    return Goal("at most", limit, of)


def at_least(limit: float, of: Literal["ratio", "value"] = "ratio") -> Goal:
    """The goal that the ratio (or the value) is no smaller."""
    return Goal("at least", limit, of)


@dataclass(frozen=True)
class Setting:
    """How to measure: on which device, and whether within a minute (`quick`) or at leisure."""

    device: str = "cpu"
    quick: bool = False
    scale: float = 1.0  # of every repeat and every second spent; tests take a small one

    def rounds(self, quick: int, full: int) -> int:
        """How often to repeat, three times at least."""
        return max(3, round((quick if self.quick else full) * self.scale))

    def seconds(self, quick: float, full: float) -> float:
        """How long to watch."""
        return (quick if self.quick else full) * self.scale

    @property
    def turn(self) -> float:
        """Seconds of one thing before it is the other's turn."""
        return (0.04 if self.quick else 0.1) * self.scale

    @property
    def cuda(self) -> bool:
        """Whether it is a CUDA device that is measured."""
        return self.device == "cuda"


@dataclass(frozen=True)
class Figure:
    """A group of rows that are measured together, interleaved: `measure` yields them. `about` says what in one line."""

    name: str
    about: str
    measure: Callable[[Setting], Iterable[Row]]

    def rows(self, setting: Setting) -> Iterable[Row]:
        """The rows, each with the figure's name in front; an error is a row like any other."""
        try:
            for row in self.measure(setting):
                yield replace(row, name=f"{self.name}.{row.name}")
        except Exception as error:  # one broken figure must not hide the others
            yield Row(f"{self.name}.error", note=f"failed: {type(error).__name__}: {error}")
