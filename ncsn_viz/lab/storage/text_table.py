"""Points in a text file: separators, decimal commas, quotes, headings; read line by line."""

from __future__ import annotations

import codecs
import io
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.numerics import Array
from ncsn_viz.lab.storage import point_table
from ncsn_viz.lab.storage.point_table import PREVIEW, Columns, PointTable, RowReader, guessed, shortened

SAMPLE = 500  # lines from which separators, headings and columns are known
MAX_LINES = 2 * point_table.MAX_POINTS  # with empty ones and comments
MAX_LINE = 1_000_000  # characters
MAX_HEADINGS = 20  # lines before the first row of numbers
COMMENTS = ("%", "//", "@", "!")  # at the start of a line; # anywhere
SEPARATORS = ("\t", ";", ",", "|", "")  # the last one: any number of spaces and tabs
MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "-", "--", "?", ".", "inf", "-inf", "+inf"))
BRACKETS = dict.fromkeys(map(ord, "[](){}"))
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # in no text file
QUOTED = re.compile(r'"((?:[^"]|"")*)"|([^"]+)')
Line = tuple[int, str]  # its number in the file, and its text


@dataclass(frozen=True)
class Dialect:
    """How the cells of a line are separated and its numbers written."""

    separator: str
    comma: bool  # in place of the decimal point
    quotes: bool
    brackets: bool

    def cells(self, line: str) -> list[str]:
        """The cells of a line, without quotes around them."""
        if self.brackets:
            line = line.translate(BRACKETS).strip(" ,;\t")
        if self.quotes:
            return self._quoted(line)
        return line.split(self.separator) if self.separator else line.split()

    def _quoted(self, line: str) -> list[str]:
        """The same where separators between quotes do not count."""
        cells, inside = [""], False
        for quoted, other in QUOTED.findall(line):
            if other:
                first, *rest = other.split(self.separator) if self.separator else re.split(r"\s+", other)
                cells[-1] += first
                cells += rest
            else:
                cells[-1] += quoted.replace('""', '"')
            inside = True
        return [cell for cell in cells if cell] if inside and not self.separator else cells

    def number(self, cell: str) -> float:
        """The number in a cell; NaN if it is none."""
        if self.comma:
            cell = cell.replace(",", ".")
        try:
            return float(cell) if "_" not in cell else math.nan  # Python would read 1_000
        except ValueError:
            return _unusual_number(cell)


def _unusual_number(cell: str) -> float:
    """The number with an exponent of Fortran (1.5D+00), a typographic minus, or single quotes; else NaN."""
    cell = cell.strip(" '\u00a0").replace("−", "-").replace("D", "e").replace("d", "e")
    try:
        return float(cell)
    except ValueError:
        return math.nan


def text_table(content: bytes) -> PointTable:
    """The table in a text. Raises ValidationError, whose message continues the name of the file."""
    sample, comment = _sample(content)
    if not sample:
        raise ValidationError("holds no numbers")
    dialect = _dialect([line for _, line in sample])
    rows = [(number, dialect.cells(line)) for number, line in sample]
    count = _heading_count(rows, dialect)
    body = rows[count:]
    width = Counter(len(cells) for _, cells in body).most_common(1)[0][0] if body else 0
    numeric = _numeric_columns([cells for _, cells in body if len(cells) == width], dialect, width)
    if len(numeric) < 2:
        raise ValidationError(_complaint(sample[max(count - 1, 0) :], dialect))
    if len(sample) == 2 and width > 3 and [len(cells) for _, cells in body] == [width] * 2 and len(numeric) == width:
        return _transposed(body, dialect)
    headings = _headings([cells for _, cells in rows[:count]], comment, dialect, width)
    names = tuple(" ".join(filter(None, column)) for column in zip(*headings, strict=True))
    counting = _counting([cells for _, cells in body], numeric[0], dialect)
    columns, clear = guessed(headings[-1] if headings else (), numeric, counting)
    start = body[0][0]
    head = tuple((*cells, *[""] * (width - len(cells))) for _, cells in body[:PREVIEW])
    values = tuple(tuple(dialect.number(cell) for cell in cells) for cells in head)
    return PointTable(
        names, tuple(numeric), head, values, columns, clear, lambda chosen: _points(content, dialect, start, chosen)
    )


def _complaint(lines: list[Line], dialect: Dialect) -> str:
    """What is wrong with the first of `lines` that has no two numbers."""
    short = (line for line in lines if sum(map(math.isfinite, map(dialect.number, dialect.cells(line[1])))) < 2)
    number, text = next(short, lines[0])
    return f"needs two numbers in every row, and row {number:,} reads “{shortened(text)}”"


def _lines(content: bytes) -> Iterator[Line]:
    """The lines that are not empty, without comments, whatever ends them. Raises ValidationError."""
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = io.TextIOWrapper(io.BytesIO(content), "utf-16" if utf16 else "utf-8-sig", "replace", newline=None)
    number = 0
    while line := text.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise ValidationError(f"has more than {MAX_LINE:,} characters in row {number:,}: too many for one point")
        if number > MAX_LINES:
            raise ValidationError(f"has more than {MAX_LINES:,} lines: too many to import")
        if line := line.strip("\r\n "):
            yield number, line


def _without_comment(line: str) -> str:
    return "" if line.startswith(COMMENTS) else line.partition("#")[0].rstrip(" ")


def _sample(content: bytes) -> tuple[list[Line], str]:
    """The first lines, and the last comment before them, which may name the columns."""
    lines: list[Line] = []
    comment = ""
    for number, line in islice(_lines(content), 10 * SAMPLE):
        if CONTROLS.search(line):
            raise ValidationError("is not a text file with rows of numbers")
        if text := _without_comment(line):
            lines.append((number, text))
        elif not lines:
            comment = line.lstrip("#%/@! ")
        if len(lines) >= SAMPLE:
            break
    return lines, comment


def _dialect(lines: list[str]) -> Dialect:
    """The dialect in which most cells of most lines are numbers; of equal ones the first."""
    quotes, brackets = any('"' in line for line in lines), any(line[0] in "[(" for line in lines)
    found = [Dialect(separator, comma, quotes, brackets) for separator in SEPARATORS for comma in (False, True)]
    return max((dialect for dialect in found if dialect.separator != "," or quotes or not dialect.comma),
               key=lambda dialect: _score(dialect, lines))  # fmt: skip


def _score(dialect: Dialect, lines: list[str]) -> float:
    rows = [dialect.cells(line) for line in lines]
    width = Counter(map(len, rows)).most_common(1)[0][0]
    shares = [sum(math.isfinite(dialect.number(cell)) for cell in row) / width for row in rows if len(row) == width]
    return sum(share for share in shares if share * width >= 2) / len(rows)


def _heading_count(rows: list[tuple[int, list[str]]], dialect: Dialect) -> int:
    """The number of lines before the first row with a number; headings have none, but for those of pandas."""
    numbers = [[math.isfinite(dialect.number(cell)) for cell in cells] for _, cells in rows[: MAX_HEADINGS + 1]]
    first = next((index for index, row in enumerate(numbers) if any(row)), None)
    if first is None:
        return min(len(rows), MAX_HEADINGS)
    cells = [cell.strip() for cell in rows[first][1]]
    counted = len(cells) > 2 and cells == ["", *map(str, range(len(cells) - 1))]  # columns without names
    return first + 1 if counted and first + 1 < len(rows) else first


def _numeric_columns(rows: list[list[str]], dialect: Dialect, width: int) -> list[int]:
    """The columns in which at least half of what is not missing are numbers."""
    found = []
    for column in range(width):
        cells = [row[column] for row in rows if row[column].strip().lower() not in MISSING]
        if cells and 2 * sum(math.isfinite(dialect.number(cell)) for cell in cells) >= len(cells):
            found.append(column)
    return found


def _headings(rows: list[list[str]], comment: str, dialect: Dialect, width: int) -> list[tuple[str, ...]]:
    """The names of all columns in each heading; one cell less has none above the names of rows."""
    found = []
    for cells in rows or ([dialect.cells(comment)] if comment else []):
        names = tuple(cell.strip(" '\"\t") for cell in cells)
        if width - 1 <= len(names) <= width:
            found.append(("",) * (width - len(names)) + names)
    return found


def _counting(rows: list[list[str]], column: int, dialect: Dialect) -> int | None:
    """The column, if it counts the rows: numbers 1 apart."""
    values = [dialect.number(row[column]) for row in rows if len(row) > column]
    steps = [after - before for before, after in pairwise(values)]
    return column if steps and all(step == 1 for step in steps) else None


def _transposed(body: list[tuple[int, list[str]]], dialect: Dialect) -> PointTable:
    """Two rows of many numbers: all x, then all y."""
    pairs = tuple(zip(*(cells for _, cells in body), strict=True))

    def read(_: Columns) -> tuple[Array, tuple[str, ...]]:
        reader = RowReader("column")
        for number, (x, y) in enumerate(pairs, 1):
            _take(reader, number, f"{x} {y}", dialect.number(x), dialect.number(y))
        return reader.finished()

    note = f"the file has 2 rows of {len(pairs):,} numbers: the first is x, the second y"
    head = pairs[:PREVIEW]
    values = tuple((dialect.number(x), dialect.number(y)) for x, y in head)
    return PointTable((), (0, 1), head, values, (0, 1), True, read, (note,))


def _points(content: bytes, dialect: Dialect, start: int, columns: Columns) -> tuple[Array, tuple[str, ...]]:
    """The points in two columns of the lines from `start` on."""
    first, second = columns
    reader, cells, number = RowReader(), dialect.cells, dialect.number
    for line_number, line in _lines(content):
        if line_number < start or not (text := _without_comment(line)):
            continue
        row = cells(text)
        try:
            x, y = number(row[first]), number(row[second])
        except IndexError:
            x = y = math.nan
        _take(reader, line_number, text, x, y)
    return reader.finished()


def _take(reader: RowReader, number: int, text: str, x: float, y: float) -> None:
    if math.isfinite(x) and math.isfinite(y):
        reader.add(x, y)
    else:
        reader.leave_out(number, text)
