"""A multilayer perceptron with two outputs: the score itself."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.nets.perceptron import Perceptron
from ncsn_viz.core.numerics import Generator, torch


@dataclass(frozen=True)
class ScoreMLP(Perceptron):
    """s(x, σ) directly. It need not be a gradient: its curl need not vanish."""

    kind = "score_mlp"
    title = "Score network"
    about = "Gives the score s(x, σ) directly. Fast, but nothing forces it to be the gradient of an energy."

    def module(self, generator: Generator) -> torch.nn.Module:
        """A fresh network."""
        from ncsn_viz.core.nets.modules import ScoreModule

        return ScoreModule(2, self.hidden, self.layers, self.activation, self.conditioning, generator)
