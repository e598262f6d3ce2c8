"""The true score at a point, taken apart into the pulls of the data around it."""

from __future__ import annotations

import hashlib
import struct

from ncsn_viz.core.fields import Density
from ncsn_viz.core.numerics import Tensor, torch
from ncsn_viz.lab.snapshot import Pull, ScorePulls

SQUARES = 5  # along both sides of the box of the data that pull: in each the data pull as one
COUNTS = 1e-4  # posterior weight of a component, by that of the heaviest one, that the box contains


def take_apart(truth: Density, x: Tensor, sigma: float) -> ScorePulls:
    """The pulls at the point `x` (2,): Σₖ wₖ (mₖ − x)/σ² with the posterior weights wₖ of the data (MATH.md).

    Components in one square are one pull, the sum of theirs, so that the sum of all pulls stays the exact score.
    """
    weights, means, pulls = truth.pulls(x, sigma)
    squares = _squares(means, weights > COUNTS * weights.max())
    found = []
    for square in squares.unique(sorted=True):  # type: ignore[no-untyped-call]
        inside = squares == square
        weight = weights[inside].sum()
        if weight > 0:
            place = (weights[inside, None] * means[inside]).sum(0) / weight
            pull = (weights[inside, None] * pulls[inside]).sum(0)
            found.append(Pull(_pair(place), float(weight), _pair(pull)))
    found.sort(key=lambda pull: -pull.weight)
    return ScorePulls(tuple(found), _clean(truth, x, sigma))


def _squares(means: Tensor, counts: Tensor) -> Tensor:
    """The number (k,) of the square of every component; those outside of the box belong to its nearest square."""
    low, high = means[counts].amin(0), means[counts].amax(0)
    side = ((high - low).max() / SQUARES).clamp(min=1e-6)
    cells = ((means - low) / side).floor().clamp(0, SQUARES - 1).long()
    return cells[:, 0] * SQUARES + cells[:, 1]


def _clean(truth: Density, x: Tensor, sigma: float) -> tuple[float, float] | None:
    """A data point that may have become `x` by noise; the same one whenever the cursor is there."""
    if sigma <= 0:
        return None
    name = hashlib.sha256(struct.pack("<3d", *x.tolist(), sigma)).digest()
    generator = torch.Generator(x.device).manual_seed(int.from_bytes(name[:6], "little"))
    return _pair(truth.sample_clean(x, sigma, generator))


def _pair(values: Tensor) -> tuple[float, float]:
    first, second = values.tolist()
    return first, second
