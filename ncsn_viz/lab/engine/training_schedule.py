"""The training steps of all lanes together, a piece at a time; where the device records them, whole."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from time import perf_counter
from typing import NamedTuple

from ncsn_viz.core.fields.protocols import Density
from ncsn_viz.core.numerics.lazy import torch
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.engine.step_recorder import StepRecorder
from ncsn_viz.lab.experiment.spec import Spec
from ncsn_viz.lab.training import graph_runner
from ncsn_viz.lab.training.batches import Batches
from ncsn_viz.lab.training.graph_runner import GraphKey, GraphRunner
from ncsn_viz.lab.training.trainer import Trainer


class Replica(NamedTuple):
    """One of a lane's networks, by its `number` among the repeats."""

    lane: Lane
    number: int

    @property
    def learner(self) -> Trainer:
        """Its network and all that belongs to that."""
        return self.lane.trainers[self.number]


class TrainingSchedule:
    """Takes them, on data that all lanes share or not. `begun` counts those that were begun."""

    def __init__(self, device: torch.device, watch: StepRecorder) -> None:
        self.batches = Batches(device)
        self.watch = watch
        self.begun = 0
        self.captured = graph_runner.for_device(device)
        self._branches = graph_runner.StreamPool(device)
        self._waiting: list[Replica] = []  # those that have not done the present step yet

    @property
    def under_way(self) -> bool:
        """Whether a step was begun that not every lane has done."""
        return bool(self._waiting)

    @property
    def pace(self) -> str:
        """How steps are taken on this device, where there is something to tell."""
        return self.captured.note if self.captured is not None else ""

    def update_settings(self, spec: Spec, anew: bool) -> None:
        """Serve `spec`, with all data `anew` or going on."""
        self.batches.update_settings(spec, anew)
        if anew:
            self._waiting = []

    def keep(self, lanes: Sequence[Lane], repeats: int) -> None:
        """Go on with these lanes, and so many repeats of each: a step that was begun is finished by those that stay."""
        self._waiting = [each for each in self._waiting if each.lane in lanes and each.number < repeats]

    def next_piece(self, lanes: Sequence[Lane], truth: Density) -> bool:
        """The next piece of a step: one network's step, or one evaluation record. Whether the step is complete."""
        if self.captured is not None and not self.watch.asked and not self._waiting:
            return self._take_whole(self.captured, lanes, truth)
        if not self._waiting:
            self._begin()
            self._waiting = _replicas(lanes)
            self.watch.begin()
        replica = self._waiting[0]
        if _recorded([replica]):
            return False
        self.watch.train(replica.lane, replica.learner, self._batch(replica, truth), truth)
        del self._waiting[0]
        return not self._waiting

    def _begin(self) -> None:
        self.begun += 1
        self.batches.next()

    def _batch(self, replica: Replica, truth: Density) -> torch.Tensor:
        return self.batches.of(replica.lane.spec, replica.number, truth)

    def _take_whole(self, captured: GraphRunner, lanes: Sequence[Lane], truth: Density) -> bool:
        """The next piece where a step of all networks is taken in one: that step, or one network's record."""
        running = [replica for replica in _replicas(lanes) if not replica.learner.diverged]
        if _recorded(running):
            return False
        self._begin()
        since = perf_counter()
        learners = [replica.learner for replica in running]

        def step() -> None:
            works = [partial(each.learner.compute, self._batch(each, truth), truth) for each in running]
            self._branches.run(works)

        settings = [(each.spec.objective, each.spec.optimizer) for each in learners]
        fairness = self.batches.spec.fairness
        generators = [*self.batches.generators, *(learner.generator for learner in learners)]
        captured.take(step, GraphKey((truth, *learners), (fairness, self.watch.number, *settings)), generators)
        for learner in learners:
            learner.seconds += (perf_counter() - since) / len(learners)
            learner.after_step()
        return True


def _replicas(lanes: Sequence[Lane]) -> list[Replica]:
    return [Replica(lane, index) for lane in lanes for index in range(len(lane.trainers))]


def _recorded(replicas: Sequence[Replica]) -> bool:
    """Let one of them be held against its yardstick; whether there was one for which it is time."""
    due = next((replica.learner for replica in replicas if replica.learner.record_due), None)
    if due is not None:
        due.record()
    return due is not None
