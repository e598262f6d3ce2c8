"""The distance of the score from the true one."""

from __future__ import annotations

from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.map_layers.base import MapInputs, MapLayer


def error(inputs: MapInputs) -> torch.Tensor:
    """‖s − s*‖: (rows, columns)."""
    assert inputs.truth is not None
    distance: torch.Tensor = torch.linalg.vector_norm(inputs.field.score - inputs.truth.score, dim=-1)
    return distance


ERROR = MapLayer(
    name="error",
    title="Error",
    help="‖s − s*‖: how far the field is from the true score, in logarithm.",
    caption="‖s − s*‖",
    key="6",
    norm="log",
    compute=error,
    needs_truth=True,
)
