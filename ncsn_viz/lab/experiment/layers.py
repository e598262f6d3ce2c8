"""The layers that a view can draw, by name."""

from __future__ import annotations

from ncsn_viz.lab.map_layers import MAP_LAYERS

DIFFERENCES = tuple(name for name, layer in MAP_LAYERS.items() if layer.needs_other)
LAYERS = (  # one of the maps at most is the background
    *MAP_LAYERS, "energy", "truth", "field", "velocity", "streamlines", "particles", "trails", "paths", "flow", "mesh",
    "negatives", "followed", "pulls", "modes", "marginals", "path_axes",
    "surface",
)  # fmt: skip
# layers for which a grid evaluation computes more than the score and the density
_COMPUTED = {name for name, layer in MAP_LAYERS.items() if layer.compute is not None}
_COMPUTED |= {"energy", "truth", "velocity", "surface"}
EVALUATED = tuple(name for name in LAYERS if name in _COMPUTED)
