"""Images and points from files and from the clipboard, as marks of a painting."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ncsn_viz.core.knobs import ValidationError, one_line
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
from ncsn_viz.lab.storage.npy_table import MAGIC, npy_table
from ncsn_viz.lab.storage.point_table import Columns, PointTable
from ncsn_viz.lab.storage.text_table import text_table

if TYPE_CHECKING:
    from PIL.Image import Image

    Source = Image | PointTable  # what a file may hold

MAX_BYTES = 64 * 2**20  # bytes of a file
MAX_PIXELS = 50_000_000  # of an image
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
SUFFIXES = {
    "image": ("png", "jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff"),
    "points": ("csv", "tsv", "tab", "txt", "dat", "xy", "asc", "npy"),
}
Window = tuple[float, float]
Pixels = np.ndarray[Any, np.dtype[Any]]  # of an image, in its own type


@dataclass(frozen=True)
class Imported:
    """A mark, and a sentence about each thing in the file that was not as it seemed."""

    mark: RasterMark
    notes: tuple[str, ...] = ()


def read(path: Path, window: Window, columns: Columns | None = None) -> Imported:
    """The image or the points in a file as a mark on the canvas. Raises ValidationError with the name.

    `columns` are the indices of x and y in a table; without them the likeliest are taken.
    """
    return imported(source(path), path.name, window, columns)


def source(path: Path, pipe: bool = False) -> Source:
    """The image or the table of points in a file, or from a `pipe` where allowed. Raises ValidationError."""
    try:
        return source_of(read_bytes(path, MAX_BYTES, "an import", pipe), path.name)
    except ValidationError as error:
        raise ValidationError(f"{path.name}: {error}") from None
    except OSError as error:
        raise ValidationError(f"cannot read {path}: {error.strerror or error}") from None


def source_of(content: bytes, name: str) -> Source:
    """An array, a table of points, or an image, by the content of a file or else its name. Raises ValidationError."""
    if not content:
        raise ValidationError("is empty")
    if content.startswith(MAGIC):
        return npy_table(content)
    suffix = name.lower().rpartition(".")[2]
    image = None if suffix in SUFFIXES["points"] else _image(content)
    if image is not None:
        return image
    if suffix in SUFFIXES["image"]:
        raise ValidationError("is not an image (PNG, JPEG, GIF, BMP, WebP, TIFF)")
    if content.lstrip()[:1] == b"{":
        raise ValidationError("holds JSON, not rows of numbers: the name of an experiment ends with .json")
    return text_table(content)


def imported(found: Source, name: str, window: Window, columns: Columns | None = None) -> Imported:
    """The mark of what was found in a file. Raises ValidationError with the name."""
    name = one_line(name)  # the name of a file may hold what no experiment can
    try:
        if isinstance(found, PointTable):
            points, notes = found.points(columns)
            return Imported(point_cloud_mark(points, name, window), notes)
        return image_mark(found, name, window)
    except ValidationError as error:
        raise ValidationError(f"{name}: {error}") from None


def from_bytes(content: bytes, name: str, window: Window) -> RasterMark:
    """The mark made of the content of a file, with the likeliest columns. Raises ValidationError."""
    return imported(source_of(content, name), name, window).mark


def from_text(text: str) -> PointTable:
    """The table in a text. Raises ValidationError."""
    return text_table(text.encode("utf-8", "replace"))


# -- images ---------------------------------------------------------------------------------------------------------


def _image(content: bytes) -> Image | None:
    """The image, or None where the content is none. Raises ValidationError for one that cannot be used."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    warnings.filterwarnings("ignore", module=r"PIL\.")  # what is damaged is refused or shown: no lines in a terminal
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        image.draft("L", (4 * MAX_SIDE, 4 * MAX_SIDE))  # of a large JPEG no more than that is decoded
        image.load()
        return ImageOps.exif_transpose(image)
    except UnidentifiedImageError:
        return None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError(
            f"has more than {MAX_PIXELS // 10**6} million pixels: make the image smaller first"
        ) from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise ValidationError("is damaged: the image cannot be decoded") from None


def image_mark(image: Image, name: str, window: Window) -> Imported:
    """An image in the middle of the canvas, as large as fits. The mass is where it differs from its border."""
    grey, alpha, notes = _lightness_and_alpha(image)
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
    return Imported(ImageMark(name[:200], encode_pixels(grey[::-1].clip(0, 1)), columns, box, density=density), notes)


def _reduction(image: Image) -> int:
    """By how much an image is scaled down at first: as numbers fifty million pixels would take gigabytes."""
    return max(max(image.size) // (4 * MAX_SIDE), 1)


def _lightness_and_alpha(image: Image) -> tuple[Array, Array, tuple[str, ...]]:
    """Lightness and opacity of every pixel in [0, 1], shapes (rows, columns), the top row first; and notes.

    A large image is scaled down to a few times MAX_SIDE.
    """
    factor = _reduction(image)
    if image.mode.startswith(("I", "F")):  # more than 8 bits: from the darkest to the lightest
        values, notes = _with_paper(np.asarray(image))
        low, high = float(values.min()), float(values.max())
        values = _block_means(_block_means(values, factor, 0), factor, 1)
        return (values - low) / max(high - low, 1e-300), np.ones_like(values), notes
    if factor > 1:
        image = (image if image.mode in ("L", "LA", "RGB", "RGBA") else image.convert("RGBA")).reduce(factor)
    both = np.asarray(image.convert("RGBA").convert("LA"), dtype=np.float64) / 255
    return both[:, :, 0], both[:, :, 1], ()


def _block_means(values: Pixels, side: int, axis: int) -> Array:
    """The means of blocks of `side` pixels along one axis; the last one may be of fewer."""
    starts = np.arange(0, values.shape[axis], side)
    counts = np.diff(starts, append=values.shape[axis])
    sums: Array = np.add.reduceat(values, starts, axis=axis, dtype=np.float64)
    return sums / (counts[:, None] if axis == 0 else counts)


def _with_paper(values: Pixels) -> tuple[Pixels, tuple[str, ...]]:
    """The pixels, those that are no numbers as the median of the border is, and a note. Raises ValidationError."""
    known = np.isfinite(values)
    if known.all():
        return values, ()
    if not known.any():
        raise ValidationError("has no pixel with a number")
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    edge = border[np.isfinite(border)].astype(np.float64)  # the sum of two may be beyond 32 bits
    paper = np.median(edge) if len(edge) else values[known].min()  # what is masked out, as around a map, is empty
    count = int((~known).sum())
    pixels = (
        f"{count:,} pixels that are not finite numbers were" if count > 1 else "1 pixel that is no finite number was"
    )
    return np.where(known, values, values.dtype.type(paper)), (f"{pixels} taken as empty, like the border",)


# -- points ---------------------------------------------------------------------------------------------------------


def point_cloud_mark(values: Array, name: str, window: Window) -> PointCloudMark:
    """Points (n, 2), finite and at least one, as a mark (see `point_cloud`). Raises ValidationError."""
    if np.abs(values).max() > MAX_SOURCE_COORDINATE / 2:
        raise ValidationError(f"holds coordinates beyond ±{MAX_SOURCE_COORDINATE / 2:g}: scale them first")
    return point_cloud(values, name, window)
