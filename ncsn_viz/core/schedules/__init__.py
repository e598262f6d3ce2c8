"""Noise schedules: the levels σ₁ ≥ … ≥ σ_L at which scores are learned and followed. The list is in menu order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ncsn_viz.core.knobs import Choice, Kind
from ncsn_viz.core.schedules.base import Schedule
from ncsn_viz.core.schedules.geometric import Geometric

SCHEDULES: tuple[type[Schedule], ...] = (Geometric,)

SCHEDULE = Choice(
    options=tuple(cls.kind for cls in SCHEDULES), titles=tuple(cls.title for cls in SCHEDULES), label="Schedule",
    help="How the noise levels are spread between the largest and the smallest one.",
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


__all__ = ["SCHEDULE", "SCHEDULES", "Geometric", "Schedule", "Scheduled"]
