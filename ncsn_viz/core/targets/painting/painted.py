"""The target that is painted with the mouse: a base density and marks on it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ncsn_viz.core.knobs import Integer, Kind, ListOf, Numbers, Real, ValidationError, Variant, knob
from ncsn_viz.core.numerics import Array, Device, torch
from ncsn_viz.core.targets.base import Coordinates, EmptyTarget, Target, centres, resampled
from ncsn_viz.core.targets.formula import FORMULA_PRESETS, Formula, FormulaTarget
from ncsn_viz.core.targets.lattice import MIN_BANDWIDTH, LatticeMixture
from ncsn_viz.core.targets.mixture import GaussianTarget, Mixture
from ncsn_viz.core.targets.painting.cache import PaintingCache
from ncsn_viz.core.targets.painting.marks import Mark
from ncsn_viz.core.targets.painting.point_cloud import PointCloudMark
from ncsn_viz.core.targets.painting.raster_marks import ImageMark
from ncsn_viz.core.targets.painting.shapes import Blob, TextMark
from ncsn_viz.core.targets.painting.strokes import Stroke
from ncsn_viz.core.targets.presets import PRESETS
from ncsn_viz.core.targets.statistics import TargetStatistics, lattice_statistics

BASES = (*PRESETS, Mixture, *FORMULA_PRESETS, Formula)
MARKS: tuple[type[Mark], ...] = (Stroke, Blob, TextMark, ImageMark, PointCloudMark)
LEAST_BANDWIDTH = 0.02
EMPTY_BELOW = 1e-6  # a canvas with all weights below this is empty; a stroke of strength 1 has weight 1


@dataclass(frozen=True, kw_only=True)
class AnyMark(Variant):
    """A mark; an object without a kind is a stroke."""

    kinds: tuple[type[Mark], ...] = MARKS

    def parse(self, value: Any) -> Kind | None:
        """The mark. Raises ValidationError."""
        if isinstance(value, Mapping) and "kind" not in value:
            value = {"kind": Stroke.kind} | dict(value)
        return super().parse(value)


@dataclass(frozen=True)
class Painted(Target):
    """p(x) = Σᵢⱼ wᵢⱼ N(x; cᵢⱼ, h² I): the weights of the cells of a lattice come from a base density and marks."""

    kind = "painted"
    title = "Painted"
    about = "What you paint, write or import: marks on an empty canvas or over a preset."

    base: GaussianTarget | FormulaTarget | None = knob(
        None, Variant(kinds=BASES, optional=True, label="Painted over", shown=False, help="The preset under the paint.")
    )
    strokes: tuple[Mark, ...] = knob(
        (),
        ListOf(of=AnyMark(), label="Strokes", shown=False,
               help="Strokes, blobs, texts, pictures and points, the first one first; without a kind it is a stroke."),
    )  # fmt: skip
    window: tuple[float, float] = knob(
        (-8.0, 8.0),
        Numbers(low=-1e4, high=1e4, min_count=2, max_count=2, label="Canvas", shown=False,
                help="The square that can be painted: its low and its high end along both axes."),
    )  # fmt: skip
    resolution: int = knob(
        128,
        Integer(low=16, high=512, log=True, label="Resolution",
                help="Cells along each side of the canvas. Few: fine strokes come out in steps. Many: every stroke "
                     "takes longer to follow."),
    )  # fmt: skip
    bandwidth: float = knob(
        0.15,
        Real(low=LEAST_BANDWIDTH, high=5, log=True, label="Bandwidth", symbol="h",
             help="Standard deviation of the Gaussian that stands for a cell; never less than ¾ of a cell. Small: "
                  "sharp edges with steep scores. Large: strokes blur into each other."),
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.window[1] - self.window[0] < 0.01:
            raise ValidationError("must be a low end and a high end at least 0.01 above it", ("window",))

    def effective_bandwidth(self) -> float:
        """The bandwidth h of the density: `bandwidth`, at least MIN_BANDWIDTH cells."""
        return max(self.bandwidth, MIN_BANDWIDTH * (self.window[1] - self.window[0]) / self.resolution)

    def lattice_bandwidth(self) -> float:
        """The standard deviation of the Gaussian of a cell: h, in a painting of points less what their sharing adds."""
        h, (low, high) = self.effective_bandwidth(), self.window
        clouds = [mark for mark in self.strokes if isinstance(mark, PointCloudMark) and mark.tool == "brush"]
        if self.base is not None or len(clouds) < len(self.strokes) or not clouds:
            return h
        axis = centres(self.window, self.resolution)
        masses = [mark.strength * mark.area((high - low) ** 2) for mark in clouds]
        added = sum(mass * mark.added_variance(axis) for mass, mark in zip(masses, clouds, strict=True)) / sum(masses)
        return math.sqrt(h**2 - added)  # of at least (3/4 cell)²: sharing adds at most (1/2 cell)²

    def weights(self) -> Array:
        """The weight of each cell, shape (rows y, columns x), read-only: the base with all marks on it.

        Cached: cheap while a stroke or the list of marks grows. Thread-safe.
        """
        return _CACHE.painting(self).weights

    @property
    def canvas(self) -> tuple[float, float]:
        """The window."""
        return self.window

    @cached_property
    def coordinates(self) -> Coordinates:
        """Those of the points that are fitted, if they are all of one file."""
        found = {mark.coordinates for mark in self.strokes if isinstance(mark, PointCloudMark) and mark.fitted}
        return found.pop() if len(found) == 1 else Coordinates()

    @property
    def cells(self) -> int:
        """The resolution."""
        return self.resolution

    def drawable_prefix(self) -> Painted:
        """The longest prefix of the painting with at most CHECKPOINT_INTERVAL marks that are not cached yet."""
        return self._pictures.drawable_prefix(self)

    def build(self, device: Device = "cpu", dtype: torch.dtype | None = None, origin: float = 0.0) -> LatticeMixture:
        """The density on its lattice. Raises EmptyTarget for an empty canvas."""
        weights = self.weights()
        if weights.max() < EMPTY_BELOW:
            raise EmptyTarget("The canvas is empty: paint something, or start from a preset.")
        window = self.window[0] - origin, self.window[1] - origin
        return LatticeMixture(weights, window, self.lattice_bandwidth(), device, dtype)

    def base_weights(self) -> Array:
        """The weights without any mark, shape (rows y, columns x): blurred by h they are the base, of maximum 1."""
        if self.base is None:
            return np.zeros((self.resolution, self.resolution))
        return self.base.lattice_weights(self.window, self.resolution, self.effective_bandwidth())

    def base_image(self) -> Array:
        """The density of the base, of maximum 1: what `base_weights` are when blurred by h."""
        return np.zeros((self.resolution,) * 2) if self.base is None else self.base.image(self.window, self.resolution)

    @property
    def _pictures(self) -> PaintingCache:
        return _CACHE if self.base is None else _PICTURES

    def image(self, window: tuple[float, float], n: int) -> Array:
        """The marks on the density of the base, not blurred by h, scaled to maximum 1: shape (n, n).

        Of the cells that contain the centres of n × n cells of `window`.
        """
        weights = resampled(self._pictures.painting(self).weights, self.window, window, n)
        peak = weights.max()
        return weights / peak if peak >= EMPTY_BELOW else np.zeros_like(weights)

    def statistics(self) -> TargetStatistics | None:
        """From blocks of the lattice; with a preset below, its tails fill the window."""
        stds = [mark.min_std() for mark in self.strokes if mark.tool == "brush"]
        if self.base is not None:
            stds.append(self.base.statistics().min_std)
        finest, bandwidth = min(stds, default=0.0), self.effective_bandwidth()
        return lattice_statistics(self.weights(), self.window, bandwidth, finest, self.base is not None)


def with_mark(target: Target, mark: Mark, window: tuple[float, float]) -> Painted:
    """`target` with one more mark; a mixture becomes the base of a painting of `window`, a formula of its own region.

    The painting over a formula has its lattice, so that the density stays as it is beside the mark.
    Raises ValidationError for a target that cannot be painted over.
    """
    if isinstance(target, Painted):
        return replace(target, strokes=(*target.strokes, mark))
    if isinstance(target, FormulaTarget):
        return Painted(target, (mark,), target.window, target.resolution, LEAST_BANDWIDTH)
    if not isinstance(target, GaussianTarget):
        raise ValidationError(f"{target.title} cannot be painted over: clear the canvas first.")
    return Painted(base=target, strokes=(mark,), window=window)


def painting_of(target: Target, window: tuple[float, float]) -> Painted:
    """`target` itself if it is painted, else an empty painting of `window`."""
    return target if isinstance(target, Painted) else Painted(window=window)


def last_mark(target: Target) -> Mark | None:
    """The last mark of a painting, if there is one."""
    return target.strokes[-1] if isinstance(target, Painted) and target.strokes else None


def with_last_mark(target: Target, mark: Mark) -> Target:
    """`target` with `mark` instead of its last one."""
    return replace(target, strokes=(*target.strokes[:-1], mark)) if isinstance(target, Painted) else target


_CACHE, _PICTURES = PaintingCache(12, Painted.base_weights), PaintingCache(12, Painted.base_image)
