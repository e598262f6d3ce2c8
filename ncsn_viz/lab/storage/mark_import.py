"""Images and points from files and from the clipboard, as marks of a painting."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.numerics import Array
from ncsn_viz.core.targets.lattice import area_average
from ncsn_viz.core.targets.painting import (
    MAX_SIDE,
    MAX_SOURCE_COORDINATE,
    ImageMark,
    PointCloudMark,
    RasterMark,
    encode_pixels,
    point_cloud,
)
from ncsn_viz.lab.storage.files import read_bytes

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 64 * 2**20  # bytes of a file
MAX_PIXELS = 50_000_000  # of an image
MAX_POINTS = 2_000_000
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
SUFFIXES = {
    "image": ("png", "jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff"),
    "points": ("csv", "tsv", "txt", "npy"),
}
Window = tuple[float, float]


def read(path: Path, window: Window) -> RasterMark:
    """The image or the points in a file as a mark on the canvas. Raises ValidationError with the name."""
    try:
        return from_bytes(read_bytes(path, MAX_BYTES, "an import"), path.name, window)
    except ValidationError as error:
        raise ValidationError(f"{path.name}: {error}") from None
    except OSError as error:
        raise ValidationError(f"cannot read {path}: {error.strerror or error}") from None


def from_bytes(content: bytes, name: str, window: Window) -> RasterMark:
    """The mark made of the content of a file: an array, a table of points, or an image. Raises ValidationError."""
    if not content:
        raise ValidationError("is empty")
    if content.startswith(b"\x93NUMPY"):
        return point_cloud_mark(_array(content), name, window)
    if name.lower().rpartition(".")[2] in SUFFIXES["points"]:
        return from_text(_decoded(content), name, window)
    return image_mark(_image(content), name, window)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError("is not a text file in UTF-8 with rows of numbers") from None


# -- images ---------------------------------------------------------------------------------------------------------


def _image(content: bytes) -> Image:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        image.draft("L", (4 * MAX_SIDE, 4 * MAX_SIDE))  # of a large JPEG no more than that is decoded
        image.load()
        return ImageOps.exif_transpose(image)
    except UnidentifiedImageError:
        raise ValidationError(
            "is not an image (PNG, JPEG, GIF, BMP, WebP, TIFF), and no CSV or NPY file of points"
        ) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError(
            f"has more than {MAX_PIXELS // 10**6} million pixels: make the image smaller first"
        ) from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise ValidationError("is damaged: the image cannot be decoded") from None


def image_mark(image: Image, name: str, window: Window) -> ImageMark:
    """An image in the middle of the canvas, as large as fits. The mass is where it differs from its border."""
    grey, alpha = _lightness_and_alpha(_reduced(image))
    light_ink = (grey * alpha).sum() > 0.5 * alpha.sum()
    background = 0.0 if light_ink and alpha.min() < 0.5 else 1.0  # of contrast
    grey = grey * alpha + background * (1 - alpha)
    scale = MAX_SIDE / max(grey.shape)
    if scale < 1:
        size = (max(round(grey.shape[0] * scale), 1), max(round(grey.shape[1] * scale), 1))
        grey = area_average(grey, *size)
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    density = "dark" if np.median(border) > 0.5 else "light"
    rows, columns = grey.shape
    middle, side = (window[0] + window[1]) / 2, (window[1] - window[0]) / max(rows, columns) / 2
    box = (middle - columns * side, middle + columns * side, middle - rows * side, middle + rows * side)
    return ImageMark(name[:200], encode_pixels(grey[::-1].clip(0, 1)), columns, box, density=density)


def _reduced(image: Image) -> Image:
    """The image scaled down to a few times MAX_SIDE: as numbers fifty million pixels would take a gigabyte."""
    factor = max(image.size) // (4 * MAX_SIDE)
    if factor < 2 or image.mode.startswith(("I", "F")):
        return image
    return (image if image.mode in ("L", "LA", "RGB", "RGBA") else image.convert("RGBA")).reduce(factor)


def _lightness_and_alpha(image: Image) -> tuple[Array, Array]:
    """The lightness and the opacity of every pixel, both in [0, 1]: shapes (rows, columns), the top row first."""
    if image.mode.startswith(("I", "F")):  # more than 8 bits: from the darkest to the lightest
        values = np.nan_to_num(np.asarray(image, dtype=np.float64))
        low, high = values.min(), values.max()
        return (values - low) / max(high - low, 1e-300), np.ones_like(values)
    both = np.asarray(image.convert("RGBA").convert("LA"), dtype=np.float64) / 255
    return both[:, :, 0], both[:, :, 1]


# -- points ---------------------------------------------------------------------------------------------------------


def _array(content: bytes) -> Array:
    """The numbers of an NPY file, without pickled objects and without reading beyond its end."""
    try:
        values = np.load(io.BytesIO(_checked(content)), allow_pickle=False)
    except (ValueError, EOFError, OSError, MemoryError, SyntaxError, TypeError, KeyError):
        raise ValidationError("is not an NPY file of plain numbers") from None
    return np.asarray(values, dtype=np.float64)


def _checked(content: bytes) -> bytes:
    """The same bytes, if they are as many as their header says. Raises ValueError."""
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(file)
    if dtype.kind not in "fiu" or math.prod(shape) * dtype.itemsize > len(content):
        raise ValueError("not numbers, or fewer than the header says")
    return content


def from_text(text: str, name: str, window: Window) -> PointCloudMark:
    """Points from rows of numbers, separated by commas, semicolons, tabs or spaces; a first row of words is a header.

    The coordinates are in the columns x and y, or else in the first two. Raises ValidationError.
    """
    numbered = [(number, line.split("#")[0].strip()) for number, line in enumerate(io.StringIO(text), 1)]
    lines = [(number, line) for number, line in numbered if line]
    if not lines:
        raise ValidationError("holds no numbers")
    if len(lines) > MAX_POINTS + 1:
        raise ValidationError(f"has more than {MAX_POINTS:,} rows: too many to import")
    split = _splitter([line for _, line in lines[:20]])
    columns = (0, 1)
    if _row(split(lines[0][1]), columns) is None and len(lines) > 1:
        columns = _xy_columns(split(lines[0][1]))
        lines = lines[1:]
    rows = []
    for number, line in lines:
        row = _row(split(line), columns)
        if row is None:
            raise ValidationError(f"needs two numbers in every row, and row {number} reads “{line[:30]}”")
        rows.append(row)
    return point_cloud_mark(np.array(rows), name, window)


def _splitter(lines: list[str]):  # type: ignore[no-untyped-def]
    """A function that splits a row: at semicolons (with decimal commas), commas, or spaces and tabs."""
    if any(";" in line for line in lines):
        return lambda line: line.replace(",", ".").split(";")
    if any("," in line for line in lines):
        return lambda line: line.split(",")
    return str.split


def _xy_columns(cells: list[str]) -> tuple[int, int]:
    """The indices of the columns x and y of a header; without both, the first two."""
    names = [cell.strip().strip("\"'").lower() for cell in cells]
    return (names.index("x"), names.index("y")) if {"x", "y"} <= set(names) else (0, 1)


def _row(cells: list[str], columns: tuple[int, int]) -> tuple[float, float] | None:
    try:
        return float(cells[columns[0]]), float(cells[columns[1]])
    except (ValueError, IndexError):
        return None


def point_cloud_mark(values: Array, name: str, window: Window) -> PointCloudMark:
    """Points (n, ≥ 2), the first two columns, as a mark (see `point_cloud`). Raises ValidationError."""
    if values.ndim != 2 or values.shape[1] < 2:
        shape = " × ".join(map(str, values.shape)) or "a single number"
        raise ValidationError(f"needs a row of two numbers for every point, x and y, and is {shape}")
    if not 1 <= len(values) <= MAX_POINTS:
        raise ValidationError(f"must hold 1 to {MAX_POINTS:,} points, and has {len(values):,}")
    values = np.asarray(values[:, :2], dtype=np.float64)
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        raise ValidationError(
            f"holds {int(bad.sum()):,} points that are not finite; the first is point {int(bad.argmax()) + 1:,}"
        )
    if np.abs(values).max() > MAX_SOURCE_COORDINATE / 2:
        raise ValidationError(f"holds coordinates beyond ±{MAX_SOURCE_COORDINATE / 2:g}: scale them first")
    return point_cloud(values, name, window)
