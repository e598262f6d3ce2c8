"""The settings of one lane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ncsn_viz.core.knobs import Choice, Integer, ListOf, Nested, Real, Settings, Switch, Text, Variant, knob
from ncsn_viz.core.nets import NETS, Net, ScoreMLP
from ncsn_viz.core.objectives import NCSN, OBJECTIVES, Objective
from ncsn_viz.core.samplers import SAMPLERS, AnnealedLangevin, Sampler
from ncsn_viz.lab.experiment.layers import LAYERS

MOST_LANES = 6
MOST_GROUPS = 3
LETTERS = "ABCDEF"  # of the slots


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
                help="Data points in each training step. Few: noisy gradients. Many: less noise, fewer steps a "
                     "second."),
    )  # fmt: skip
    ema: float = knob(
        0.999,
        Real(low=0, high=0.99999, label="EMA", symbol="μ",
             help="Memory of the running mean of the weights, which is what is drawn and sampled. 0 turns it off, and "
                  "pictures jitter with every batch. Near 1: smooth, but behind what is learned."),
    )  # fmt: skip


@dataclass(frozen=True)
class LaneSpec(Settings):
    """One column: an objective that trains a net, and a sampler that moves particles along its field."""

    former_names: ClassVar[Mapping[str, str]] = {"mark": "slot"}

    name: str = knob("", Text(label="Name", help="What the lane is called; empty names it A, B, C …"))
    objective: Objective = knob(NCSN(), Variant(kinds=OBJECTIVES, label="Objective"))
    net: Net = knob(ScoreMLP(), Variant(kinds=NETS, label="Network"))
    optimizer: Optimizer = knob(Optimizer(), Nested(of=Optimizer, label="Optimiser"))
    sampler: Sampler = knob(AnnealedLangevin(), Variant(kinds=SAMPLERS, label="Sampler"))
    score_from: str = knob(
        "learned",
        Choice(options=("learned", "true"), titles=("learned field", "true score"), label="Score from",
               help="Which field moves the particles: what the network has learned, or the exact truth."),
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
    own_layers: bool = knob(
        False,
        Switch(label="Own layers", shown=False, help="Whether this lane shows its own layers, not the common ones."),
    )  # fmt: skip
    layers: tuple[str, ...] = knob(
        (), ListOf(of=Choice(options=LAYERS), shown=False, help="The layers of this lane, where it has its own.")
    )
