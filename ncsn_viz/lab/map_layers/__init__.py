"""The map layers, listed in the order of the menu. Everything that offers maps reads this list."""

from ncsn_viz.lab.map_layers.base import GAMMA, RECOVERED, FieldValues, MapInputs, MapLayer, required
from ncsn_viz.lab.map_layers.curl import CURL
from ncsn_viz.lab.map_layers.density import DENSITY
from ncsn_viz.lab.map_layers.difference import DIFFERENCE
from ncsn_viz.lab.map_layers.divergence import DIVERGENCE
from ncsn_viz.lab.map_layers.energy import ENERGY
from ncsn_viz.lab.map_layers.error import ERROR
from ncsn_viz.lab.map_layers.score_difference import SCORE_DIFFERENCE
from ncsn_viz.lab.map_layers.true_density import TRUE_DENSITY
from ncsn_viz.lab.map_layers.weighted_error import WEIGHTED_ERROR

__all__ = ["GAMMA", "MAP_LAYERS", "RECOVERED", "FieldValues", "MapInputs", "MapLayer", "map_of", "required"]

_LISTED = (
    DENSITY, TRUE_DENSITY, ENERGY, ERROR, WEIGHTED_ERROR, DIVERGENCE, CURL, DIFFERENCE, SCORE_DIFFERENCE,
)  # fmt: skip
MAP_LAYERS = {layer.name: layer for layer in _LISTED}


def map_of(layers: tuple[str, ...]) -> str:
    """The name of the map that is the background: the last one among `layers`, or none."""
    return next((name for name in reversed(layers) if name in MAP_LAYERS), "")
