"""The training steps of all lanes: one replica after the other, or all of them as one CUDA graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from time import perf_counter
from typing import NamedTuple

from ncsn_viz.core.fields import Density
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.engine.step_recorder import StepRecorder
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.training import graph_runner
from ncsn_viz.lab.training.batches import Batches
from ncsn_viz.lab.training.graph_runner import GraphKey, GraphRunner
from ncsn_viz.lab.training.trainer import Trainer


class Replica(NamedTuple):
    """One of a lane's networks with its optimiser and history, and its `number` among the repeats."""

    lane: Lane
    number: int
    trainer: Trainer


class TrainingSchedule:
    """Trains every replica of every lane, on data that lanes share or not. `pending` single steps were requested."""

    def __init__(self, device: torch.device, recorder: StepRecorder) -> None:
        self.batches = Batches(device)
        self.graph_runner = graph_runner.for_device(device)
        self.pending = 0
        self.current: Lane | None = None  # the lane whose step is computed; None for all of them at once
        self._recorder = recorder
        self._note = ""
        self._streams = graph_runner.StreamPool(device)
        self._lanes: Sequence[Lane] = ()
        self._truth: Density | None = None
        self._unfinished: list[Replica] = []  # those that have not taken the present step yet

    @property
    def step_begun(self) -> bool:
        """Whether a step was begun that some replica has not taken."""
        return bool(self._unfinished)

    @property
    def note(self) -> str:
        """How steps are carried out on this device, where there is something to say."""
        return self.graph_runner.note if self.graph_runner is not None else self._note

    def leave_graph(self, error: Exception) -> None:
        """Train one replica after the other from now on: a step of all together has failed, and none is known to."""
        self.graph_runner, self._note = None, f"training goes step by step: {error}"

    def update_settings(self, spec: Spec, lanes: Sequence[Lane], truth: Density | None, restart: bool) -> None:
        """Train these lanes from now on. A step that was begun is finished by those that stay, or dropped."""
        self._lanes, self._truth = lanes, truth
        self.batches.update_settings(spec, restart)
        self._unfinished = [each for each in self._unfinished if each.lane in lanes and each.number < spec.repeats]

    def step(self) -> Iterator[None]:
        """One training step of every replica, or what is left of it.

        Yields between pieces: one replica's step, or one record of its history. Pieces change no result.
        """
        if self.graph_runner is not None and not self._recorder.pending and not self._unfinished:
            yield from self._graph_step(self.graph_runner)
            return
        if not self._unfinished:
            self._begin()
            self._unfinished = self._replicas()
            self._recorder.begin_step()
        while self._unfinished:
            replica = self._unfinished[0]
            self.current = replica.lane
            if replica.lane.failure:
                del self._unfinished[0]
                continue
            if replica.trainer.record_due:
                replica.trainer.record()
                self.current = None
                yield
                continue
            del self._unfinished[0]
            self._train(replica)
            self.current = None
            if self._unfinished:
                yield

    def _train(self, replica: Replica) -> None:
        assert self._truth is not None
        batch = self._batch(replica)
        if self._recorder.records_training(replica.lane, replica.trainer):
            self._recorder.train(replica.lane, batch, self._truth)
        else:
            replica.trainer.train(batch, self._truth)

    def _begin(self) -> None:
        if not self.batches.spec.trains:
            self.pending = max(0, self.pending - 1)
        self.batches.next()

    def _batch(self, replica: Replica) -> torch.Tensor:
        assert self._truth is not None
        return self.batches.of(replica.lane.spec, replica.number, self._truth)

    def _replicas(self) -> list[Replica]:
        running = (lane for lane in self._lanes if not lane.failure)
        return [Replica(lane, number, each) for lane in running for number, each in enumerate(lane.trainers)]

    def _graph_step(self, runner: GraphRunner) -> Iterator[None]:
        """The step of all replicas as one graph, after the records that are due."""
        for replica in self._replicas():
            if replica.trainer.record_due:
                self.current = replica.lane
                replica.trainer.record()
                yield
        self.current = None
        truth, running = self._truth, [each for each in self._replicas() if not each.trainer.diverged]
        assert truth is not None
        self._begin()
        start = perf_counter()
        trainers = [replica.trainer for replica in running]

        def step() -> None:
            self._streams.run([partial(each.trainer.compute, self._batch(each), truth) for each in running])

        settings = [(trainer.spec.objective, trainer.spec.optimizer) for trainer in trainers]
        key = GraphKey((truth, *trainers), (self.batches.spec.fairness, self._recorder.number, *settings))
        runner.run(step, key, [*self.batches.generators, *(trainer.generator for trainer in trainers)])
        for trainer in trainers:
            trainer.seconds += (perf_counter() - start) / len(trainers)
            trainer.after_step()
