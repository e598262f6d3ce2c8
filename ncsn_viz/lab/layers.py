"""The layers that a view can draw, by name."""

from __future__ import annotations

MAPS = (  # one of them at most is the background
    "density", "true_density", "energy_map", "error", "weighted_error", "divergence", "curl", "difference",
    "score_difference",
)  # fmt: skip
DIFFERENCES = ("difference", "score_difference")
LAYERS = (
    *MAPS, "energy", "truth", "field", "streamlines", "particles", "trails", "negatives", "followed",
    "surface",
)  # fmt: skip


def map_of(layers: tuple[str, ...]) -> str:
    """The map among `layers` that is the background: the last one, or none."""
    return next((layer for layer in reversed(layers) if layer in MAPS), "")
