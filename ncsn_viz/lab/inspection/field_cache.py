"""The field of a lane as it was evaluated last, at the noise level of its particles and at the one that comes next."""

from __future__ import annotations

from typing import NamedTuple

from ncsn_viz.core.fields import GridField
from ncsn_viz.lab.snapshot import FieldGrid

REFRESH_NEXT_EVERY = 4  # refreshes: the others are of the present level


class EvaluatedField(NamedTuple):
    """A field on a grid at one noise level: as views draw it, and as particles and streamlines interpolate it."""

    drawn: FieldGrid
    grid: GridField

    @property
    def sigma(self) -> float:
        """The noise level at which it was evaluated."""
        return self.grid.sigma


class FieldCache:
    """Two evaluations: `present` is what is drawn, `next` is ready for the level that the particles reach next.

    Noise levels are those at which the field really answers, so that equal levels are equal numbers.
    """

    def __init__(self) -> None:
        self.present: EvaluatedField | None = None
        self.next: EvaluatedField | None = None
        self._refreshes = 0  # so far, where both are there

    def advance(self, sigma: float) -> None:
        """The particles are at `sigma`: what was evaluated for it ahead becomes the present."""
        if self.next is not None and self.next.sigma == sigma and not self.is_current(sigma):
            self.present, self.next = self.next, None

    def is_current(self, sigma: float) -> bool:
        """Whether the present evaluation is of `sigma`."""
        return self.present is not None and self.present.sigma == sigma

    def is_complete(self, sigma: float, next_sigma: float) -> bool:
        """Whether both levels are there."""
        ahead = next_sigma == sigma or (self.next is not None and self.next.sigma == next_sigma)
        return ahead and self.is_current(sigma)

    def wanted(self, sigma: float, next_sigma: float) -> float:
        """The level to be evaluated next: what is missing, the present first; else the present, which is drawn, and now
        and then the next one, so that its weights are not too old on arrival.
        """
        if not self.is_current(sigma):
            return sigma
        if not self.is_complete(sigma, next_sigma):
            return next_sigma
        self._refreshes += 1
        return sigma if self._refreshes % REFRESH_NEXT_EVERY else next_sigma

    def store(self, found: EvaluatedField, sigma: float, next_sigma: float) -> None:
        """Keep an evaluation; the particles are at `sigma` by now, and `next_sigma` comes next.

        One of neither level is drawn where nothing better is there: particles have passed its level meanwhile.
        """
        if found.sigma == sigma:
            self.present = found
        elif found.sigma == next_sigma:
            self.next = found
        elif not self.is_current(sigma):
            self.present = found

    def invalidate(self) -> None:
        """Forget both, as when another field or another region is drawn."""
        self.present = self.next = None
