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
               label="Prediction",
               help="What the network predicts: the score; σ times the score; or a reading of the noisy point of a "
                    "path, which is its input: noise ε, data x₀ or v of a VP path, velocity of the linear one, F of "
                    "Karras et al. (2022). log σ is an input, too, unless σ is unseen. The score alone: small levels "
                    "learn slowly, for gradients of large ones drown theirs. x₀: small errors of it are large ones of "
                    "the score at small σ. At σ = 0, σ × score is the score."),
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
        return f"the network's prediction “{self.conditioning}” divides by σ: choose “scaled_embedding” or “none”."

    @property
    def smooth(self) -> bool:
        """Whether second derivatives are not zero almost everywhere, as with ReLU."""
        return self.activation != "relu"
