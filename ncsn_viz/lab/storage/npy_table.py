"""Points in an NPY file: its header is read as text, so that nothing in it is ever run."""

from __future__ import annotations

import math
import re
import struct

import numpy as np

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.numerics import Array
from ncsn_viz.lab.storage.point_table import MAX_POINTS, PREVIEW, Columns, PointTable, RowReader, guessed

MAGIC = b"\x93NUMPY"
MAX_HEADER = 10_000  # bytes
MAX_DIMENSIONS = 32
DESCR = re.compile(r"'descr':\s*'([<>|=][fiu](?:1|2|4|8|16))'")
ORDER = re.compile(r"'fortran_order':\s*(True|False)")
SHAPE = re.compile(r"'shape':\s*\(([\d\s,L]*)\)", re.ASCII)
BROKEN = "is not an NPY file of plain numbers"
Values = np.ndarray[tuple[int, ...], np.dtype[np.floating | np.integer]]


def npy_table(content: bytes) -> PointTable:
    """The table in an NPY file: a row for each point, or two rows. Raises ValidationError."""
    values = _array(content)
    notes: tuple[str, ...] = ()
    if values.ndim == 2 and values.shape[0] == 2 and values.shape[1] > 3:
        values = values.T
        notes = (f"the array is 2 × {len(values):,}: its first row is x, its second y",)
    if values.ndim != 2 or values.shape[1] < 2:
        shape = " × ".join(map(str, values.shape)) or "a single number"
        raise ValidationError(f"needs a row of two numbers for every point, x and y, and is {shape}")
    if not 1 <= len(values) <= MAX_POINTS:
        raise ValidationError(f"must hold 1 to {MAX_POINTS:,} points, and has {len(values):,}")
    if values.shape[1] > 10_000:
        raise ValidationError(f"has {values.shape[1]:,} numbers a row: too many for one point")
    width = values.shape[1]
    first = _plain(values[:, 0])
    with np.errstate(invalid="ignore"):
        counting = 0 if len(first) > 1 and (np.diff(first) == 1).all() else None
    columns, clear = guessed((), range(width), counting)
    shown = tuple(tuple(row) for row in _plain(values[:PREVIEW]).tolist())
    head = tuple(tuple(f"{value:.6g}" for value in row) for row in shown)
    return PointTable(
        (), tuple(range(width)), head, shown, columns, clear, lambda chosen: _points(values, chosen), notes
    )


def _array(content: bytes) -> Values:
    """The numbers, not copied. Raises ValidationError."""
    version = content[6:7]
    size, start = ("<H", 10) if version == b"\x01" else ("<I", 12)
    if len(content) < start or version not in (b"\x01", b"\x02", b"\x03"):
        raise ValidationError(BROKEN)
    (length,) = struct.unpack_from(size, content, 8)
    text = content[start : start + min(length, MAX_HEADER)].decode("latin-1")
    descr, order, sizes = DESCR.search(text), ORDER.search(text), SHAPE.search(text)
    if length > MAX_HEADER or not (descr and order and sizes):
        raise ValidationError(BROKEN)
    digits = re.findall(r"\d+", sizes[1])
    if len(digits) > MAX_DIMENSIONS or any(len(number) > 18 for number in digits):
        raise ValidationError(BROKEN)
    shape = tuple(map(int, digits))
    try:
        dtype = np.dtype(descr[1])
    except TypeError:  # such as an integer of 16 bytes
        raise ValidationError(BROKEN) from None
    count = math.prod(shape)
    if count * dtype.itemsize > len(content) - start - length:
        raise ValidationError(BROKEN)
    values = np.frombuffer(content, dtype, count, start + length) if count else np.empty(0, dtype)
    return values.reshape(shape, order="F" if order[1] == "True" else "C")


def _plain(values: Values) -> Array:
    with np.errstate(all="ignore"):  # what is too large for 64 bits becomes infinite
        return np.asarray(values, dtype=np.float64)


def _points(values: Values, columns: Columns) -> tuple[Array, tuple[str, ...]]:
    chosen = _plain(values[:, list(columns)])
    finite = np.isfinite(chosen).all(axis=1)
    if finite.all():
        return chosen, ()
    reader = RowReader("point")
    for index in np.nonzero(~finite)[0].tolist():
        reader.leave_out(index + 1, "{} {}".format(*chosen[index]))
    return reader.finished(chosen[finite])
