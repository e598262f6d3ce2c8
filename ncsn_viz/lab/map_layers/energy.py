"""The learned energy above its least in the view."""

from ncsn_viz.lab.map_layers.base import MapLayer

ENERGY = MapLayer(
    name="energy_map", title="Energy", caption="E − min E", key="Shift+2", norm="log_energy",
    compute=lambda inputs: inputs.field.heights(),
    help="Learned energy above its least in view, in nats, evenly in log(1 + E).",
)  # fmt: skip
