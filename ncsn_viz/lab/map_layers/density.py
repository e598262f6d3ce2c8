"""The learned density."""

from ncsn_viz.lab.map_layers.base import MapLayer

DENSITY = MapLayer(
    name="density", title="Density", caption="p / max p", key="1", norm="power", compute=None,
    help="Learned density exp(−E), its peak 1, drawn to the power 0.6 so that tails show.",
)  # fmt: skip
