"""The difference of the log densities of two fields."""

from __future__ import annotations

from ncsn_viz.core.analysis import calculus
from ncsn_viz.core.numerics import Tensor
from ncsn_viz.lab.map_layers.base import MapInputs, MapLayer, required


def difference(inputs: MapInputs) -> Tensor:
    """log p − log p′ in nats, both normalised over the grid: (rows, columns)."""
    own, other = inputs.field.energy, required(inputs.other).energy
    return other - own + (calculus.log_partition(other, inputs.region) - calculus.log_partition(own, inputs.region))


DIFFERENCE = MapLayer(
    name="difference", title="Difference", caption="log p − log p′", key="-", norm="signed_sqrt",
    compute=difference, needs_other=True, faded=True,
    help="log p − log p′ in nats, both normalised over the grid: orange where this lane has more, faded where both are "
         "8 nats below their peaks.",
)  # fmt: skip
