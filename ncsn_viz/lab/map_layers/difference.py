"""The difference of two log densities."""

from __future__ import annotations

from ncsn_viz.core.analysis import calculus
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.map_layers.base import MapInputs, MapLayer


def difference(inputs: MapInputs) -> torch.Tensor:
    """log p − log p′ in nats, both normalised over the grid: (rows, columns)."""
    assert inputs.other is not None
    own, other = inputs.field.energy, inputs.other.energy
    return other - own + (calculus.log_partition(other, inputs.region) - calculus.log_partition(own, inputs.region))


DIFFERENCE = MapLayer(
    name="difference",
    title="Difference",
    help="log p − log p′ in nats, both normalised over the grid: orange where this lane has more, faded where both are "
    "8 nats below their peaks.",
    caption="log p − log p′",
    key="-",
    norm="signed_sqrt",
    compute=difference,
    needs_other=True,
    faded=True,
)
