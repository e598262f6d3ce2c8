"""The differences of two fields: of their log densities, and of their scores."""

from __future__ import annotations

from ncsn_viz.core.analysis import calculus
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.map_layers.base import MapInputs, MapLayer


def difference(inputs: MapInputs) -> torch.Tensor:
    """log p − log p′ in nats, both normalised over the grid: (rows, columns)."""
    assert inputs.other is not None
    own, other = inputs.field.energy, inputs.other.energy
    return other - own + (calculus.log_partition(other, inputs.region) - calculus.log_partition(own, inputs.region))


def score_difference(inputs: MapInputs) -> torch.Tensor:
    """‖s − s′‖: (rows, columns)."""
    assert inputs.other is not None
    return inputs.field.distance(inputs.other)


DIFFERENCE = MapLayer(
    name="difference", title="Difference", caption="log p − log p′", key="-", norm="signed_sqrt",
    compute=difference, needs_other=True, faded=True,
    help="log p − log p′ in nats, both normalised over the grid: orange where this lane has more, faded where both are "
         "8 nats below their peaks.",
)  # fmt: skip
SCORE_DIFFERENCE = MapLayer(
    name="score_difference", title="Score difference", caption="‖s − s′‖", key="Shift+6", norm="log",
    compute=score_difference, needs_other=True,
    help="‖s − s′‖, in logarithm: how far two fields are apart.",
)  # fmt: skip
