"""The learners of lanes that were removed or started again: undo brings them back while there is memory for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ncsn_viz.lab.checkpoint.entries import Checkpoint
from ncsn_viz.lab.checkpoint.tree import num_bytes
from ncsn_viz.lab.experiment import LaneSpec, Spec

MOST_BYTES = 512 * 2**20  # of the tensors of all learners together
Key = tuple[int, int]  # a lane's slot and the number of its learner


@dataclass(frozen=True)
class Learner:
    """What the lane in `slot` of `spec` had learned: its checkpoint, and that of what all lanes share."""

    spec: Spec
    slot: int
    lane: Checkpoint
    shared: Checkpoint

    @property
    def key(self) -> Key:
        """By which it is found again."""
        return key_of(self.lane_spec)

    @property
    def lane_spec(self) -> LaneSpec:
        """The settings of the lane."""
        index = self.spec.lane_index(self.slot)
        assert index is not None
        return self.spec.lanes[index]

    @cached_property
    def num_bytes(self) -> int:
        """The memory that it takes."""
        return num_bytes(self.lane) + num_bytes(self.shared)


def key_of(lane: LaneSpec) -> Key:
    """The slot of a lane and the number of its learner."""
    return lane.slot, lane.learner


class LearnerMemory:
    """Learners by their keys, at most `most_bytes` of them: the oldest go first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.keys: frozenset[Key] = frozenset()  # of all learners
        self._learners: dict[Key, Learner] = {}

    @property
    def num_bytes(self) -> int:
        """The memory that all of them take."""
        return sum(learner.num_bytes for learner in self._learners.values())

    def keep(self, learners: Iterable[Learner]) -> None:
        """Keep learners; for want of memory the oldest are forgotten, or those that are too large by themselves."""
        for learner in learners:
            self._learners.pop(learner.key, None)
            self._learners[learner.key] = learner
        while self.num_bytes > self.most_bytes:
            self._learners.pop(next(iter(self._learners)))
        self.keys = frozenset(self._learners)

    def take(self, lane: LaneSpec) -> Learner | None:
        """The learner of a lane, which is then gone, or None."""
        found = self._learners.pop(key_of(lane), None)
        self.keys = frozenset(self._learners)
        return found
