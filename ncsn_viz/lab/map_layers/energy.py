"""The learned energy."""

from __future__ import annotations

from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.map_layers.base import MapInputs, MapLayer


def energy(inputs: MapInputs) -> torch.Tensor:
    """E − min E in nats: (rows, columns)."""
    return inputs.field.heights()


ENERGY = MapLayer(
    name="energy_map",
    title="Energy",
    help="Learned energy above its least in view, in nats, evenly in log(1 + E).",
    caption="E − min E",
    key="Shift+2",
    norm="log_energy",
    compute=energy,
)
