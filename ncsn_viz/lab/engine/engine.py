"""The engine: a running experiment. It applies Specs, trains lanes, moves particles and takes Snapshots.

The caller drives it (the worker thread, the command line, a notebook); it has no loop, no clock and no thread.
"""

from __future__ import annotations

from dataclasses import replace

from ncsn_viz.core.analysis.metrics import noisy_sample
from ncsn_viz.core.fields.protocols import Density
from ncsn_viz.core.numerics.lazy import torch
from ncsn_viz.core.targets import EmptyTarget
from ncsn_viz.lab.engine import device as devices
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.engine.particle_commands import ParticleCommandHandler
from ncsn_viz.lab.engine.step_recorder import StepRecorder
from ncsn_viz.lab.engine.training_schedule import TrainingSchedule
from ncsn_viz.lab.experiment.spec import LaneSpec, Spec
from ncsn_viz.lab.snapshot.snapshot import Snapshot, TargetSnapshot

WARMED = 256  # points at which the truth is asked first


class Engine:
    """One experiment on one device. `curve_points` is the size of the yardstick by which curves are measured."""

    def __init__(self, device: str = "auto", curve_points: int = 512) -> None:
        self.device = devices.pick(device)
        self.curve_points = curve_points
        self.spec = Spec()
        self.truth: Density | None = None
        self.target: TargetSnapshot | None = None
        self.lanes: list[Lane] = []
        self.pending_train_steps = 0
        self.pending_sample_steps = 0
        self.touch = ParticleCommandHandler()
        self.watch = StepRecorder()
        self._modes_known = False
        self._warm: set[float] = set()  # the noise levels at which the truth has been asked
        self._next_read = 0  # the lane whose turn it is to be read under the cursor
        self.training = TrainingSchedule(self.device, self.watch)

    # -- applying a Spec ----------------------------------------------------------------------------------------

    def apply(self, spec: Spec) -> None:
        """Make `spec` the experiment that runs; what it leaves alone goes on."""
        old, self.spec = self.spec, spec
        first = self.target is None
        if first or (old.target, old.window) != (spec.target, spec.window):
            self._build_truth()
        anew = first or _restarts_all(old, spec)
        if anew:
            self.lanes = []
        self.training.update_settings(spec, anew)
        if not first:
            self.pending_train_steps += max(0, spec.run.train_steps - old.run.train_steps)
            self.pending_sample_steps += max(0, spec.run.sample_steps - old.run.sample_steps)
        self._arrange_lanes(old)
        for lane in self.lanes:
            if _released_anew(old, spec):
                lane.particles = None  # over an empty canvas they wait for the first stroke
            if lane.particles is None and self.truth is not None:
                lane.reset_particles(spec, self.truth)
        self.touch.apply(self.lanes, spec if first else old, spec)
        if self.watch.apply(self.lanes, old if not first else None, spec):
            self.pending_train_steps += 1
            self.pending_sample_steps += 1
        against = next((lane for lane in self.lanes if lane.spec.slot == spec.view.against), None)
        for lane in self.lanes:
            lane.field_cache.partner = against
            lane.show(spec)

    def _build_truth(self) -> None:
        try:
            self.truth = self.spec.target.build(self.device)
        except EmptyTarget:
            self.truth = None
        self.target = TargetSnapshot(self.truth is None)
        self._modes_known = False
        self._warm = set()
        for lane in self.lanes:
            lane.drop_evaluation_set()
            if self.truth is None:
                lane.live_metrics.forget()
            if lane.shows_truth:
                lane.invalidate_views()

    def _arrange_lanes(self, old: Spec) -> None:
        kept = [lane for lane in self.lanes if not _restarted(lane.spec.name, old, self.spec)]
        lanes = []
        for spec in self.spec.lanes:
            lane = _known(spec, kept, self.spec)
            if lane is None or not lane.update_settings(spec):
                lane = Lane(spec, self.spec, self.device)
                self.training.batches.forget(spec.slot)
            lane.repeat(self.spec)
            lanes.append(lane)
        self.training.keep(lanes, self.spec.repeats)
        self.lanes = lanes

    def settle(self) -> None:
        """Make the yardsticks that are missing. Too dear for every movement of a brush, so the caller says when."""
        while not self.settle_some():
            pass

    def settle_some(self) -> bool:
        """The next piece of it: the modes, or one lane's yardstick. Whether nothing is missing."""
        if self.truth is None or self.target is None:
            return True
        if not self._modes_known:
            modes = self.truth.true_mode_weights()
            self.target = replace(self.target, mode_weights=() if modes is None else tuple(modes.tolist()))
            self._modes_known = True
            return False
        if self._warm_some(self.truth):
            return False
        for lane in self.lanes:
            if not lane.evaluation_ready:
                lane.prepare_evaluation(self.spec, self.truth, self.curve_points)
                return False
        return True

    def _warm_some(self, truth: Density) -> bool:
        """Ask the truth at the next noise level that will be needed; whether there was one.

        A painting fills its tables then, and all levels at once would keep pictures waiting.
        """
        for sigma in sorted({sigma for lane in self.lanes for sigma in lane.spec.objective.sigmas()} - self._warm):
            self._warm.add(sigma)
            generator = torch.Generator(self.device).manual_seed(self.spec.seed)
            truth.score(noisy_sample(truth, WARMED, sigma, generator), sigma)
            return True
        return False

    # -- running ------------------------------------------------------------------------------------------------

    @property
    def trains(self) -> bool:
        """Whether there is a training step to do, or to finish: a pause never leaves lanes a step apart."""
        wanted = self.spec.trains or self.pending_train_steps > 0 or self.training.under_way
        return wanted and self.truth is not None and not all(lane.diverged for lane in self.lanes)

    def train(self) -> None:
        """One training step of every lane."""
        while not self.train_some():
            pass

    def train_some(self) -> bool:
        """The next piece of a step: one network's step, or one evaluation record. Whether the step is complete.

        Pieces are small so that a caller with a picture to draw never waits long; they change no result.
        """
        if self.truth is None or not self.lanes:
            return True
        begun = self.training.begun
        complete = self.training.next_piece(self.lanes, self.truth)
        if self.training.begun > begun and not self.spec.trains:
            self.pending_train_steps = max(0, self.pending_train_steps - 1)
        return complete

    @property
    def samples(self) -> bool:
        """Whether particles are to move."""
        return self.truth is not None and (self.spec.samples or self.pending_sample_steps > 0)

    @property
    def flows(self) -> bool:
        """Whether streamlines are to move, whatever else stands still."""
        return self.truth is not None and any("streamlines" in lane.layers(self.spec) for lane in self.lanes)

    def advance(self) -> None:
        """Move the particles of every lane by one picture, or by one step where single steps were asked for."""
        if self.truth is None or not self.samples:
            return
        steps = self.spec.particles.speed if self.spec.samples else 1
        self.pending_sample_steps = max(0, self.pending_sample_steps - 1)
        for lane in self.lanes:
            lane.advance(self.spec, self.truth, steps)
        self.watch.see_particles(self.lanes, self.spec.view.region)

    def observe(self, index: int) -> None:
        """Evaluate the field of a lane anew for the next Snapshots."""
        if self.truth is not None:
            self.lanes[index].field_cache.evaluate_now(self.spec, self.truth)

    def look(self, index: int, points: int) -> bool:
        """The same, `points` at a time; whether the lane's field was finished."""
        return self.truth is None or self.lanes[index].field_cache.refresh(self.spec, self.truth, points)

    def urgent(self) -> int | None:
        """The first lane whose particles are about to reach a level that nobody has looked at."""
        lanes = enumerate(self.lanes)
        return next((index for index, lane in lanes if lane.field_cache.urgent(self.spec)), None)

    def read_some(self) -> bool:
        """Read what is under the cursor in the next lane where that is not known. Whether it is known in all."""
        count = len(self.lanes)
        for turn in range(count):
            lookout = self.lanes[(self._next_read + turn) % count].field_cache
            if self.truth is None:
                lookout.reading = None
            elif not lookout.reads(self.spec):
                lookout.read(self.spec, self.truth)
                self._next_read += turn + 1
                return all(lane.field_cache.reads(self.spec) for lane in self.lanes)
        return True

    def measure(self, index: int) -> None:
        """Take the live measures of a lane for the next Snapshots."""
        if self.truth is not None:
            self.lanes[index].measure(self.spec, self.truth)

    def measure_some(self, index: int) -> bool:
        """The next piece of it; whether it was the last."""
        return self.truth is None or self.lanes[index].measure_some(self.spec, self.truth)

    def snapshot(self, rate: float = 0.0) -> Snapshot:
        """What can be seen now. `rate` is training steps a second, as the caller has timed them."""
        lanes = tuple(lane.snapshot(self.spec, self.truth is None, rate) for lane in self.lanes)
        return Snapshot(self.spec, lanes, self.target, devices.describe(self.device), self.training.pace)


def _restarts_all(old: Spec, new: Spec) -> bool:
    released = replace(new.fairness, same_start=old.fairness.same_start)  # which concerns the particles alone
    return (old.seed, old.run.restarts, old.fairness) != (new.seed, new.run.restarts, released)


def _known(spec: LaneSpec, lanes: list[Lane], whole: Spec) -> Lane | None:
    """Which of `lanes` goes on as `spec`: the one of that name, or of that mark where it has got another name."""
    names = [lane.name for lane in whole.lanes]
    return next(
        (lane for lane in lanes if lane.spec.name == spec.name),
        next((lane for lane in lanes if lane.spec.slot == spec.slot and lane.spec.name not in names), None),
    )


def _restarted(name: str, old: Spec, new: Spec) -> bool:
    return old.run.restarted.count(name) != new.run.restarted.count(name)


def _released_anew(old: Spec, new: Spec) -> bool:
    """Whether anything about the particles has changed that concerns more than how they go on from where they are."""
    hot = {name: getattr(old.particles, name) for name in ("speed", "loop", "exact", "handful", "scatter")}
    started = (old.run.releases, old.fairness.same_start) != (new.run.releases, new.fairness.same_start)
    return old.particles != replace(new.particles, **hot) or started
