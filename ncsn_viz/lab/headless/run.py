"""The headless run: the same engine on the same Spec, without a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np

from ncsn_viz.core.fields import Density
from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.engine import device as devices
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.experiment import Spec, with_learners
from ncsn_viz.lab.experiment.commands import ReleaseParticles
from ncsn_viz.lab.metrics.base import TargetReference
from ncsn_viz.lab.metrics.final import final_reference
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.lab.storage import SavedSession

FIGURE_LAYERS = ("density", "field", "particles")

Progress = Callable[[str, int, int], None]


@dataclass
class Run:
    """A headless run: whether it was interrupted, and the error that ended it, in a sentence.

    `samples` says whether the particles are moved after training.
    """

    engine: Engine
    steps: int
    samples: bool = True
    interrupted: bool = False
    failure: str = ""

    def go(self, progress: Progress) -> None:
        """Train every lane, then move its particles to the end.

        Ctrl-C or an error ends it early, and an error in one lane ends that lane; the results so far are kept.
        """
        try:
            self._train(progress)
            if self.samples:
                self._sample(progress)
        except KeyboardInterrupt:
            self.interrupted = True
        except Exception as error:  # whatever it is, what has been learned is worth keeping
            self.failure = devices.failure_sentence(error)

    @property
    def failures(self) -> tuple[str, ...]:
        """Everything that has failed, in sentences."""
        lanes = (f"{lane.spec.name}: {lane.failure}" for lane in self.engine.lanes if lane.failure)
        return (*lanes, *([self.failure] if self.failure else []))

    def _train(self, progress: Progress) -> None:
        for step in range(self.steps):
            self.engine.train()
            progress("training", step + 1, self.steps)
        for lane in self.engine.lanes:
            with self.engine.failures.guarded(lane):
                for trainer in (each for each in lane.trainers if each.record_due):
                    trainer.record()

    def _sample(self, progress: Progress) -> None:
        for lane in self.engine.lanes:
            if not lane.failure:
                with self.engine.failures.guarded(lane):
                    self._sample_lane(lane, progress)
        if self.engine.make_room():
            self._sample(progress)

    def _sample_lane(self, lane: Lane, progress: Progress) -> None:
        steps = lane.spec.sampler.num_steps()
        for step in range(steps):
            self.step_particles(lane)
            progress(f"sampling {lane.spec.name}", step + 1, steps)

    def step_particles(self, lane: Lane) -> None:
        """Move the particles of a lane by one step of its sampler."""
        assert lane.particles is not None
        lane.particles.step(lane.spec.sampler, lane.field(self.truth))

    def picture(self) -> Snapshot:
        """The Snapshot from which the figure is drawn: fields at each lane's own σ, over the window."""
        spec = self.engine.user_spec
        view = replace(spec.view, region=(*spec.window, *spec.window), layers=FIGURE_LAYERS)
        exact = replace(spec.particles, exact=True)  # as they were moved, however many
        self.engine.apply(replace(spec, view=view, particles=exact))
        for index in range(len(self.engine.lanes)):
            self.engine.evaluate_now(index)
            for _ in self.engine.measure(index):
                pass
        return self.engine.snapshot()

    def in_user_coordinates(self, points: torch.Tensor) -> Any:
        """Points (…, 2) of the engine as an array; of 64 bits where the origin is not 0, to keep all digits."""
        found, origin = points.cpu().numpy(), self.engine.user_spec.origin
        return found.astype(np.float64) + origin if origin else found

    @cached_property
    def reference(self) -> TargetReference:
        """What the particles of every lane are held against."""
        spec = self.engine.spec
        return final_reference(self.truth, spec.seed, spec.particles.count, self.engine.device)

    @property
    def truth(self) -> Density:
        """The target's density, relative to the origin; a run without one is refused at its start."""
        assert self.engine.truth is not None
        return self.engine.truth


def start(spec: Spec, steps: int, device: str, threads: int | None = None, opened: SavedSession | None = None) -> Run:
    """A run ready to start, on so many `threads` of torch, None for what suits the machine.

    The lanes of an `opened` session train on from there, those that `spec` does not restart; their particles are
    released anew. Raises ValidationError if the device or the target's mass is missing.
    """
    devices.use_few_threads(threads)
    engine = Engine(device)
    if opened is not None and opened.checkpoint is not None:
        numbers = count(1)
        before = with_learners(opened.spec, None, numbers)
        engine.open(opened.learners(before))
        engine.apply(with_learners(spec, before, numbers), (ReleaseParticles(),))
    else:
        engine.apply(spec)
    if engine.truth is None:
        raise ValidationError("has no mass: the canvas is empty. Add strokes, a base, or choose a preset", ("target",))
    for _ in engine.prepare():
        pass
    return Run(engine, steps)
