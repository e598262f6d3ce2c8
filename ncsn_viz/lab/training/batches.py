"""The batches on which lanes train: one random stream for all lanes or one each, and one for every replica."""

from __future__ import annotations

from ncsn_viz.core.fields import Density
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.lab.experiment.fairness import DATA

ALL = -1  # in place of a lane's slot, where all lanes share their data
Stream = tuple[int, int]  # a lane's slot or ALL, and the number of the replica


class Batches:
    """Random streams of points of the target. Replica k draws what replica 0 draws with the experiment's seed + k."""

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

    def next(self) -> None:
        """Go on to the next training step."""
        self._drawn = {}

    def of(self, lane: LaneSpec, replica: int, truth: Density) -> torch.Tensor:
        """The batch (n, 2) of this step for a replica of a lane. A small batch is the beginning of a larger one."""
        shared = self.spec.fairness.same_data
        key = (ALL if shared else lane.slot, replica)
        size = max(each.optimizer.batch_size for each in self.spec.lanes) if shared else lane.optimizer.batch_size
        if key not in self._drawn or len(self._drawn[key]) < lane.optimizer.batch_size:
            self._drawn[key] = truth.sample(size, self._generator(key))
        return self._drawn[key][: lane.optimizer.batch_size]

    @property
    def generators(self) -> list[torch.Generator]:
        """The generators of all streams drawn from so far."""
        return list(self._generators.values())

    def _generator(self, key: Stream) -> torch.Generator:
        if key not in self._generators:
            slot, replica = key
            seed = self.spec.fairness.seed(DATA, self.spec.seed + replica, slot)
            self._generators[key] = torch.Generator(self.device).manual_seed(seed)
        return self._generators[key]
