"""The base class of networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ncsn_viz.core.knobs import Kind
from ncsn_viz.core.numerics import Device, Generator, torch

if TYPE_CHECKING:
    from ncsn_viz.core.nets.modules import FieldModule


@dataclass(frozen=True)
class Net(Kind):
    """The settings of a network. A kind defines `module`; the properties say what the network can do."""

    gives_energy: ClassVar[bool] = False

    def module(self, generator: Generator) -> torch.nn.Module:
        """A fresh module with a `score(x, sigma)`, its weights drawn from `generator` on the CPU in float32."""
        raise NotImplementedError

    def build(self, generator: Generator, device: Device = "cpu", dtype: torch.dtype | None = None) -> FieldModule:
        """A fresh field; equal settings and equal generators give equal weights, on every device."""
        from ncsn_viz.core.nets.modules import as_field

        return as_field(self.module(generator)).to(device=device, dtype=dtype)

    @property
    def embeds_noise(self) -> bool:
        """Whether the noise level is among the network's inputs."""
        return True

    @property
    def divides_by_noise(self) -> bool:
        """Whether the network's output is divided by σ."""
        return False

    @property
    def why_noise(self) -> str:
        """Why the network is undefined at σ = 0, as the end of a sentence; empty where it is defined."""
        return ""

    @property
    def smooth(self) -> bool:
        """Whether the network has second derivatives that are not zero almost everywhere."""
        return True
