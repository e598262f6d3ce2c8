"""What every target is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ncsn_viz.core.knobs import Kind

if TYPE_CHECKING:
    import torch

    from ncsn_viz.core.field import Density


@dataclass(frozen=True)
class Target(Kind):
    """The settings of a density p on the plane; `build` makes it computable on a device."""

    def build(self, device: torch.device | str = "cpu", dtype: torch.dtype | None = None) -> Density:
        """The density, ready to be sampled and evaluated. Raises EmptyTarget if there is no mass."""
        raise NotImplementedError


class EmptyTarget(ValueError):
    """A target without any mass: an empty canvas."""
