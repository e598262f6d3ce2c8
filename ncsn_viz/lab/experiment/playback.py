"""Playback: what runs continuously and what is paused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from ncsn_viz.core.knobs import Settings, Switch, Text, knob


@dataclass(frozen=True)
class Playback(Settings):
    """Play and pause of training and of particles, and slow motion. Single steps are commands."""

    renamed: ClassVar[Mapping[str, str]] = {"slow": "slow_motion"}

    training: bool = knob(True, Switch(help="Whether training goes on."))
    sampling: bool = knob(True, Switch(help="Whether the particles move."))
    slow_motion: str = knob(
        "", Text(help="The lane that is watched in slow motion, while all else stands still; or none.")
    )

    def for_lanes(self, names: tuple[str, ...]) -> Playback:
        """The playback among lanes of these `names`: slow motion ends when its lane is removed."""
        return self if not self.slow_motion or self.slow_motion in names else replace(self, slow_motion="")
