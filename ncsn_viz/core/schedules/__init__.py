"""Noise schedules: the levels σ₁ ≥ … ≥ σ_L at which scores are learned and followed. The list is in menu order."""

from __future__ import annotations

from functools import lru_cache

from ncsn_viz.core.knobs import Choice
from ncsn_viz.core.schedules.base import Schedule
from ncsn_viz.core.schedules.geometric import Geometric

SCHEDULES: tuple[type[Schedule], ...] = (Geometric,)

SCHEDULE = Choice(
    options=tuple(cls.kind for cls in SCHEDULES),
    titles=tuple(cls.title for cls in SCHEDULES),
    label="Schedule",
    help="How the noise levels are spread between the largest and the smallest one.",
)


@lru_cache(maxsize=64)
def schedule(kind: str, sigma_max: float, sigma_min: float) -> Schedule:
    """The schedule of that kind between two noise levels. Raises ValidationError."""
    return next(cls for cls in SCHEDULES if cls.kind == kind)(sigma_max, sigma_min)


__all__ = ["SCHEDULE", "SCHEDULES", "Geometric", "Schedule", "schedule"]
