"""The texts, tool tips and shortcut keys of maps and layers in menus and toolbars."""

from __future__ import annotations

from typing import NamedTuple

from ncsn_viz.lab.map_layers import MAP_LAYERS


class LayerText(NamedTuple):
    """The text, the tool tip and the shortcut key of a map or a layer."""

    text: str
    hint: str
    key: str


MAPS = {name: LayerText(layer.title, layer.help, layer.key) for name, layer in MAP_LAYERS.items()} | {
    "": LayerText("None", "No map: only what is drawn on it.", "")
}
LAYERS = {
    "energy": LayerText("Contours", "Lines of equal energy at ½, 1, 2, 4 … nats above the least; of a score −u, u its "
                        "potential: heights of separate modes are not determined.", "2"),
    "truth": LayerText("Truth", "Lines of equal true density, dashed, at the same heights.", "0"),
    "field": LayerText("Field", "The score as arrows; their length saturates.", "3"),
    "velocity": LayerText("Velocity", "The velocity of the probability flow from noise to data as arrows, −dx/dt on "
                          "the path of the lane: what flow matching learns. A lane of one noise level has none.", "U"),
    "streamlines": LayerText("Streamlines", "Lines that move along the score at an even pace, and rest where it is 0.",
                             "L"),
    "particles": LayerText("Particles", "The particles that the sampler moves.", "4"),
    "trails": LayerText("Trails", "Where the particles came from, fading.", "5"),
    "paths": LayerText("Paths", "The whole trajectories of some particles since their release.", "W"),
    "flow": LayerText("Flow", "The trajectory of one point from the largest noise to the data: solid by the "
                      "probability flow, dashed by the reverse SDE, whose noise is the same everywhere. Drag its "
                      "start.", "Y"),
    "mesh": LayerText("Mesh", "A mesh that is straight at the largest noise, carried along by the probability flow to "
                      "the present noise level.", "J"),
    "pulls": LayerText("Pulls", "The true score at the cursor taken apart: an arrow for the data in each direction, "
                       "whose sum it is, and a dot there as large as their posterior weight. Dotted: one data point "
                       "drawn from that posterior; denoising regresses on its pull alone.", "K"),
    "followed": LayerText("Follow", "One particle, the same in every lane: its way, and the drift and the noise of its "
                          "last step.", "F"),
    "negatives": LayerText("Negatives", "Where contrastive divergence has pushed the energy up: the ends of its "
                           "chains.", "N"),
    "modes": LayerText("Numbers", "The number of each mode, as in the mode weights below.", "Shift+7"),
    "marginals": LayerText("Marginals", "Along the upper and the right edge: how dense the particles are along x and "
                           "along y, all of them, also those outside of what is shown, and as a line the truth at "
                           "their σ.", "Shift+8"),
    "path_axes": LayerText("Path's axes", "Number the axes by x_t = α x̂, the coordinates of the lane's path at its "
                           "time t, instead of x̂ = x_t/α, those of the data. The picture is the same.", "Z"),
    "surface": LayerText("3D", "The energy as a surface, evenly in log(1 + E); of a score −u, u its potential: heights "
                         "of separate modes are not determined. Drag to turn it, double click to turn it back.", "V"),
}  # fmt: skip
