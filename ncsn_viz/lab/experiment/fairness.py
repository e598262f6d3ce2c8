"""Which random streams lanes share, so that differences on screen are due to their settings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar

from ncsn_viz.core.knobs import Settings, Switch, knob

WEIGHTS, DATA, TRAINING, START, MOTION = "weights", "data", "training", "start", "motion"


@dataclass(frozen=True)
class Fairness(Settings):
    """Four switches. Where one is off, every lane draws from its own stream, which is the same in every run."""

    same_data: bool = knob(
        True,
        Switch(hot=False, label="Same data",
               help="Every lane trains on the same points of the target at each step, a smaller batch on the first of "
                    "them. Off: each draws its own, and part of what differs is luck. Training starts again."),
    )  # fmt: skip
    same_weights: bool = knob(
        True,
        Switch(hot=False, label="Same weights",
               help="Networks that are alike start from the same weights. Off: each starts from its own. Training "
                    "starts again."),
    )  # fmt: skip
    same_start: bool = knob(
        True,
        Switch(hot=False, label="Same release",
               help="The particles of every lane are released from the same places. Off: each lane draws its own. "
                    "They are released again."),
    )  # fmt: skip
    same_noise: bool = knob(
        True,
        Switch(hot=False, label="Same noise",
               help="Losses and samplers begin with the same random numbers in every lane: those of one kind, with as "
                    "many points and particles, draw the same noise; others draw differently. Off: each lane has its "
                    "own. Training starts again."),
    )  # fmt: skip

    SWITCHES: ClassVar[dict[str, str]] = {
        WEIGHTS: "same_weights", DATA: "same_data", TRAINING: "same_noise", START: "same_start", MOTION: "same_noise",
    }  # fmt: skip

    def shares(self, use: str) -> bool:
        """Whether all lanes share the random stream for `use`."""
        return bool(getattr(self, self.SWITCHES[use]))

    def seed(self, use: str, seed: int, slot: int) -> int:
        """The seed of the stream for `use` of the lane in `slot`, derived from the experiment's `seed`.

        Streams of different use, experiment or (unless shared) lane are independent. A hash, because torch's generator
        on a CPU uses only the lowest 32 bits of a seed.
        """
        if use == WEIGHTS and self.same_weights:
            return seed  # unchanged, so that the network can be built again by hand
        owner = "all" if self.shares(use) else str(slot)
        return int.from_bytes(hashlib.sha256(f"{seed} {use} {owner}".encode()).digest()[:4], "big")
