"""The target that is painted with the mouse."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from ncsn_viz.core.knobs import Integer, Kind, ListOf, Numbers, Real, ValidationError, Variant, knob
from ncsn_viz.core.numerics.lazy import torch
from ncsn_viz.core.targets import presets
from ncsn_viz.core.targets.base import Array, EmptyTarget, Target, centres
from ncsn_viz.core.targets.mixture import GaussianTarget, Mixture
from ncsn_viz.core.targets.painting.marks import Mark
from ncsn_viz.core.targets.painting.raster_marks import ImageMark, PointCloudMark
from ncsn_viz.core.targets.painting.shapes import Blob, TextMark
from ncsn_viz.core.targets.painting.strokes import Painting, Stroke

if TYPE_CHECKING:
    from ncsn_viz.core.targets.lattice.lattice_mixture import LatticeMixture

BASES: tuple[type[GaussianTarget], ...] = (
    presets.Moons,
    presets.EightGaussians,
    presets.Rings,
    presets.Spiral,
    presets.Pinwheel,
    presets.Checkerboard,
    presets.TwoModes,
    presets.Smiley,
    Mixture,
)
MARKS: tuple[type[Mark], ...] = (Stroke, Blob, TextMark, ImageMark, PointCloudMark)
LEAST_BANDWIDTH = 0.75  # of a cell: below, the cells come apart into a grid of dots that nobody has painted
FAINT = 1e-6  # weights all below this are an empty canvas; a full stroke of strength 1 weighs 1
SPACING, MILESTONES = 16, 32  # strokes from one milestone to the next, and how many of them are kept


@dataclass(frozen=True, kw_only=True)
class AnyMark(Variant):
    """A mark; one that does not say its kind is a stroke."""

    kinds: tuple[type[Mark], ...] = MARKS

    def parse(self, value: Any) -> Kind | None:
        """The mark. Raises BadValue."""
        if isinstance(value, Mapping) and "kind" not in value:
            value = {"kind": Stroke.kind} | dict(value)
        return super().parse(value)


@dataclass(frozen=True)
class Painted(Target):
    """p(x) = Σᵢⱼ wᵢⱼ N(x; cᵢⱼ, h² I): a weight for each cell of a lattice, from a preset and the strokes over it."""

    kind = "painted"
    title = "Painted"
    about = "What you paint, write or import: marks on an empty canvas or over a preset."

    base: GaussianTarget | None = knob(
        None, Variant(kinds=BASES, optional=True, label="Painted over", shown=False, help="The preset under the paint.")
    )
    strokes: tuple[Mark, ...] = knob(
        (),
        ListOf(of=AnyMark(), label="Strokes", shown=False,
             help="Strokes, blobs, texts, pictures and points, the first one first; without a kind it is a stroke."),
    )  # fmt: skip
    window: tuple[float, float] = knob(
        (-8.0, 8.0),
        Numbers(low=-1e4, high=1e4, least=2, most=2, label="Canvas", shown=False,
                help="The square that can be painted: its low and its high end along both axes."),
    )  # fmt: skip
    resolution: int = knob(
        128,
        Integer(
            low=16,
            high=512,
            log=True,
            label="Resolution",
            help="Cells along each side of the canvas. Few: fine strokes come out in steps. Many: every stroke takes "
            "longer to follow.",
        ),
    )
    bandwidth: float = knob(
        0.15,
        Real(low=0.02, high=5, log=True, label="Bandwidth", symbol="h",
               help="Standard deviation of the Gaussian that stands for a cell; never less than ¾ of a cell. Small: "
                    "sharp edges with steep scores. Large: strokes blur into each other."),
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.window[1] - self.window[0] < 0.01:
            raise ValidationError("must be a low end and a high end at least 0.01 above it", ("window",))

    def smoothing(self) -> float:
        """The bandwidth h in use."""
        return max(self.bandwidth, LEAST_BANDWIDTH * (self.window[1] - self.window[0]) / self.resolution)

    def weights(self) -> Array:
        """The weight of each cell, shape (rows y, columns x), read-only: base (its peak is 1) and all strokes.

        Cheap while a stroke or the list of strokes grows; may be called from any thread.
        """
        return _PAINTINGS.painting(self).weights

    def within_reach(self) -> Painted:
        """This painting, or its first strokes: as many as are drawn by the time that SPACING strokes take."""
        return _PAINTINGS.within_reach(self)

    def build(self, device: torch.device | str = "cpu", dtype: torch.dtype | None = None) -> LatticeMixture:
        """The density on its lattice. Raises EmptyTarget if nothing is painted."""
        from ncsn_viz.core.targets.lattice.lattice_mixture import LatticeMixture

        weights = self.weights()
        if weights.max() < FAINT:
            raise EmptyTarget("The canvas is empty: paint something, or start from a preset.")
        return LatticeMixture(weights, self.window, self.smoothing(), device, dtype)

    def bare(self) -> Array:
        """The weights before any stroke: shape (rows y, columns x)."""
        if self.base is None:
            return np.zeros((self.resolution, self.resolution))
        return self.base.picture(self.window, self.resolution)

    def picture(self, window: tuple[float, float], n: int) -> Array:
        """The weights of the cells in which the centres of n × n cells of `window` lie, the largest 1."""
        low, high = self.window
        place = np.floor((centres(window, n) - low) / (high - low) * self.resolution).astype(int)
        inside = (place >= 0) & (place < self.resolution)
        place = place.clip(0, self.resolution - 1)
        weights = self.weights()
        if n != self.resolution or window != self.window:
            weights = weights[np.ix_(place, place)] * np.outer(inside, inside)
        peak = weights.max()
        return weights / peak if peak >= FAINT else np.zeros_like(weights)


def with_mark(target: Target, mark: Mark, window: tuple[float, float]) -> Painted:
    """`target` with one more mark over it; a mixture becomes the base of a painting of `window`.

    Raises BadValue for a target that cannot be painted over.
    """
    if isinstance(target, Painted):
        return replace(target, strokes=(*target.strokes, mark))
    if not isinstance(target, GaussianTarget):
        raise ValidationError(f"{target.title} cannot be painted over: clear the canvas first.")
    return Painted(base=target, strokes=(mark,), window=window)


def with_last_mark(target: Target, mark: Mark) -> Target:
    """`target` with `mark` in the place of its last one."""
    return replace(target, strokes=(*target.strokes[:-1], mark)) if isinstance(target, Painted) else target


class _Paintings:
    """Cache of rasterised paintings: the next one is drawn on from the nearest that it continues.

    It keeps the `most` that were used last, and `MILESTONES` of every `SPACING` strokes, so that undoing many strokes
    of a long painting costs at most SPACING of them each time. Its paintings are never drawn on, only their copies.
    """

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._kept: OrderedDict[int, tuple[Painted, Painting]] = OrderedDict()  # the last used stands last
        self._milestones: OrderedDict[int, tuple[Painted, Painting]] = OrderedDict()  # by minus the number of strokes
        self._made = 0

    def painting(self, target: Painted) -> Painting:
        """The painting of `target`; nobody may draw on it. Others get their turn between two milestones."""
        while (earlier := self.within_reach(target)) is not target:
            self.painting(earlier)
        with self._lock:
            return self._drawn(target)

    def within_reach(self, target: Painted) -> Painted:
        """`target`, or the next milestone on the way to it."""
        with self._lock:
            count, _, _ = max(((*depth, key) for key, depth in self._depths(target)), default=(0, 0, 0))
        milestone = (count // SPACING + 1) * SPACING
        return target if milestone >= len(target.strokes) else replace(target, strokes=target.strokes[:milestone])

    def _drawn(self, target: Painted) -> Painting:
        strokes = target.strokes
        usable = sorted((*depth, key) for key, depth in self._depths(target))
        count, _, key = usable[-1] if usable else (0, 0, 0)
        if not usable:
            return self._keep(target, _paint(Painting(target.bare(), target.window), strokes))
        earlier, painting = self._kept.get(key) or self._milestones[key]
        if key in self._kept:
            self._kept.move_to_end(key)  # marks that are dragged about must not drive out what they lie on
        if earlier.strokes == strokes:
            return painting
        for other, _, shorter in usable[:-1]:  # of a stroke that grows only the last two are asked for again
            if other == len(strokes):
                self._kept.pop(shorter, None)
        painting = painting.copy()
        if count and isinstance(last := strokes[count - 1], Stroke) and earlier.strokes[-1] != last:
            painting.extend(last)
        return self._keep(target, _paint(painting, strokes[count:]))

    def _depths(self, target: Painted) -> Iterator[tuple[int, tuple[int, int]]]:
        """Each painting here that `target` continues: how many strokes of it, how many points of the last one."""
        for key, (earlier, _) in chain(self._milestones.items(), self._kept.items()):
            strokes, lattice = earlier.strokes, (earlier.base, earlier.window, earlier.resolution)
            if lattice != (target.base, target.window, target.resolution) or len(strokes) > len(target.strokes):
                continue
            if not strokes:
                yield key, (0, 0)
            elif strokes[:-1] == target.strokes[: len(strokes) - 1] and _last_grew(strokes, target.strokes):
                last = strokes[-1]
                yield key, (len(strokes), len(last.points) if isinstance(last, Stroke) else 0)

    def _keep(self, target: Painted, painting: Painting) -> Painting:
        self._made += 1
        self._kept[self._made] = (target, painting)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        count = len(target.strokes)
        if count and count % SPACING == 0:
            self._milestones[-count] = (target, painting)
            self._milestones.move_to_end(-count)
            if len(self._milestones) > MILESTONES:
                self._milestones.popitem(last=False)
        return painting


def _last_grew(strokes: tuple[Mark, ...], longer: tuple[Mark, ...]) -> bool:
    last, now = strokes[-1], longer[len(strokes) - 1]
    return now.continues(last) if isinstance(now, Stroke) else now == last


def _paint(painting: Painting, marks: tuple[Mark, ...]) -> Painting:
    for mark in marks:
        painting.draw(mark)
    return painting


_PAINTINGS = _Paintings(most=12)
