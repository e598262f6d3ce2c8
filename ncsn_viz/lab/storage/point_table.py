"""Tables of points: which columns are x and y, which rows are headings, which cannot be read."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ncsn_viz.core.knobs import ValidationError, one_line
from ncsn_viz.core.numerics import Array

MAX_POINTS = 2_000_000
PREVIEW = 200  # rows that a preview shows
SHOWN = 40  # characters of a row in a sentence
PAIRS = (("x", "y"), ("lon", "lat"), ("lng", "lat"), ("long", "lat"), ("longitude", "latitude"),
         ("easting", "northing"), ("x1", "x2"), ("x0", "x1"))  # fmt: skip
SURE_PAIRS = PAIRS[:-2]  # the last ones may be the first of more than two coordinates
INDEX_NAMES = frozenset((
    "id", "_id", "index", "idx", "row", "rowid", "rowname", "rownames", "row.names", "row_names", "nr", "nr.",
    "no", "no.", "num", "number", "#", "obs", "observation", "case", "key", "unnamed: 0", "level_0",
))  # fmt: skip
Columns = tuple[int, int]


@dataclass(frozen=True)
class PointTable:
    """A table with at least two columns of numbers, and the two of them that seem to be the points.

    `clear` says that nothing else is plausible. `head` are the first rows for a preview, as text, and `values` the
    numbers in them, each NaN where there is none.
    """

    names: tuple[str, ...]
    numeric: tuple[int, ...]
    head: tuple[tuple[str, ...], ...]
    values: tuple[tuple[float, ...], ...]
    columns: Columns
    clear: bool
    read: Callable[[Columns], tuple[Array, tuple[str, ...]]]
    notes: tuple[str, ...] = ()

    def name(self, column: int) -> str:
        """The heading of a column with its number from 1 on, or the number alone."""
        heading = one_line(_name(self.names, column))
        return f"{column + 1}: {heading}" if heading else f"{column + 1}"

    def points(self, columns: Columns | None = None) -> tuple[Array, tuple[str, ...]]:
        """The points (n, 2) in two columns, finite, and a sentence about each thing that is not as it seems.

        Raises ValidationError where most rows have no two numbers, and for columns that hold none.
        """
        chosen = columns or self.columns
        for column in chosen:
            if column not in self.numeric:
                known = ", ".join(self.name(index) for index in self.numeric)
                raise ValidationError(f"has no numbers in column {column + 1}; columns of numbers are {known}")
        points, notes = self.read(chosen)
        if columns is None and not self.clear:
            x, y = (self.name(column) for column in self.columns)
            others = ", ".join(self.name(column) for column in self.numeric)
            notes = (f"x and y were taken from columns {x} and {y}, of {others}", *notes)
        return points, (*self.notes, *notes)


def guessed(names: Sequence[str], numeric: Sequence[int], counting: int | None) -> tuple[Columns, bool]:
    """The columns that are x and y, and whether that is clear.

    `numeric` are the columns of numbers, `counting` is the first of them if it counts the rows: 1, 2, 3 …
    """
    names = [name.strip().lower() for name in names]
    headed = any(names)
    for pair in PAIRS:
        x, y = ([column for column in numeric if _name(names, column) == part] for part in pair)
        if x and y:
            once = len(x) == len(y) == 1
            return (x[0], min((c for c in y if c > x[0]), default=y[0])), once and pair in SURE_PAIRS
    index = {column for column in numeric if headed and _is_index(names, column, counting)}
    data = [column for column in numeric if column not in index]
    for choice in (data, numeric):
        if len(choice) == 2:
            return (choice[0], choice[1]), True
    likely = [c for c in data if not (c == counting and not _name(names, c)) and _name(names, c) not in INDEX_NAMES]
    first, second, *_ = next(choice for choice in (likely, data, numeric) if len(choice) >= 2)
    return (first, second), False


def _name(names: Sequence[str], column: int) -> str:
    return names[column] if column < len(names) else ""


def _is_index(names: Sequence[str], column: int, counting: int | None) -> bool:
    """Whether it is surely no data: the first one, without a heading beside others with one, or a named count."""
    name = _name(names, column)
    return (not name and column == 0) or (name in INDEX_NAMES and column == counting)


class RowReader:
    """Collects points row by row, and which rows have none."""

    def __init__(self, what: str = "row") -> None:
        self._what = what
        self._x, self._y = array("d"), array("d")
        self._bad: list[tuple[int, str]] = []  # the first ones
        self._bad_count = 0

    def add(self, x: float, y: float) -> None:
        """One more point. Raises ValidationError where there are too many."""
        self._x.append(x)
        self._y.append(y)
        if len(self._x) > MAX_POINTS:
            raise ValidationError(f"has more than {MAX_POINTS:,} rows: too many to import")

    def leave_out(self, number: int, text: str) -> None:
        """Remember a row without a point by its number in the file. Raises ValidationError where there are too many."""
        self._bad_count += 1
        if len(self._bad) < 3:
            self._bad.append((number, text))
        if self._bad_count > MAX_POINTS:
            raise ValidationError(self._complaint())

    def finished(self, points: Array | None = None) -> tuple[Array, tuple[str, ...]]:
        """The points (n, 2), those added or these, and a note on rows that were left out.

        Raises ValidationError where most were.
        """
        if points is None:
            points = np.stack([np.array(self._x), np.array(self._y)], axis=1)
        if self._bad_count > len(points):
            raise ValidationError(self._complaint())
        return points, (self._note(),) if self._bad else ()

    def _complaint(self) -> str:
        number, text = self._bad[0]
        return f"needs two numbers in every row, and {self._what} {number:,} reads “{shortened(text)}”"

    def _note(self) -> str:
        rows = "; ".join(f"{self._what} {number:,} reads “{shortened(text)}”" for number, text in self._bad)
        more = " …" if self._bad_count > len(self._bad) else ""
        left_out = f"{self._bad_count:,} rows were" if self._bad_count > 1 else "1 row was"
        return f"{left_out} left out, without two finite numbers: {rows}{more}"


def shortened(text: str) -> str:
    """A text from a file as a sentence can show it."""
    text = one_line(text.strip())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
