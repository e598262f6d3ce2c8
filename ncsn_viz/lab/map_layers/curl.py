"""The curl of the score."""

from __future__ import annotations

from ncsn_viz.core.analysis import calculus
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.map_layers.base import MapInputs, MapLayer


def curl(inputs: MapInputs) -> torch.Tensor:
    """∂₁s₂ − ∂₂s₁ by central differences: (rows, columns)."""
    return calculus.divergence_and_curl(inputs.field.score, inputs.region)[1]


CURL = MapLayer(
    name="curl",
    title="Curl",
    help="∂₁s₂ − ∂₂s₁: 0 everywhere for a gradient; what is left is no score of anything.",
    caption="curl s",
    key="9",
    norm="signed_sqrt",
    compute=curl,
    gradient_share=True,
)
