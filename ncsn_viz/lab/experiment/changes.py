"""What changed from one Spec to the next: computed once, read by everything that applies a Spec."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace

from ncsn_viz.core.knobs import Settings, knobs
from ncsn_viz.lab.experiment.lane_spec import LaneSpec
from ncsn_viz.lab.experiment.layers import DIFFERENCES, EVALUATED
from ncsn_viz.lab.experiment.spec import Spec
from ncsn_viz.lab.experiment.view import View

OF_THE_WINDOW = frozenset({"chosen", "curves", "hidden", "below", "view_angle", "own_errors", "race"})  # in the view


@dataclass(frozen=True)
class LaneChanges:
    """What becomes of one lane of the new Spec.

    `continues` is the slot of the old lane whose networks go on, None for a lane that starts afresh. `particles` says
    whether its particles are released again, `evaluation` whether its evaluation points are of another objective or
    truth, and `field` whether what was evaluated of its field is no longer what is drawn.
    """

    continues: int | None
    particles: bool
    evaluation: bool
    field: bool

    def concerns(self, old: LaneSpec, new: LaneSpec) -> bool:
        """Whether anything of the lane is another than it was, from `old` to `new`."""
        return old != new or self.particles or self.evaluation or self.field


@dataclass(frozen=True)
class Changes:
    """The difference between two Specs, as far as it matters to a running engine.

    `truth`: the target or its window is another one. `restart`: every lane starts afresh, and so do its data: of
    another seed or fairness, or because each was restarted.
    `lanes`: in the order of the new Spec. `view_only`: nothing differs that the engine would have to apply or draw
    (the cursor, the chosen lane, the curves and the angle of view are read by the window alone).
    """

    truth: bool
    restart: bool
    lanes: tuple[LaneChanges, ...]
    view_only: bool

    @classmethod
    def between(cls, old: Spec | None, new: Spec) -> Changes:
        """The changes from `old` to `new`; everything is new where `old` is None."""
        if old is None:
            fresh = LaneChanges(continues=None, particles=True, evaluation=True, field=True)
            return cls(truth=True, restart=True, lanes=(fresh,) * len(new.lanes), view_only=False)
        truth = (old.target, old.window) != (new.target, new.window)
        unshared = replace(new.fairness, same_start=old.fairness.same_start)  # which concerns the particles alone
        restart = (old.seed, old.fairness) != (new.seed, unshared)
        particles = old.fairness != new.fairness or needs_restart(old.particles, new.particles)
        lanes = tuple(_lane_changes(old, new, lane, restart, particles, truth) for lane in new.lanes)
        restart |= all(
            change.continues is None and lane.learner > 0 for change, lane in zip(lanes, new.lanes, strict=True)
        )
        view_only = _without_window_state(old) == _without_window_state(new)
        return cls(truth, restart, lanes, view_only and all(change.continues is not None for change in lanes))


def restarted(spec: Spec, slots: Collection[int] | None = None) -> Spec:
    """The Spec in which the lanes in these `slots`, or all of them, start again from fresh weights."""
    chosen = [slots is None or lane.slot in slots for lane in spec.lanes]
    lanes = (replace(lane, learner=lane.learner + on) for lane, on in zip(spec.lanes, chosen, strict=True))
    return replace(spec, lanes=tuple(lanes))


def with_learners(spec: Spec, before: Spec | None, numbers: Iterator[int]) -> Spec:
    """The Spec whose lanes have the learners of the lanes of `before` that they continue, and new `numbers` else."""
    changes = Changes.between(before, spec)
    lanes = []
    for lane, change in zip(spec.lanes, changes.lanes, strict=True):
        old = None if before is None or change.continues is None else before.lane_index(change.continues)
        learner = next(numbers) if before is None or old is None else before.lanes[old].learner
        lanes.append(lane if lane.learner == learner else replace(lane, learner=learner))
    same = all(lane is each for lane, each in zip(spec.lanes, lanes, strict=True))  # learners do not count for equality
    return spec if same else replace(spec, lanes=tuple(lanes))


def needs_restart(old: Settings, new: Settings) -> bool:
    """Whether settings are of different kinds, or differ in a knob that is not hot."""
    cold = [name for name, knob in knobs(new).items() if not knob.hot]
    return type(old) is not type(new) or any(getattr(old, name) != getattr(new, name) for name in cold)


def evaluated_view(spec: Spec, lane: LaneSpec) -> View:
    """The part of the view for which a lane's field must be evaluated again when it changes."""
    layers = tuple(name for name in EVALUATED if name in spec.layers_of(lane))
    baseline = spec.view.baseline if not set(DIFFERENCES).isdisjoint(layers) else -1
    return View(layers=layers, region=spec.view.region, reference=spec.view.reference, baseline=baseline)


def _lane_changes(old: Spec, new: Spec, lane: LaneSpec, restart: bool, particles: bool, truth: bool) -> LaneChanges:
    before = None if restart else _predecessor(lane, old.lanes, new.lanes)
    other = before is None or lane.learner not in (0, before.learner)
    if before is None or other or before.net != lane.net or needs_restart(before.objective, lane.objective):
        return LaneChanges(continues=None, particles=True, evaluation=True, field=True)
    drawn = (before.score_from, before.sampler, before.objective) != (lane.score_from, lane.sampler, lane.objective)
    repainted = truth and lane.score_from == "true"
    return LaneChanges(
        continues=before.slot,
        particles=particles or needs_restart(before.sampler, lane.sampler),
        evaluation=truth or before.objective != lane.objective,
        field=drawn or repainted or evaluated_view(old, before) != evaluated_view(new, lane),
    )


def _predecessor(lane: LaneSpec, old: Sequence[LaneSpec], new: Sequence[LaneSpec]) -> LaneSpec | None:
    """The old lane that continues as `lane`: that with its learner, of its name, or in its slot if it was renamed."""
    if same := [each for each in old if lane.learner and (each.slot, each.learner) == (lane.slot, lane.learner)]:
        return same[0]
    names = {each.name for each in new}
    renamed = (each for each in old if each.slot == lane.slot and each.name not in names)
    return next((each for each in old if each.name == lane.name), next(renamed, None))


def _without_window_state(spec: Spec) -> tuple[object, ...]:
    """All values of the Spec but those that only the window reads; what does not count in comparisons does not here."""
    whole = (getattr(spec, item.name) for item in fields(spec) if item.compare and item.name != "view")
    seen = (item.name for item in fields(spec.view) if item.compare and item.name not in OF_THE_WINDOW)
    return (*whole, *(getattr(spec.view, name) for name in seen))
