"""Schedules: paths from data to noise, and the levels σ₁ ≥ … ≥ σ_L on them; readings of what a network may predict.

The list is in menu order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ncsn_viz.core.knobs import Choice, Kind
from ncsn_viz.core.schedules.base import Schedule
from ncsn_viz.core.schedules.geometric import Geometric
from ncsn_viz.core.schedules.linear import LinearPath
from ncsn_viz.core.schedules.power_law import EvenSigma, Karras
from ncsn_viz.core.schedules.readings import READINGS, SIGMA_DATA, Reading
from ncsn_viz.core.schedules.vp_cosine import VPCosine
from ncsn_viz.core.schedules.vp_linear import VPLinear

SCHEDULES: tuple[type[Schedule], ...] = (Geometric, Karras, EvenSigma, VPLinear, VPCosine, LinearPath)

SCHEDULE = Choice(
    options=tuple(cls.kind for cls in SCHEDULES), titles=tuple(cls.title for cls in SCHEDULES), label="Schedule",
    help="Where the noise levels lie between the largest and the smallest one: at equal steps of the time t of a path "
         "x_t = α x + σ z, whose noise level is σ/α. Without VP or linear: noise alone, α = 1.",
)  # fmt: skip


@dataclass(frozen=True)
class Scheduled(Kind):
    """Settings whose noise levels are those of a schedule. Raises ValidationError for a smallest above the largest."""

    if TYPE_CHECKING:  # every kind defines these knobs itself, in its own order

        @property
        def sigma_max(self) -> float: ...
        @property
        def sigma_min(self) -> float: ...
        @property
        def schedule(self) -> str: ...

    def __post_init__(self) -> None:
        super().__post_init__()
        self.noise_schedule.sigmas(1)

    @cached_property
    def noise_schedule(self) -> Schedule:
        """The schedule between both noise levels."""
        return next(cls for cls in SCHEDULES if cls.kind == self.schedule)(self.sigma_max, self.sigma_min)


__all__ = [
    "READINGS", "SCHEDULE", "SCHEDULES", "SIGMA_DATA", "EvenSigma", "Geometric", "Karras", "LinearPath", "Reading",
    "Schedule", "Scheduled", "VPCosine", "VPLinear",
]  # fmt: skip
