"""The learned density: of an energy exp(−E)/Z, of a score that of its particles."""

from ncsn_viz.lab.map_layers.base import MapLayer

DENSITY = MapLayer(
    name="density", title="Density", caption="p / max p", key="1", norm="power", compute=None,
    of_score="density of the particles, kernel width h = {bandwidth}",
    help="The learned density, its peak 1, drawn to the power 0.6 so that tails show. Of an energy network exp(−E)/Z; "
         "of a network that has only a score that of its particles, a Gaussian kernel of width h around each: what the "
         "score says of heights far apart shows in where they go.",
)  # fmt: skip
