"""What can be drawn in a lane: the words, hints and keys of maps and layers, wherever they are offered."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from ncsn_viz.lab.map_layers import MAP_LAYERS


class Shown(NamedTuple):
    """Something that can be drawn: its words and its key."""

    text: str
    hint: str
    key: str


MAPS = {name: Shown(layer.title, layer.help, layer.key) for name, layer in MAP_LAYERS.items()} | {
    "": Shown("None", "No map: only what is drawn on it.", "")
}
LAYERS = {
    "energy": Shown("Contours", "Lines of equal energy at ½, 1, 2, 4 … nats above the least.", "2"),
    "truth": Shown("Truth", "Lines of equal true density, dashed, at the same heights.", "0"),
    "field": Shown("Field", "The score as arrows; their length saturates.", "3"),
    "streamlines": Shown(
        "Streamlines", "Lines that move along the score at an even pace, and rest where it is 0.", "L"
    ),
    "particles": Shown("Particles", "The particles that the sampler moves.", "4"),
    "trails": Shown("Trails", "Where the particles came from, fading.", "5"),
    "followed": Shown(
        "Follow", "One particle, the same in every lane: its way, and the drift and the noise of its last step.", "F"
    ),
    "negatives": Shown(
        "Negatives", "Where contrastive divergence has pushed the energy up: the ends of its chains.", "N"
    ),
    "surface": Shown(
        "3D", "The energy as a surface, evenly in log(1 + E): drag to turn it, double click to turn it back.", "V"
    ),
}


def said(text: str) -> str:
    """A text of these tables, translated."""
    return QCoreApplication.translate("Shown", text)
