"""The knobs of multilayer perceptrons."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.knobs import Choice, Integer, knob
from ncsn_viz.core.nets.base import Net
from ncsn_viz.core.nets.preconditioning import PRECONDITIONINGS, Preconditioning, divide_by_sigma

ACTIVATIONS = ("silu", "softplus", "tanh", "relu")
CONDITIONINGS = tuple(PRECONDITIONINGS)


@dataclass(frozen=True)
class Perceptron(Net):
    """Widths, activation and preconditioning of a multilayer perceptron."""

    hidden: int = knob(
        128,
        Integer(low=4, high=1024, log=True, hot=False, label="Hidden width",
                help="Units in each hidden layer. Few: coarse fields. Many: finer detail, at a cost that grows with "
                     "their square."),
    )  # fmt: skip
    layers: int = knob(
        2,
        Integer(low=1, high=8, hot=False, label="Hidden layers",
                help="Number of hidden layers. One: simple, smooth fields. Many: finer ones, which are slower and "
                     "diverge at smaller learning rates."),
    )  # fmt: skip
    activation: str = knob(
        "silu",
        Choice(options=ACTIVATIONS, titles=("SiLU", "Softplus", "Tanh", "ReLU"), hot=False, label="Activation",
               help="Nonlinearity. Second derivatives need a smooth one: with ReLU they are zero almost everywhere."),
    )  # fmt: skip
    conditioning: str = knob(
        "scaled_embedding",
        Choice(options=CONDITIONINGS, titles=tuple(row.title for row in PRECONDITIONINGS.values()), hot=False,
               label="σ conditioning",
               help="How the network learns which noise level it is at: waves of log σ as inputs, its output divided "
                    "by σ (at σ = 0 by nothing), both, the preconditioning of Karras et al. (2022), or not at all. "
                    "Without a scale, small levels of a ladder learn slowly: gradients of large ones drown theirs."),
    )  # fmt: skip

    @property
    def preconditioning(self) -> Preconditioning:
        """The row of the preconditioning table."""
        return PRECONDITIONINGS[self.conditioning]

    @property
    def embeds_noise(self) -> bool:
        """Whether waves of log σ are among the inputs."""
        return self.preconditioning.c_noise is not None

    @property
    def divides_by_noise(self) -> bool:
        """Whether the output is divided by σ."""
        return self.preconditioning.c_out is divide_by_sigma

    @property
    def why_noise(self) -> str:
        """The reason, for a preconditioning whose c_out is infinite at σ = 0."""
        if not self.preconditioning.needs_noise:
            return ""
        return f"the network's σ conditioning “{self.conditioning}” divides by σ: choose “scaled_embedding” or “none”."

    @property
    def smooth(self) -> bool:
        """Whether second derivatives are not zero almost everywhere, as with ReLU."""
        return self.activation != "relu"
