"""The exact density p_σ of the target."""

from __future__ import annotations

from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.map_layers.base import MapInputs, MapLayer


def true_density(inputs: MapInputs) -> torch.Tensor:
    """p_σ* over its peak in the view: (rows, columns)."""
    assert inputs.truth is not None
    return inputs.truth.density()


TRUE_DENSITY = MapLayer(
    name="true_density",
    title="True density",
    help="The exact p_σ at the lane's noise level, its peak 1, to the power 0.6.",
    caption="p* / max p*",
    key="Shift+1",
    norm="power",
    compute=true_density,
    needs_truth=True,
)
