"""The training steps of all lanes together, a piece at a time; where the device records them, whole."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from time import perf_counter

from ncsn_viz.core.field import Density
from ncsn_viz.core.lazy import torch
from ncsn_viz.lab import capture
from ncsn_viz.lab.batches import Batches
from ncsn_viz.lab.capture import Baked, Captured
from ncsn_viz.lab.lane import Lane
from ncsn_viz.lab.spec import Spec
from ncsn_viz.lab.watch import Watch


class Steps:
    """Takes them, on data that all lanes share or not. `begun` counts those that were begun."""

    def __init__(self, device: torch.device, watch: Watch) -> None:
        self.batches = Batches(device)
        self.watch = watch
        self.begun = 0
        self.captured = capture.for_device(device)
        self._branches = capture.Branches(device)
        self._waiting: list[tuple[Lane, int]] = []  # the lanes' repeats that have not done the present step yet

    @property
    def under_way(self) -> bool:
        """Whether a step was begun that not every lane has done."""
        return bool(self._waiting)

    @property
    def pace(self) -> str:
        """How steps are taken on this device, where there is something to tell."""
        return self.captured.note if self.captured is not None else ""

    def adopt(self, spec: Spec, anew: bool) -> None:
        """Serve `spec`, with all data `anew` or going on."""
        self.batches.adopt(spec, anew)
        if anew:
            self._waiting = []

    def keep(self, lanes: Sequence[Lane], repeats: int) -> None:
        """Go on with these lanes and so many repeats of each."""
        self._waiting = [(lane, copy) for lane, copy in self._waiting if lane in lanes and copy < repeats]

    def take_some(self, lanes: Sequence[Lane], truth: Density) -> bool:
        """The next piece of a step: one network's step, or its measuring. Whether the step is complete."""
        if self.captured is not None and not self.watch.asked and not self._waiting:
            return self._take_whole(self.captured, lanes, truth)
        if not self._waiting:
            self._begin()
            self._waiting = _repeats(lanes)
            self.watch.begin()
        lane, copy = self._waiting[0]
        learner = lane.learners[copy]
        if learner.record_due:
            learner.record()
            return False
        self.watch.train(lane, learner, self.batches.of(lane.spec, copy, truth), truth)
        del self._waiting[0]
        return not self._waiting

    def _begin(self) -> None:
        self.begun += 1
        self.batches.next()

    def _take_whole(self, captured: Captured, lanes: Sequence[Lane], truth: Density) -> bool:
        """The next piece where a step of all networks is taken in one: that step, or one network's measuring."""
        running = [(lane, copy) for lane, copy in _repeats(lanes) if not lane.learners[copy].diverged]
        learners = [lane.learners[copy] for lane, copy in running]
        for learner in learners:
            if learner.record_due:
                learner.record()
                return False
        self._begin()
        since = perf_counter()

        def step() -> None:
            batches = [self.batches.of(lane.spec, copy, truth) for lane, copy in running]
            works = [partial(learner.compute, batch, truth) for learner, batch in zip(learners, batches, strict=True)]
            self._branches.run(works)

        settings = [(learner.spec.objective, learner.spec.optimizer) for learner in learners]
        fairness = self.batches.spec.fairness
        generators = [*self.batches.generators, *(learner.generator for learner in learners)]
        captured.take(step, Baked((truth, *learners), (fairness, self.watch.number, *settings)), generators)
        for learner in learners:
            learner.seconds += (perf_counter() - since) / len(learners)
            learner.note()
        return True


def _repeats(lanes: Sequence[Lane]) -> list[tuple[Lane, int]]:
    return [(lane, copy) for lane in lanes for copy in range(len(lane.learners))]
