"""The distance of two scores."""

from __future__ import annotations

from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.map_layers.base import MapInputs, MapLayer


def score_difference(inputs: MapInputs) -> torch.Tensor:
    """‖s − s′‖: (rows, columns)."""
    assert inputs.other is not None
    distance: torch.Tensor = torch.linalg.vector_norm(inputs.field.score - inputs.other.score, dim=-1)
    return distance


SCORE_DIFFERENCE = MapLayer(
    name="score_difference",
    title="Score difference",
    help="‖s − s′‖, in logarithm: how far two fields are apart.",
    caption="‖s − s′‖",
    key="Shift+6",
    norm="log",
    compute=score_difference,
    needs_other=True,
)
