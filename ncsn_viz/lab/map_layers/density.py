"""The learned density and energy, and the true density."""

from __future__ import annotations

from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.map_layers.base import MapInputs, MapLayer


def true_density(inputs: MapInputs) -> torch.Tensor:
    """p_σ* over its peak in the view: (rows, columns)."""
    assert inputs.truth is not None
    return inputs.truth.density()


DENSITY = MapLayer(
    name="density", title="Density", caption="p / max p", key="1", norm="power", compute=None,
    help="Learned density exp(−E), its peak 1, drawn to the power 0.6 so that tails show.",
)  # fmt: skip
TRUE_DENSITY = MapLayer(
    name="true_density", title="True density", caption="p* / max p*", key="Shift+1", norm="power",
    compute=true_density, needs_truth=True,
    help="The exact p_σ at the lane's noise level, its peak 1, to the power 0.6.",
)  # fmt: skip
ENERGY = MapLayer(
    name="energy_map", title="Energy", caption="E − min E", key="Shift+2", norm="log_energy",
    compute=lambda inputs: inputs.field.heights(),
    help="Learned energy above its least in view, in nats, evenly in log(1 + E).",
)  # fmt: skip
