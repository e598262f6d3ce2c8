"""What lies on the canvas: the engine's picture of the target, and over it what was painted since."""

from __future__ import annotations

from typing import Any

import numpy as np

from ncsn_viz.core.targets.marks import Mark
from ncsn_viz.core.targets.painted import FAINT
from ncsn_viz.core.targets.strokes import Painting, Stroke

Array = np.ndarray[Any, np.dtype[Any]]
Window = tuple[float, float]


class Sheet:
    """Weights (n, n), row 0 at the bottom. `peak` is the weight, in marks of strength 1, that is the brightest."""

    def __init__(self) -> None:
        self.peak = 1.0
        self.known = False  # whether any weights have been told
        self._weights: Array = np.zeros((128, 128))  # with maximum 1, as they were told last
        self._painting: Painting | None = None  # the picture with marks that the engine has not answered yet
        self._before: tuple[Painting | None, float] = (None, 1.0)  # the picture and the peak without the last mark

    @property
    def waits(self) -> bool:
        """Whether something on it has not been answered by the engine."""
        return self._painting is not None

    @property
    def shown(self) -> Array:
        """The weights that are to be seen, with maximum 1 unless empty."""
        if self._painting is None:
            return self._weights
        weights = self._painting.weights
        peak = float(weights.max())
        return weights / peak if peak >= FAINT else np.zeros_like(weights)

    @property
    def ground(self) -> Array:
        """The weights that were told last, in marks of strength 1."""
        return np.asarray(self._weights, dtype=np.float64) * self.peak

    def tell(self, weights: Array) -> bool:
        """Take the engine's weights, of maximum 1; whether they are others than before."""
        fresh = weights is not self._weights or not self.known
        self._weights, self.known = weights, True
        return fresh

    def replace(self, weights: Array, window: Window) -> None:
        """Show these weights, of any maximum, until the engine has answered."""
        self._painting = Painting(np.asarray(weights, dtype=np.float64), window)
        self.keep()

    def put(self, mark: Mark, ground: Array | None, window: Window) -> None:
        """Draw a mark over `ground`, or where that is None over what is painted already."""
        self._before = (self._painting.copy() if self._painting else None, self.peak)
        if ground is not None:
            self._painting = Painting(np.asarray(ground), window)
        self._of_marks.draw(mark)

    def change(self, mark: Mark, longer: bool) -> None:
        """Draw the last mark as it is now; one that is only `longer` costs no more than what has come to it."""
        if longer and isinstance(mark, Stroke):
            self._of_marks.extend(mark)
        else:
            self._of_marks.redraw(mark)

    def keep(self) -> None:
        """Measure brightness by what is painted now."""
        self.peak = float(self._of_marks.weights.max()) or 1.0

    def take_back(self, window: Window) -> None:
        """Show what there was before the last mark; what the engine tells next may still have that in it."""
        self._painting, self.peak = self._before
        if self._painting is None:
            self._painting = Painting(self.ground, window)

    def settle(self) -> None:
        """Show what the engine told last."""
        self._painting = None

    @property
    def _of_marks(self) -> Painting:
        assert self._painting is not None
        return self._painting
