"""The Experiment: what is learned, by which lanes, from which seed. It is what a file holds and what undo restores."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ncsn_viz.core.knobs import Integer, ListOf, Nested, Numbers, Settings, ValidationError, Variant, knob
from ncsn_viz.core.objectives import NCSN, Sliced
from ncsn_viz.core.targets import TARGETS, Moons, Target
from ncsn_viz.lab.experiment.fairness import Fairness
from ncsn_viz.lab.experiment.lane_spec import LETTERS, MOST_LANES, LaneSpec
from ncsn_viz.lab.experiment.particles import Particles

MOST_REPEATS = 16


@dataclass(frozen=True)
class Experiment(Settings):
    """A target, the lanes that learn it, their particles, and the random streams that they share."""

    seed: int = knob(
        0,
        Integer(low=0, high=2**63 - 1, hot=False, label="Seed",
                help="Seed of weights, data, noise and particles. The same one gives the same run again; another one "
                     "starts every lane anew."),
    )  # fmt: skip
    window: tuple[float, float] = knob(
        (-8.0, 8.0),
        Numbers(low=-1e4, high=1e4, min_count=2, max_count=2, help="The square that is painted on and measured over."),
    )  # fmt: skip
    target: Target = knob(Moons(), Variant(kinds=TARGETS, label="Target"))
    lanes: tuple[LaneSpec, ...] = knob(
        (LaneSpec(objective=NCSN()), LaneSpec(objective=Sliced())),
        ListOf(of=Nested(of=LaneSpec), min_count=1, max_count=MOST_LANES),
    )  # fmt: skip
    particles: Particles = knob(Particles(), Nested(of=Particles))
    fairness: Fairness = knob(Fairness(), Nested(of=Fairness, label="Fairness"))
    repeats: int = knob(
        1,
        Integer(low=1, high=MOST_REPEATS, label="Repeats", unit="seeds",
                help="So many copies of every lane train, with seeds one apart. The first is drawn; curves show the "
                     "median of all and a band from the least to the greatest. Many: training is that much slower."),
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.window[0] >= self.window[1]:
            raise ValidationError("must run from a smaller to a larger number", ("window",))
        canvas = self.target.canvas
        if canvas and not (canvas[0] < self.window[1] and self.window[0] < canvas[1]):
            object.__setattr__(self, "window", canvas)  # of a painting somewhere else: nothing of it was measured
        object.__setattr__(self, "lanes", _with_names_and_slots(self.lanes))
        for index, lane in enumerate(self.lanes):
            if reason := lane.objective.incompatibility(lane.net):
                raise ValidationError(f"cannot train: {reason}", (f"lanes.{index}",))
            if lane.sampler.needs_energy and lane.score_from == "learned" and not lane.net.gives_energy:
                raise ValidationError(
                    f"cannot sample: {lane.sampler.title} accepts by energies, and a {lane.net.title.lower()} has only "
                    "a score: choose an energy network, or the true score.",
                    (f"lanes.{index}",),
                )

    @property
    def origin(self) -> float:
        """The middle of the canvas along both axes: the engine computes relative to it."""
        return sum(self.target.canvas or self.window) / 2

    @property
    def learners(self) -> tuple[int, ...]:
        """The number of each lane's learner, which does not count in comparisons of experiments."""
        return tuple(lane.learner for lane in self.lanes)

    def lane_index(self, slot: int) -> int | None:
        """The index of the lane in `slot`, or None."""
        return next((index for index, lane in enumerate(self.lanes) if lane.slot == slot), None)


def _with_names_and_slots(lanes: tuple[LaneSpec, ...]) -> tuple[LaneSpec, ...]:
    """Every lane with a unique name and a unique slot, which identify it when others are added or removed."""
    lanes = _with_slots(lanes)
    taken = [lane.name for lane in lanes if lane.name]
    if twice := [name for name in taken if taken.count(name) > 1]:
        raise ValidationError(f"must have different names, but two are called {twice[0]!r}", ("lanes",))
    found = []
    for lane in lanes:
        letters = (letter for letter in LETTERS[lane.slot] + "ABCDEFGHIJKL" if letter not in taken)
        found.append(lane if lane.name else replace(lane, name=next(letters)))
        taken.append(found[-1].name)
    return tuple(found)


def _with_slots(lanes: tuple[LaneSpec, ...]) -> tuple[LaneSpec, ...]:
    """Every lane with a unique slot: its own unless an earlier lane has the same, else the first free one."""
    own = [lane.slot for lane in lanes]
    wanted = [-1 if slot in own[:index] else slot for index, slot in enumerate(own)]
    free = iter(slot for slot in range(MOST_LANES) if slot not in wanted)
    slots = [slot if slot >= 0 else next(free) for slot in wanted]
    return tuple(
        each if each.slot == slot else replace(each, slot=slot) for each, slot in zip(lanes, slots, strict=True)
    )
