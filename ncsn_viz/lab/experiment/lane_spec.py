"""The settings of one lane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ncsn_viz.core.knobs import (
    Choice,
    Integer,
    ListOf,
    Nested,
    Real,
    Settings,
    Switch,
    Text,
    ValidationError,
    Variant,
    knob,
    knobs,
)
from ncsn_viz.core.nets import NETS, Net
from ncsn_viz.core.objectives import NCSN, OBJECTIVES, Objective
from ncsn_viz.core.samplers import SAMPLERS, Sampler
from ncsn_viz.core.schedules import Schedule
from ncsn_viz.lab.experiment.companions import fitting_net, fitting_sampler
from ncsn_viz.lab.experiment.layers import LAYERS

MOST_LANES = 6
MOST_GROUPS = 3
LETTERS = "ABCDEF"  # of the slots
FITTING: Any = None  # the value of a network or a sampler that is left out: the one that fits the objective


@dataclass(frozen=True)
class Optimizer(Settings):
    """How a lane's weights follow the gradient: Adam, with a running mean of the weights beside them."""

    learning_rate: float = knob(
        3e-3,
        Real(low=1e-6, high=1, log=True, label="Learning rate",
             help="Step size of Adam. Too large: the loss jumps or diverges. Too small: nothing seems to happen."),
    )  # fmt: skip
    batch_size: int = knob(
        128,
        Integer(low=1, high=16384, log=True, label="Batch size", unit="points",
                help="Points in each training step; with noise in pairs there are half as many points of data. Few: "
                     "noisy gradients. Many: less noise, fewer steps a second."),
    )  # fmt: skip
    ema: float = knob(
        0.999,
        Real(low=0, high=0.99999, label="EMA", symbol="μ",
             help="Memory of the running mean of the weights, which is what is drawn and sampled. 0 turns it off, and "
                  "pictures jitter with every batch. Near 1: smooth, but behind what is learned."),
    )  # fmt: skip


@dataclass(frozen=True)
class LaneSpec(Settings):
    """One column: an objective that trains a net, and a sampler that moves particles along its field.

    A network or a sampler that is left out, in a file or here, is the one that fits the objective (`companions`).
    """

    former_names: ClassVar[Mapping[str, str]] = {"mark": "slot"}

    name: str = knob("", Text(label="Name", help="What the lane is called; empty names it A, B, C …"))
    objective: Objective = knob(NCSN(), Variant(kinds=OBJECTIVES, label="Objective"))
    net: Net = knob(FITTING, Variant(kinds=NETS, label="Network", optional=True))
    optimizer: Optimizer = knob(Optimizer(), Nested(of=Optimizer, label="Optimiser"))
    sampler: Sampler = knob(FITTING, Variant(kinds=SAMPLERS, label="Sampler", optional=True))
    score_from: str = knob(
        "learned",
        Choice(options=("learned", "true"), titles=("learned field", "true score"), label="Score from",
               help="Which field moves the particles: what the network has learned, or the true score: of a painting "
                    "exact at the centres of its cells, interpolated between."),
    )  # fmt: skip
    group: int = knob(
        0,
        Integer(low=0, high=MOST_GROUPS, label="Link group", shown=False,
                help="Lanes of one group are edited together; 0 is no group."),
    )  # fmt: skip
    slot: int = knob(
        -1,
        Integer(low=-1, high=MOST_LANES - 1, label="Mark", shown=False,
                help="Number of the lane's colour and letter, which it keeps wherever it stands; −1 takes a free one."),
    )  # fmt: skip
    learner: int = knob(
        0,
        Integer(low=0, high=2**62, shown=False, saved=False,
                help="Number of what the lane has learned: another number is another learner; 0 goes on with the one "
                     "that is there."),
        compare=False,  # equal settings are equal, whoever has learned by them
    )  # fmt: skip
    own_layers: bool = knob(
        False,
        Switch(label="Own layers", shown=False, help="Whether this lane shows its own layers, not the common ones."),
    )  # fmt: skip
    layers: tuple[str, ...] = knob(
        (), ListOf(of=Choice(options=LAYERS), shown=False, help="The layers of this lane, where it has its own.")
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.sampler is FITTING:
            object.__setattr__(self, "sampler", fitting_sampler(self.objective))
        if self.net is FITTING:
            energy = self.sampler.needs_energy and self.score_from == "learned"
            object.__setattr__(self, "net", fitting_net(self.objective, energy))

    @property
    def path(self) -> Schedule | None:
        """The path of the sampler, else of the objective; None where neither has one."""
        return self.sampler.noise_schedule or self.objective.noise_schedule

    @classmethod
    def defaults_beside(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """The defaults; network and sampler are those that fit the `given` objective."""
        start, known = super().defaults_beside(given), knobs(cls)
        try:
            for parts in (("objective",), ("objective", "sampler", "score_from")):  # of the sampler depends the network
                lane = cls(**{part: known[part].complete(given[part], start[part]) for part in parts if part in given})
                start |= {"net": lane.net, "sampler": lane.sampler}
        except ValidationError:  # which is raised again where all of it is parsed
            pass
        return start
