"""The divergence of the score."""

from __future__ import annotations

from ncsn_viz.core.analysis import calculus
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.map_layers.base import MapInputs, MapLayer


def divergence(inputs: MapInputs) -> torch.Tensor:
    """∂₁s₁ + ∂₂s₂ by central differences: (rows, columns)."""
    return calculus.divergence_and_curl(inputs.field.score, inputs.region)[0]


DIVERGENCE = MapLayer(
    name="divergence",
    title="Divergence",
    help="∇·s = ∂₁s₁ + ∂₂s₂: negative where arrows run together.",
    caption="∇·s",
    key="8",
    norm="signed_sqrt",
    compute=divergence,
)
