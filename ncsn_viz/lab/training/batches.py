"""The batches on which lanes train: one random stream for all lanes or one each, and one for every replica."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from ncsn_viz.core.fields import Density
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.checkpoint import Checkpoint, Entries, generator_state, restore_generator
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.lab.experiment.fairness import DATA

ALL = -1  # in place of a lane's slot, where all lanes share their data
FIRST, GROWTH = 128, 4  # points of the first block of a batch; each edge between blocks is so many times the one before
STRIDE = 0x9E3779B1  # between the seeds of the blocks
Stream = tuple[int, int, int]  # a lane's slot or ALL, the number of the replica, and that of the block


class Batches:
    """Random streams of points of the target. Replica k draws what replica 0 draws with the experiment's seed + k.

    A batch is put together from blocks, each with a stream of its own: what a lane draws does not depend on whether
    another one draws more.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.spec = Spec()
        self._generators: dict[Stream, torch.Generator] = {}
        self._drawn: dict[Stream, torch.Tensor] = {}

    def update_settings(self, spec: Spec, restart: bool) -> None:
        """Draw batches for `spec`. `restart` begins all streams again; those of replicas that are gone are dropped."""
        self.spec = spec
        kept = {} if restart else self._generators
        self._generators = {key: kept[key] for key in kept if key[1] < spec.repeats}
        if restart:
            self._drawn = {}

    def forget(self, slot: int) -> None:
        """Begin the streams of the lane in `slot` again, if it has its own."""
        self._generators = {key: value for key, value in self._generators.items() if key[0] != slot}

    def state_dict(self) -> Checkpoint:
        """The states of all streams, between two training steps."""
        return {" ".join(map(str, key)): generator_state(value) for key, value in self._generators.items()}

    def load_state_dict(self, entries: Entries, slots: Collection[int] | None = None) -> None:
        """Continue these streams: all of them, or those of the lanes in `slots`. Raises ValidationError."""
        kept = {} if slots is None else self._generators
        self._generators = {key: kept[key] for key in kept if key[0] not in (slots or ())}
        for name in entries.names:
            key = _stream(name)
            if key is None:
                raise entries.error(name[:60], "is not the name of a stream of data")
            if slots is None or key[0] in slots:
                restore_generator(self._generator(key), entries, name)

    def next(self) -> None:
        """Go on to the next training step."""
        self._drawn = {}

    def of(self, lane: LaneSpec, replica: int, truth: Density) -> torch.Tensor:
        """The batch (n, 2) of this step for a replica of a lane. A small batch is the beginning of a larger one."""
        owner, size = ALL if self.spec.fairness.same_data else lane.slot, lane.optimizer.batch_size
        blocks = [self._block((owner, replica, number), count, truth) for number, count in enumerate(block_sizes(size))]
        return (blocks[0] if len(blocks) == 1 else torch.cat(blocks))[:size]

    def _block(self, key: Stream, count: int, truth: Density) -> torch.Tensor:
        if key not in self._drawn:
            self._drawn[key] = truth.sample(count, self._generator(key))
        return self._drawn[key]

    @property
    def generators(self) -> list[torch.Generator]:
        """The generators of all streams drawn from so far."""
        return list(self._generators.values())

    def _generator(self, key: Stream) -> torch.Generator:
        if key not in self._generators:
            slot, replica, number = key
            seed = self.spec.fairness.seed(DATA, self.spec.seed + replica, slot)
            self._generators[key] = torch.Generator(self.device).manual_seed((seed + STRIDE * number) % 2**32)
        return self._generators[key]


def _stream(name: str) -> Stream | None:
    """The stream of that name in a checkpoint: three small integers; else None."""
    numbers = name.split(" ")
    if len(numbers) != 3 or any(len(each) > 9 or not each.removeprefix("-").isdecimal() for each in numbers):
        return None
    slot, replica, block = map(int, numbers)
    return (slot, replica, block) if min(slot - ALL, replica, block) >= 0 else None


def block_sizes(size: int) -> list[int]:
    """The sizes of the blocks that hold a batch of `size` points; they do not depend on it, only their number does."""
    edges = [0, FIRST]
    while edges[-1] < size:
        edges.append(edges[-1] * GROWTH)
    return [high - low for low, high in pairwise(edges)]
