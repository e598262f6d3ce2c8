"""The engine: a running experiment. It applies Specs and commands, trains lanes, moves particles, takes Snapshots.

The caller drives it (the worker thread, the command line, a notebook): it has no loop, no clock and no thread. Long
work is a generator that yields between pieces: `for _ in engine.prepare(): pass` does all of it.

An error in the work of a lane stops that lane, which keeps its weights; the others go on. Where the memory of a GPU is
exhausted, the engine goes on with fewer particles, at last on the CPU.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import cast

from ncsn_viz.core.analysis import noisy_sample
from ncsn_viz.core.fields import Density
from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.targets import EmptyTarget
from ncsn_viz.lab.checkpoint import Checkpoint, Entries, Key, Learner, LearnerMemory, key_of, numbered
from ncsn_viz.lab.engine import device as devices
from ncsn_viz.lab.engine.failures import Failures
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.engine.lane_snapshot import failed_snapshot, lane_snapshot
from ncsn_viz.lab.engine.particle_commands import ParticleCommandHandler
from ncsn_viz.lab.engine.step_recorder import StepRecorder
from ncsn_viz.lab.engine.training_schedule import TrainingSchedule
from ncsn_viz.lab.experiment import Changes, LaneChanges, Spec, centred, centred_command, commands
from ncsn_viz.lab.experiment.commands import Command
from ncsn_viz.lab.metrics.live import LiveReference
from ncsn_viz.lab.snapshot import LaneSnapshot, Snapshot, TargetSnapshot, Translation
from ncsn_viz.lab.storage import SavedSession, session_files
from ncsn_viz.lab.training.batches import Batches
from ncsn_viz.lab.training.trainer import LearnedField

WARM_POINTS = 256  # points at which the truth is evaluated first, so that it fills its tables


class Engine:
    """One experiment on one device. `curve_points` is the size of the evaluation sets of the curves."""

    def __init__(self, device: str = "auto", curve_points: int = 1024) -> None:
        self.device = devices.pick(device)
        self.curve_points = curve_points
        self.user_spec = Spec()  # in the user's coordinates
        self.spec = self.user_spec  # relative to its origin, as everything here
        self._translation = Translation()
        self.truth: Density | None = None
        self.target: TargetSnapshot | None = None
        self.lanes: list[Lane] = []
        self.pending_sample_steps = 0
        self.particle_commands = ParticleCommandHandler()
        self.recorder = StepRecorder()
        self.training = TrainingSchedule(self.device, self.recorder)
        self._modes_known = False
        self._warm: set[float] = set()  # the noise levels at which the truth has been evaluated
        self._next_probe = 0  # the lane that is read under the cursor next
        self.failures = Failures(self.device)
        self._reference = LiveReference()
        self.learners = LearnerMemory()  # of lanes that were removed or restarted
        self._opened: dict[Key, Learner] = {}  # of a session, until the Spec that names them

    # -- Specs and commands -------------------------------------------------------------------------------------

    def apply(self, spec: Spec, commands: Iterable[Command] = ()) -> Changes:
        """Make `spec` the running experiment, then carry out the commands. What is unchanged continues.

        Both are in the user's coordinates, as Snapshots are; all that the engine holds is relative to the origin.
        """
        changes = Changes.between(None if self.target is None else self.user_spec, spec)
        leaving = self._leaving(changes)
        if leaving and self.training.step_begun:
            for _ in self.training_pieces():  # or lanes that come back together would be a step apart
                pass
        if changes.truth:
            self._build_truth(spec)  # first: if it fails, the engine is as it was
        old, self.user_spec, self.spec = self.user_spec, spec, centred(spec)
        if old.particles.count != spec.particles.count:
            self.failures.forget_particles()
        returning = self._exchange_learners(changes, old, leaving)
        self._arrange_lanes(changes, old, returning)
        self._update_parts(restart=changes.restart)
        self._continue_streams(returning, alone=all(lane.continues is None for lane in changes.lanes))
        for command in commands:
            self.perform(command)
        return changes

    def perform(self, command: Command) -> None:
        """Carry out one command."""
        command = centred_command(command, self.user_spec.origin)
        match command:
            case commands.TrainStep():
                self.training.pending += 1
            case commands.SampleStep():
                self.pending_sample_steps += 1
            case commands.ReleaseParticles():
                for lane in self.lanes:
                    lane.particles = None
                self._update_parts()
            case commands.RunRace(slot=slot, names=names):
                if (index := self.spec.lane_index(slot)) is not None and self.truth is not None:
                    with self.failures.guarded(self.lanes[index]):
                        self.lanes[index].race.begin(self.lanes[index], names, self.spec, self.truth)
            case commands.RecordStep(number=number):
                if self.recorder.request(number, self.lanes, self.spec):
                    self.training.pending += 1
                    self.pending_sample_steps += 1
            case _:
                self.particle_commands.perform(command, self.lanes, self._affordable, self.truth)

    def _build_truth(self, spec: Spec) -> None:
        truth = None
        with suppress(EmptyTarget):
            truth = centred(spec).target.build(self.device, origin=spec.origin)
        self.truth, self._modes_known, self._warm = truth, False, set()
        self.target = TargetSnapshot(truth is None)

    def _arrange_lanes(self, changes: Changes, old: Spec, returning: Mapping[int, Learner]) -> None:
        known = {lane.spec.slot: lane for lane in self.lanes}
        lanes = []
        for index, planned in enumerate(changes.lanes):
            lane = None if planned.continues is None else known.get(planned.continues)
            lane, change = self._returned(returning[index], index) if index in returning else (lane, planned)
            if lane is None:
                lanes.append(self._fresh_lane(index))
                continue
            if (
                changes.truth
                or change.concerns(lane.spec, self.spec.lanes[index])
                or old.playback != self.spec.playback
            ):
                lane.failure = ""  # it may work now
            with self.failures.guarded(lane):
                lane.update_settings(self.spec.lanes[index])
                lane.set_repeats(self.spec)
            if change.evaluation:
                lane.drop_evaluation_set()
            if change.field:
                lane.invalidate_views()
            if change.particles:
                lane.particles = None  # over an empty canvas they wait for the first stroke
            if self.truth is None:
                lane.live_metrics.forget()
            lanes.append(lane)
        self.lanes = lanes

    def _leaving(self, changes: Changes) -> list[Lane]:
        """The lanes that do not continue and have learned something that undo can bring back."""
        continued = {change.continues for change in changes.lanes}
        left = (lane for lane in self.lanes if lane.spec.slot not in continued)
        return [lane for lane in left if lane.spec.learner and lane.has_learned]

    def _exchange_learners(self, changes: Changes, old: Spec, leaving: Sequence[Lane]) -> dict[int, Learner]:
        """Keep what lanes that leave have learned; the learners that come back instead, by the index of their lane."""
        fresh = {index: self.spec.lanes[index] for index, each in enumerate(changes.lanes) if each.continues is None}
        opened, self._opened = self._opened, {}
        found = {index: opened.pop(key_of(lane), None) or self.learners.take(lane) for index, lane in fresh.items()}
        self.learners.keep(opened.values())  # of lanes that have been removed meanwhile
        shared = self.shared_state()
        self.learners.keep(Learner(old, lane.spec.slot, lane.state_dict(), shared) for lane in leaving)
        return {
            index: learner
            for index, learner in found.items()
            if learner is not None and self._change_since(learner, index).continues is not None
        }

    def open(self, learners: Iterable[Learner]) -> None:
        """Take what lanes have learned; the next Spec names it. There is no limit, as for what undo can bring back."""
        self._opened |= {learner.key: learner for learner in learners}

    def _change_since(self, learner: Learner, index: int) -> LaneChanges:
        """What becomes of the lane at `index`, from the Spec under which its learner was left to the present one."""
        return Changes.between(learner.spec, self.user_spec).lanes[index]

    def _returned(self, learner: Learner, index: int) -> tuple[Lane, LaneChanges]:
        """The lane of a learner that comes back, with the settings that it had, and what changes of them."""
        lane, before = Lane(learner.lane_spec, self.device, self._reference), centred(learner.spec)
        with self.failures.guarded(lane):
            lane.set_repeats(before)
            lane.load_state_dict(Entries(learner.lane), before)
        return lane, self._change_since(learner, index)

    def _continue_streams(self, returning: Mapping[int, Learner], alone: bool) -> None:
        """Go on with the data of learners that have come back: their own, and what all share if they are `alone`."""
        for index, learner in returning.items():
            streams = Entries(learner.shared).child("data")
            self.training.batches.load_state_dict(streams, None if alone else (self.spec.lanes[index].slot,))
            if alone:
                self.particle_commands.load_state_dict(Entries(learner.shared).child("particles"))

    def shared_state(self) -> Checkpoint:
        """What all lanes share and need to go on, between two training steps."""
        return {"data": self.training.batches.state_dict(), "particles": self.particle_commands.state_dict()}

    def state_dict(self) -> Checkpoint:
        """All that the experiment needs to go on, between two training steps, without copies of tensors."""
        return {"lanes": numbered(lane.state_dict() for lane in self.lanes), "shared": self.shared_state()}

    @staticmethod
    def check(spec: Spec, checkpoint: Checkpoint) -> None:
        """Raise ValidationError where a checkpoint is not one of an engine that ran `spec`."""
        entries, spec = Entries(checkpoint), centred(spec)
        for index, lane in enumerate(entries.children("lanes", len(spec.lanes))):
            Lane.check(spec, index, lane)
        shared = entries.child("shared")
        Batches(torch.device("cpu")).load_state_dict(shared.child("data"))
        ParticleCommandHandler().load_state_dict(shared.child("particles"))

    def _fresh_lane(self, index: int) -> Lane:
        lane = Lane(self.spec.lanes[index], self.device, self._reference)
        with self.failures.guarded(lane):
            lane.set_repeats(self.spec)
        self.training.batches.forget(lane.spec.slot)
        return lane

    def _update_parts(self, restart: bool = False) -> None:
        """Bring in line what works on all lanes together. `restart` begins all data again."""
        for lane in self._running:
            if lane.particles is None and self.truth is not None:
                with self.failures.guarded(lane):
                    lane.reset_particles(self._affordable, self.truth)
        self.training.update_settings(self.spec, self.lanes, self.truth, restart)
        self.particle_commands.update(self.lanes, self._affordable)
        self.recorder.update(self.lanes, self.spec)

    def prepare(self) -> Iterator[None]:
        """Compute what curves and metrics need of the truth: mode weights, tables, evaluation sets, floors.

        Too expensive for every movement of a brush, so the caller says when. Each part is made once for a truth.
        """
        truth = self.truth
        if truth is None or self.target is None:
            return
        if not self._modes_known:
            self.target = with_modes(self.target, truth)
            self._modes_known = True
            yield
        yield from self._warm_truth(truth)
        for lane in self._running:
            with self.failures.guarded(lane):
                yield from lane.prepare_evaluation(self.spec, truth, self.curve_points)

    def _warm_truth(self, truth: Density) -> Iterator[None]:
        """Evaluate the truth at each noise level of the objectives, one at a time: a painting fills its tables then."""
        for sigma in sorted({sigma for lane in self.lanes for sigma in lane.spec.objective.sigmas()} - self._warm):
            self._warm.add(sigma)
            generator = torch.Generator(self.device).manual_seed(self.spec.seed)
            truth.score(noisy_sample(truth, WARM_POINTS, sigma, generator), sigma)
            yield

    # -- training and sampling ----------------------------------------------------------------------------------

    @property
    def trains(self) -> bool:
        """Whether there is a training step to take, or to finish: a pause never leaves lanes a step apart."""
        wanted = self.spec.trains or self.training.pending > 0 or self.training.step_begun
        return wanted and self.truth is not None and not all(lane.diverged for lane in self._running)

    def training_pieces(self) -> Iterator[None]:
        """One training step of every lane, or the rest of one. Yields between pieces, which change no result."""
        self.make_room()
        if self.truth is None or not self.lanes:
            return
        wanted = True
        while wanted:
            try:
                yield from self.training.step()
                return
            except Exception as error:  # whatever it is, it concerns one lane
                self._training_failed(error)
            wanted = self.training.step_begun  # the others finish it

    def _training_failed(self, error: Exception) -> None:
        if self.training.current is not None:
            self.failures.stop(self.training.current, error)
            self.training.current = None
        elif not self.failures.exhausts(error):
            self.training.leave_graph(error)

    def train(self) -> None:
        """One training step of every lane."""
        for _ in self.training_pieces():
            pass

    @property
    def samples(self) -> bool:
        """Whether particles are to move."""
        return self.truth is not None and (self.spec.samples or self.pending_sample_steps > 0)

    @property
    def streamlines_shown(self) -> bool:
        """Whether streamlines move, whatever else is paused."""
        return self.truth is not None and any("streamlines" in self.spec.layers_of(lane.spec) for lane in self.lanes)

    def advance(self) -> None:
        """Move the particles of every lane by one frame, or by one step where single steps were requested."""
        for _ in self.advance_pieces():
            pass

    def advance_pieces(self) -> Iterator[None]:
        """The same, yielding between the steps of lanes."""
        self.make_room()
        if self.truth is None or not self.samples:
            return
        steps = self.spec.particles.speed if self.spec.samples else 1
        self.pending_sample_steps = max(0, self.pending_sample_steps - 1)
        for lane in self._running:
            with self.failures.guarded(lane):
                yield from lane.advance(self._affordable, self.truth, self._baseline, steps)
        self.recorder.record_particles(self.lanes, self.spec.view.region)

    # -- evaluation ---------------------------------------------------------------------------------------------

    @property
    def _baseline(self) -> Lane | None:
        """The lane that maps of differences subtract; without one, it is the truth."""
        lanes = (lane for lane in self.lanes if lane.spec.slot == self.spec.view.baseline)
        return next((lane for lane in lanes if lane.trainers), None)

    def evaluate_now(self, index: int) -> None:
        """Evaluate the field of a lane for the next Snapshots."""
        if self.truth is not None:
            with self.failures.guarded(self.lanes[index]):
                self.lanes[index].evaluate_field_now(self.spec, self.truth, self._baseline)

    def evaluate(self, index: int, block: int) -> Iterator[None]:
        """The same in blocks of points, at the level that is missing or the older one of two."""
        lane = self.lanes[index]
        if self.truth is not None and not lane.failure:
            with self.failures.guarded(lane):
                yield from lane.evaluate_field(self.spec, self.truth, self._baseline, block)

    def lane_to_trace(self) -> Lane | None:
        """The lane whose trajectories of the flow are shown and longest out of date, or None."""
        if self.truth is None:
            return None
        outdated = [lane for lane in self._running if lane.flow.outdated(lane, self.spec, self.truth)]
        return min(outdated, key=lambda lane: lane.flow.traced, default=None)

    def trace_flow(self) -> Iterator[None]:
        """Compute these for that lane, yielding between steps."""
        lane = self.lane_to_trace()
        if lane is not None and self.truth is not None:
            with self.failures.guarded(lane):
                yield from lane.flow.trace(lane, self.spec, self.truth)

    def race_on(self) -> bool:
        """Take the next step of a race of samplers; False where none is run."""
        for lane in self._running:
            with self.failures.guarded(lane):
                if lane.race.go_on():
                    return True
        return False

    def probe_next(self) -> bool:
        """Read what is under the cursor in the next lane where that is not known. Whether it is known in all."""
        lanes = self._running
        for turn in range(len(lanes)):
            lane = lanes[(self._next_probe + turn) % len(lanes)]
            evaluated, view = lane.field_cache.present, self.spec.view
            pulls = self._shows_pulls(lane)
            if self.truth is None:
                lane.probe.clear()
            elif not lane.probe.is_current(view, evaluated, pulls):
                assert evaluated is not None
                field = lane.trainer.learned_field if lane.shows_truth else cast(LearnedField, evaluated.grid.exact)
                with self.failures.guarded(lane):
                    lane.probe.read(field, not lane.shows_truth, evaluated, self.truth, view, pulls)
                self._next_probe += turn + 1
                return all(
                    each.probe.is_current(view, each.field_cache.present, self._shows_pulls(each))
                    for each in lanes
                    if not each.failure
                )
        return True

    def _shows_pulls(self, lane: Lane) -> bool:
        return "pulls" in self.spec.layers_of(lane.spec)

    def measure(self, index: int) -> Iterator[None]:
        """Compute the live metrics of a lane for the next Snapshots."""
        lane = self.lanes[index]
        if self.truth is not None and not lane.failure:
            with self.failures.guarded(lane):
                yield from lane.measure(self.spec, self.truth)

    def snapshot(self, rate: float = 0.0) -> Snapshot:
        """What can be drawn now. `rate` is training steps a second, as the caller has timed them."""
        lanes = tuple(self._lane_snapshot(lane, rate) for lane in self.lanes)
        note = " · ".join(filter(None, (self.failures.note, self.training.note)))
        device = devices.describe(self.device)
        return Snapshot(self.user_spec, lanes, self.target, device, note, kept=self.learners.keys)

    def _lane_snapshot(self, lane: Lane, rate: float) -> LaneSnapshot:
        """What can be drawn of a lane; of one that has failed, what was last drawn, and why it stopped."""
        if not lane.failure:
            with self.failures.guarded(lane):
                found = lane_snapshot(lane, self.spec, self.truth, rate)
                lane.shown = self._translation.lane(found, self.user_spec.origin)
        return failed_snapshot(lane) if lane.failure or lane.shown is None else lane.shown

    # -- where memory does not suffice --------------------------------------------------------------------------

    @property
    def _running(self) -> list[Lane]:
        """The lanes that have not failed."""
        return [lane for lane in self.lanes if not lane.failure]

    @property
    def _affordable(self) -> Spec:
        """The Spec with as many particles as there is memory for."""
        return self.failures.affordable(self.spec)

    def make_room(self) -> bool:
        """Give up something if the memory of the GPU was exhausted: particles first, then the GPU. Whether it was."""
        if not self.failures.exhausted:
            return False
        if self.failures.fewer_particles(self.spec):
            for lane in self.lanes:
                lane.particles = None
        else:
            self._move_to(torch.device("cpu"))
        devices.free_memory()
        self._update_parts()
        return True

    def _move_to(self, device: torch.device) -> None:
        """Go on with what the lanes have learned on another device; particles and data begin anew."""
        before, self.device, self.failures.device = self.lanes, device, device
        self._build_truth(self.user_spec)
        self.training = TrainingSchedule(device, self.recorder)
        self.lanes = [self._fresh_lane(index) for index in range(len(before))]
        for lane, other in zip(self.lanes, before, strict=True):
            with self.failures.guarded(lane):
                lane.take_over(other, self.spec)


def read_session(path: Path, pipe: bool = False) -> SavedSession:
    """The session or the experiment in a file, checked as a whole. Raises ValidationError with the file's name."""
    found = session_files.read(path, pipe)
    if found.checkpoint is not None:
        try:
            Engine.check(found.spec, found.checkpoint)
        except ValidationError as error:
            raise ValidationError(f"{path.name}: {error}") from None
    return found


def with_modes(target: TargetSnapshot, truth: Density) -> TargetSnapshot:
    """`target` with the weights and the positions of the modes of `truth`."""
    weights, positions = truth.true_mode_weights(), truth.mode_positions()
    if weights is None or positions is None:
        return target
    places = tuple((x, y) for x, y in positions.tolist())
    return replace(target, mode_weights=tuple(weights.tolist()), mode_positions=places)
