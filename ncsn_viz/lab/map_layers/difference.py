"""The difference of the log densities of two fields."""

from __future__ import annotations

from ncsn_viz.core.analysis import calculus
from ncsn_viz.core.numerics import Tensor
from ncsn_viz.lab.map_layers.base import RECOVERED, MapInputs, MapLayer, required


def difference(inputs: MapInputs) -> Tensor:
    """log p − log p′ in nats, both normalised over the grid, or over where a recovered energy is known of it."""
    own, other = required(inputs.field.energy), required(required(inputs.other).energy)
    unknown = 0.0 if inputs.opacity is None else -inputs.opacity.log()  # ∞ where nothing is known
    own_z, other_z = (calculus.log_partition(energy + unknown, inputs.region) for energy in (own, other))
    return other - own + (other_z - own_z)


DIFFERENCE = MapLayer(
    name="difference", title="Difference", caption="log p − log p′", key="-", norm="signed_sqrt",
    compute=difference, needs_other=True, needs_energy=True, faded=True,
    of_score=f"log p − log p′, p ∝ exp u, {RECOVERED}",
    help="log p − log p′ in nats, both normalised over the grid: orange where this lane has more, faded where both are "
         "8 nats below their peaks, and where there are no data if an energy was recovered from a score: then heights "
         "of separate modes are not determined.",
)  # fmt: skip
