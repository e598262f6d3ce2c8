"""What is drawn of a density, against log p."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.targets import (
    Checkerboard,
    EightGaussians,
    GaussianTarget,
    Moons,
    Pinwheel,
    Rings,
    Smiley,
    Spiral,
    TwoModes,
)
from ncsn_viz.lab.checks.base import Discrepancy, Values
from ncsn_viz.lab.checks.reference import TARGET

WINDOW, CELLS = (-8.0, 8.0), 64
TARGETS: tuple[GaussianTarget, ...] = (
    TARGET, Moons(), EightGaussians(), Rings(), Spiral(), Pinwheel(), Checkerboard(), TwoModes(), Smiley(),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TargetImage(Discrepancy):
    """The picture of each target, the density over its maximum, against exp(log p)."""

    def measure(self, generator: torch.Generator) -> Values:
        """The largest difference over the cells."""
        low, high = WINDOW
        axis = low + (np.arange(CELLS) + 0.5) * (high - low) / CELLS
        x = torch.as_tensor(np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2))
        found = {}
        for target in TARGETS:
            density = target.build(dtype=torch.float64).log_density(x, 0.0).exp().reshape(CELLS, CELLS).numpy()
            image = target.image(WINDOW, CELLS)
            found[target.kind] = float(np.abs(image - density / density.max()).max())
        return found


IMAGE = TargetImage(
    name="target_image",
    what="The picture of a target is its density over its maximum, for every preset.",
    source="exp(log p) at the centres of the cells",
    seeds=1,
    tolerance=1e-10,
    because="rounding in float64",
)
