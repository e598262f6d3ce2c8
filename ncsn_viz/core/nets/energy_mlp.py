"""A multilayer perceptron with one output: the energy."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.nets.perceptron import Perceptron
from ncsn_viz.core.numerics import Generator, torch


@dataclass(frozen=True)
class EnergyMLP(Perceptron):
    """E(x, σ) with s = −∇E: a conservative field by construction."""

    kind = "energy_mlp"
    title = "Energy network"
    about = "Gives an energy E(x, σ); its score is −∇E, so the field is a gradient by construction."
    gives_energy = True

    def module(self, generator: Generator) -> torch.nn.Module:
        """A fresh network."""
        from ncsn_viz.core.nets.modules import EnergyModule

        return EnergyModule(1, self.hidden, self.layers, self.activation, self.conditioning, generator)
