"""The Spec: everything that the user chose, immutable and whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import ClassVar, TypeVar

from ncsn_viz.core.knobs import Nested, Settings, Switch, Text, knob
from ncsn_viz.lab.experiment.experiment import Experiment
from ncsn_viz.lab.experiment.lane_spec import LaneSpec
from ncsn_viz.lab.experiment.layers import DIFFERENCES
from ncsn_viz.lab.experiment.view import View
from ncsn_viz.lab.map_layers import map_of

SpecT = TypeVar("SpecT", bound=Experiment)


@dataclass(frozen=True)
class Playback(Settings):
    """Play and pause of training and of particles, and slow motion. Single steps are commands."""

    former_names: ClassVar[Mapping[str, str]] = {"slow": "slow_motion"}

    training: bool = knob(True, Switch(help="Whether training goes on."))
    sampling: bool = knob(True, Switch(help="Whether the particles move."))
    slow_motion: str = knob(
        "", Text(help="The lane that is watched in slow motion, while all else stands still; or none.")
    )

    def for_lanes(self, names: tuple[str, ...]) -> Playback:
        """The playback among lanes of these `names`: slow motion ends when its lane is removed."""
        return self if not self.slow_motion or self.slow_motion in names else replace(self, slow_motion="")


@dataclass(frozen=True)
class Spec(Experiment):
    """An Experiment with its playback (what runs) and its view (what is drawn), which undo leaves alone."""

    playback: Playback = knob(Playback(), Nested(of=Playback))
    view: View = knob(View(), Nested(of=View))

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "playback", self.playback.for_lanes(tuple(lane.name for lane in self.lanes)))

    @property
    def experiment(self) -> Experiment:
        """The part that files hold and undo restores."""
        return Experiment(**{item.name: getattr(self, item.name) for item in fields(Experiment)})

    def with_experiment(self, experiment: Experiment) -> Spec:
        """The same playback and view of another experiment, which moves into sight."""
        return replace(self, **{item.name: getattr(experiment, item.name) for item in fields(Experiment)}).in_sight()

    def in_sight(self) -> Spec:
        """The same with the window in view, if no part of it was."""
        (low, high), (x0, x1, y0, y1) = self.window, self.view.region
        if min(x1, y1) > low and max(x0, y0) < high:
            return self
        return replace(self, view=replace(self.view, region=(low, high, low, high)))

    @property
    def slow_motion(self) -> bool:
        """Whether a lane is in slow motion, while everything else stands still."""
        return bool(self.playback.slow_motion)

    @property
    def trains(self) -> bool:
        """Whether training runs continuously."""
        return self.playback.training and not self.slow_motion

    @property
    def samples(self) -> bool:
        """Whether the particles move continuously."""
        return self.playback.sampling and not self.slow_motion

    @property
    def flow_start(self) -> tuple[float, float]:
        """Where the trajectory that the layer “flow” shows begins: as chosen, or up on the right."""
        low, high = self.window
        corner = low + 0.85 * (high - low)
        return next(iter(self.view.flow_start), (corner, corner))

    @property
    def common_sigma(self) -> float:
        """The noise level at which score errors of lanes are compared: the chosen one, or the least that all have."""
        return max(self.view.error_sigma or (lane.objective.sigmas()[-1] for lane in self.lanes))

    @property
    def chosen(self) -> int:
        """The index of the chosen lane; the first one where its slot is free."""
        return self.lane_index(self.view.chosen) or 0

    def layers_of(self, lane: LaneSpec) -> tuple[str, ...]:
        """The layers that a lane shows: its own or those of all lanes. The baseline lane shows its density."""
        layers = lane.layers if lane.own_layers else self.view.layers
        if lane.slot == self.view.baseline and map_of(layers) in DIFFERENCES:
            return tuple("density" if name in DIFFERENCES else name for name in layers)
        return layers


def with_lane(spec: SpecT, index: int, lane: LaneSpec) -> SpecT:
    """`spec` with another lane at `index`. Raises ValidationError if the experiment does not admit it."""
    return replace(spec, lanes=(*spec.lanes[:index], lane, *spec.lanes[index + 1 :]))


Edit = Callable[[Spec], Spec]  # raises ValidationError where the Spec does not admit it
