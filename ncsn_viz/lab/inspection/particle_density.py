"""The density of the particles, which is drawn as the density of a network that has only a score."""

from __future__ import annotations

import math
from dataclasses import replace

from ncsn_viz.core.analysis import calculus, cross_validated_bandwidth, kernel_density
from ncsn_viz.core.numerics import rasterize, torch
from ncsn_viz.lab.map_layers import GAMMA
from ncsn_viz.lab.snapshot import FieldGrid

MOST = 20_000  # particles that count: of more, as many of them, evenly
EVERY = 5  # frames between two refreshes …
WITH_FIELD = 3  # … or so many where the field is another one: it is drawn anew anyway
BANDWIDTH_EVERY = 4  # refreshes between two cross-validations
FOLLOW = 0.6  # how far in its logarithm the bandwidth goes towards a new one, so that it does not flicker …
JUMP = 1.5  # … unless the new one is wider or narrower by this factor


class ParticleDensity:
    """The field of a lane with the density of its particles, refreshed every few frames while they move."""

    def __init__(self) -> None:
        self._bandwidth: float | None = None
        self._refreshes = self._age = 0
        self._of: tuple[FieldGrid | None, torch.Tensor | None] = (None, None)  # the field and the particles of …
        self._drawn: FieldGrid | None = None  # … this one

    def drawn(self, field: FieldGrid, x: torch.Tensor) -> FieldGrid:
        """`field` with the density of the particles `x` (n, 2), its peak 1; the same object until something is new.

        A field that was evaluated again takes over a density that is not old.
        """
        self._age += 1
        before, of = self._of
        if self._drawn is None or before is None or not _on_one_grid(field, before):
            return self._refreshed(field, x)
        if field is before:
            return self._refreshed(field, x) if self._age >= EVERY and of is not x else self._drawn
        if self._age >= WITH_FIELD and of is not x:
            return self._refreshed(field, x)
        self._of = (field, of)
        self._drawn = replace(field, density=self._drawn.density, bandwidth=self._drawn.bandwidth)
        return self._drawn

    def _refreshed(self, field: FieldGrid, x: torch.Tensor) -> FieldGrid:
        self._of, self._age = (field, x), 0
        self._drawn = self._with_density(field, x)
        return self._drawn

    def _with_density(self, field: FieldGrid, x: torch.Tensor) -> FieldGrid:
        some = x[:: max(1, math.ceil(len(x) / MOST))]
        rows, columns = field.score.shape[:2]
        spacing = max(calculus.spacings(rows, columns, field.region))
        bandwidth = max(self._next_bandwidth(some) or spacing, spacing)  # narrower ones would fall between the nodes
        density = kernel_density(some, field.region, rows, columns, bandwidth)
        shade = (density / density.max().clamp(min=torch.finfo(density.dtype).tiny)) ** GAMMA
        return replace(field, density=rasterize.to_bytes(shade), bandwidth=bandwidth)

    def _next_bandwidth(self, x: torch.Tensor) -> float | None:
        """The cross-validated bandwidth, small changes of it gradually; None while no two particles are finite."""
        self._refreshes += 1
        old = self._bandwidth
        if old is None or self._refreshes % BANDWIDTH_EVERY == 0:
            found = cross_validated_bandwidth(x)
            near = old is not None and found is not None and 1 / JUMP < found / old < JUMP
            self._bandwidth = old * (found / old) ** FOLLOW if near and old and found else found
        return self._bandwidth


def _on_one_grid(one: FieldGrid, other: FieldGrid) -> bool:
    return one.region == other.region and one.score.shape == other.score.shape
