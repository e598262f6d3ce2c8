"""The data that lanes train on: one stream for all of them, or one each; and one for every repeat."""

from __future__ import annotations

from ncsn_viz.core.fields import Density
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.lab.experiment.fairness import DATA

ALL = -1  # in the place of a lane's mark, where all lanes have their data in common
Stream = tuple[int, int]  # a lane's mark or ALL, and the number of the repeat


class Batches:
    """Streams of points of the target. Repeat k draws what repeat 0 would draw with the experiment's seed + k."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.spec = Spec()
        self._generators: dict[Stream, torch.Generator] = {}
        self._drawn: dict[Stream, torch.Tensor] = {}

    def update_settings(self, spec: Spec, anew: bool) -> None:
        """Serve `spec`, with all streams `anew` or going on; repeats that are not wanted any more are forgotten."""
        self.spec = spec
        kept = {} if anew else self._generators
        self._generators = {key: kept[key] for key in kept if key[1] < spec.repeats}
        if anew:
            self._drawn = {}

    def forget(self, mark: int) -> None:
        """Begin the lane's own streams anew, if it has any."""
        self._generators = {key: value for key, value in self._generators.items() if key[0] != mark}

    def next(self) -> None:
        """Go on to the next training step."""
        self._drawn = {}

    def of(self, lane: LaneSpec, copy: int, truth: Density) -> torch.Tensor:
        """The points (n, 2) of this step for a lane's repeat. A small batch is the beginning of a larger one."""
        shared = self.spec.fairness.same_data
        key = (ALL if shared else lane.slot, copy)
        size = max(each.optimizer.batch_size for each in self.spec.lanes) if shared else lane.optimizer.batch_size
        if key not in self._drawn or len(self._drawn[key]) < lane.optimizer.batch_size:
            self._drawn[key] = truth.sample(size, self._generator(key))
        return self._drawn[key][: lane.optimizer.batch_size]

    @property
    def generators(self) -> list[torch.Generator]:
        """Those that have been drawn from."""
        return list(self._generators.values())

    def _generator(self, key: Stream) -> torch.Generator:
        if key not in self._generators:
            mark, copy = key
            seed = self.spec.fairness.seed(DATA, self.spec.seed + copy, mark)
            self._generators[key] = torch.Generator(self.device).manual_seed(seed)
        return self._generators[key]
