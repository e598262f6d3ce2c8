"""The learned energy above its least in the view."""

from ncsn_viz.lab.map_layers.base import RECOVERED, MapLayer

ENERGY = MapLayer(
    name="energy_map", title="Energy", caption="E − min E", key="Shift+2", norm="log_energy",
    compute=lambda inputs: inputs.field.heights(), needs_energy=True,
    of_score=f"−u, {RECOVERED}",
    help="Learned energy above its least in view, in nats, evenly in log(1 + E). Of a network that has only a score "
         "−u, u the potential of s: ∇u fits s by least squares, weighted by where the data are. Heights of separate "
         "modes are not determined; faded where there are no data.",
)  # fmt: skip
