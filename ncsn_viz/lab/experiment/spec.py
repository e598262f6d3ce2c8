"""The Spec: everything that the user chose, immutable and whole. Its parts have files of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ncsn_viz.core.knobs import Integer, ListOf, Nested, Numbers, Settings, ValidationError, Variant, knob
from ncsn_viz.core.objectives import NCSN, Sliced
from ncsn_viz.core.samplers import Langevin
from ncsn_viz.core.targets import TARGETS, Moons, Target
from ncsn_viz.lab.experiment.fairness import Fairness
from ncsn_viz.lab.experiment.lane_spec import MOST_LANES, LaneSpec, Optimizer, with_names_and_slots
from ncsn_viz.lab.experiment.layers import DIFFERENCES, map_of
from ncsn_viz.lab.experiment.particles import Particles
from ncsn_viz.lab.experiment.playback import Playback
from ncsn_viz.lab.experiment.view import CurveView, View

__all__ = ["CurveView", "LaneSpec", "Optimizer", "Particles", "Playback", "Spec", "View"]

MOST_REPEATS = 16


@dataclass(frozen=True)
class Spec(Settings):
    """One experiment, whole: what a file holds, what undo steps through, what the engine applies."""

    seed: int = knob(
        0,
        Integer(
            low=0,
            high=2**63 - 1,
            hot=False,
            label="Seed",
            help="Seed of weights, data, noise and particles. The same one gives the same run again; another one "
            "starts every lane anew.",
        ),
    )
    window: tuple[float, float] = knob(
        (-8.0, 8.0),
        Numbers(low=-1e4, high=1e4, least=2, most=2, help="The square that is painted on and measured over."),
    )
    target: Target = knob(Moons(), Variant(kinds=TARGETS, label="Target"))
    lanes: tuple[LaneSpec, ...] = knob(
        (
            LaneSpec(objective=NCSN()),
            LaneSpec(objective=Sliced(), sampler=Langevin()),
        ),
        ListOf(of=Nested(of=LaneSpec), least=1, most=MOST_LANES),
    )
    particles: Particles = knob(Particles(), Nested(of=Particles))
    fairness: Fairness = knob(Fairness(), Nested(of=Fairness, label="Fairness"))
    repeats: int = knob(
        1,
        Integer(low=1, high=MOST_REPEATS, label="Repeats", unit="seeds",
              help="So many copies of every lane train, with seeds one apart. The first is drawn; curves show the "
                   "median of all and a band from the least to the greatest. Many: training is that much slower."),
    )  # fmt: skip
    run: Playback = knob(Playback(), Nested(of=Playback))
    view: View = knob(View(), Nested(of=View))

    @property
    def slow(self) -> bool:
        """Whether a lane is watched in slow motion."""
        return any(lane.name == self.run.slow for lane in self.lanes)

    @property
    def trains(self) -> bool:
        """Whether training goes on by itself."""
        return self.run.training and not self.slow

    @property
    def samples(self) -> bool:
        """Whether particles move by themselves."""
        return self.run.sampling and not self.slow

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.window[0] >= self.window[1]:
            raise ValidationError("must run from a smaller to a larger number", ("window",))
        object.__setattr__(self, "lanes", with_names_and_slots(self.lanes))
        object.__setattr__(self, "run", self.run.among(tuple(lane.name for lane in self.lanes)))
        for index, lane in enumerate(self.lanes):
            if complaint := lane.objective.incompatibility(lane.net):
                raise ValidationError(f"cannot train: {complaint}", (f"lanes.{index}",))
            if lane.sampler.needs_energy and lane.score_from == "learned" and not lane.net.gives_energy:
                raise ValidationError(
                    f"cannot sample: {lane.sampler.title} accepts by energies, and a {lane.net.title.lower()} has only "
                    "a score: choose an energy network, or the true score.",
                    (f"lanes.{index}",),
                )

    def layers_of(self, lane: LaneSpec) -> tuple[str, ...]:
        """What a lane shows: the layers of all lanes, or its own. The lane that is subtracted shows its density."""
        layers = lane.layers if lane.own_layers else self.view.layers
        if lane.slot == self.view.against and map_of(layers) in DIFFERENCES:
            return tuple("density" if name in DIFFERENCES else name for name in layers)
        return layers


def with_lane(spec: Spec, index: int, lane: LaneSpec) -> Spec:
    """Another lane in the place of the one at `index`. Raises BadValue if the experiment does not admit it."""
    return replace(spec, lanes=(*spec.lanes[:index], lane, *spec.lanes[index + 1 :]))
