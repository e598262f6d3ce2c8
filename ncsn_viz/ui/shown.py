"""What can be drawn in a lane: the words, hints and keys of maps and layers, wherever they are offered."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QCoreApplication


class Shown(NamedTuple):
    """Something that can be drawn: its words and its key."""

    text: str
    hint: str
    key: str


MAPS = {
    "density": Shown("Density", "Learned density exp(−E), its peak 1, drawn to the power 0.6 so that tails show.", "1"),
    "true_density": Shown(
        "True density", "The exact p_σ at the lane's noise level, its peak 1, to the power 0.6.", "Shift+1"
    ),
    "energy_map": Shown("Energy", "Learned energy above its least in view, in nats, evenly in log(1 + E).", "Shift+2"),
    "error": Shown("Error", "‖s − s*‖: how far the field is from the true score, in logarithm.", "6"),
    "weighted_error": Shown("Error at the data", "‖s − s*‖ times the true density over its peak.", "7"),
    "divergence": Shown("Divergence", "∇·s = ∂₁s₁ + ∂₂s₂: negative where arrows run together.", "8"),
    "curl": Shown("Curl", "∂₁s₂ − ∂₂s₁: 0 everywhere for a gradient; what is left is no score of anything.", "9"),
    "difference": Shown(
        "Difference",
        "log p − log p′ in nats, both normalised over the grid: orange where this lane has more, faded where both are "
        "8 nats below their peaks.",
        "-",
    ),
    "score_difference": Shown("Score difference", "‖s − s′‖, in logarithm: how far two fields are apart.", "Shift+6"),
    "": Shown("None", "No map: only what is drawn on it.", ""),
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
