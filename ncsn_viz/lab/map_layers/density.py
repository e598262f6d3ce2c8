"""The learned density."""

from __future__ import annotations

from ncsn_viz.lab.map_layers.base import MapLayer

DENSITY = MapLayer(
    name="density",
    title="Density",
    help="Learned density exp(−E), its peak 1, drawn to the power 0.6 so that tails show.",
    caption="p / max p",
    key="1",
    norm="power",
    compute=None,
)
