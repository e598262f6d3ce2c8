"""The distance of the score from the true one."""

from __future__ import annotations

from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.map_layers.base import MapInputs, MapLayer
from ncsn_viz.lab.map_layers.density import true_density


def error(inputs: MapInputs) -> torch.Tensor:
    """‖s − s*‖: (rows, columns)."""
    assert inputs.truth is not None
    return inputs.field.distance(inputs.truth)


ERROR = MapLayer(
    name="error", title="Error", caption="‖s − s*‖", key="6", norm="log", compute=error, needs_truth=True,
    help="‖s − s*‖: how far the field is from the true score, in logarithm.",
)  # fmt: skip
WEIGHTED_ERROR = MapLayer(
    name="weighted_error", title="Error at the data", caption="‖s − s*‖ · p/max p", key="7", norm="log",
    compute=lambda inputs: error(inputs) * true_density(inputs), needs_truth=True,
    help="‖s − s*‖ times the true density over its peak.",
)  # fmt: skip
