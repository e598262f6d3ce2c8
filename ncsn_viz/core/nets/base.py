"""What every network is, and the knobs that all networks share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ncsn_viz.core.knobs import Choice, Kind, Whole, knob

if TYPE_CHECKING:
    import torch

    from ncsn_viz.core.nets.modules import FieldModule

ACTIVATIONS = ("silu", "softplus", "tanh", "relu")
CONDITIONINGS = ("scaled_embedding", "embedding", "scale", "karras", "none")


@dataclass(frozen=True)
class Net(Kind):
    """The settings of a network; `build` makes the module, with weights drawn from a generator alone."""

    gives_energy: ClassVar[bool] = False

    hidden: int = knob(
        128,
        Whole(low=4, high=1024, log=True, hot=False, label="Hidden width",
              help="Units in each hidden layer. Few: coarse fields. Many: finer detail, at a cost that grows with "
                   "their square."),
    )  # fmt: skip
    layers: int = knob(
        2,
        Whole(
            low=1,
            high=8,
            hot=False,
            label="Hidden layers",
            help="Number of hidden layers. One: simple, smooth fields. Many: finer ones, which are slower and diverge "
            "at smaller learning rates.",
        ),
    )
    activation: str = knob(
        "silu",
        Choice(options=ACTIVATIONS, titles=("SiLU", "Softplus", "Tanh", "ReLU"), hot=False, label="Activation",
               help="Nonlinearity. Second derivatives need a smooth one: with ReLU they are zero almost everywhere."),
    )  # fmt: skip
    conditioning: str = knob(
        "scaled_embedding",
        Choice(options=CONDITIONINGS, titles=("log σ + 1/σ scale", "log σ", "1/σ scale", "Karras", "none"),
               hot=False, label="σ conditioning",
               help="How the network learns which noise level it is at: waves of log σ as inputs, its output divided "
                    "by σ (at σ = 0 by nothing), both, the preconditioning of Karras et al. (2022), or not at all. "
                    "Without a scale, small levels of a ladder learn slowly: gradients of large ones drown theirs."),
    )  # fmt: skip

    def build(
        self, generator: torch.Generator, device: torch.device | str = "cpu", dtype: torch.dtype | None = None
    ) -> FieldModule:
        """A fresh module; equal settings and equal generators give equal weights, on every device."""
        raise NotImplementedError

    @property
    def needs_noise(self) -> bool:
        """Whether the conditioning means nothing at σ = 0: Karras' c_out/σ² is infinite there."""
        return self.conditioning == "karras"

    @property
    def smooth(self) -> bool:
        """Whether second derivatives of the network mean anything."""
        return self.activation != "relu"
