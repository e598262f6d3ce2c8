"""The error of the score, weighted by the true density."""

from __future__ import annotations

from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.map_layers.base import MapInputs, MapLayer
from ncsn_viz.lab.map_layers.error import error
from ncsn_viz.lab.map_layers.true_density import true_density


def weighted_error(inputs: MapInputs) -> torch.Tensor:
    """‖s − s*‖ · p_σ*/max p_σ*: (rows, columns)."""
    return error(inputs) * true_density(inputs)


WEIGHTED_ERROR = MapLayer(
    name="weighted_error",
    title="Error at the data",
    help="‖s − s*‖ times the true density over its peak.",
    caption="‖s − s*‖ · p/max p",
    key="7",
    norm="log",
    compute=weighted_error,
    needs_truth=True,
)
