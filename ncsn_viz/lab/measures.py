"""Every measure by its name: how it is titled, and what it means in one line. The one place that says so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """What a number is called and what it means, in plain English; looked up for translation when shown."""

    title: str
    meaning: str


MEASURES: dict[str, Measure] = {
    "fisher_data": Measure(
        "score error",
        "½ E‖s − s*‖²: how far the field is from the true score, on data blurred by the lane's least σ. 0 is perfect.",
    ),
    "sliced_w2": Measure(
        "sliced W₂",
        "Sliced Wasserstein-2 distance between the particles and fresh samples of the target, in units of the plane.",
    ),
    "mode_weights": Measure("mode weights", "The share of the particles that each mode of the target has got."),
    "lost": Measure("lost", "Particles that have flown off: the step size is probably too large."),
    "acceptance": Measure(
        "accepted",
        "Share of the proposals that Metropolis–Hastings has accepted since the release. Near 0 nothing moves; near 1 "
        "the steps could be larger.",
    ),
    "nll": Measure(
        "NLL",
        "−E[log p] on data, in nats: by Z for an energy, by the probability-flow ODE for a score. The entropy of the "
        "data is the least.",
    ),
    "mmd": Measure(
        "MMD²",
        "Squared maximum mean discrepancy of particles and fresh samples, Gaussian kernel. Around 0 nothing tells them "
        "apart.",
    ),
    "non_conservative": Measure(
        "no gradient",
        "‖s − ∇u‖²/‖s‖² over the window: the part of the field that is no gradient of any potential u. 0 for a true "
        "score.",
    ),
    "log_z": Measure(
        "log Z", "log ∫ exp(−E) dx over twice the window: what has to be taken from −E to make it a log density."
    ),
    "mass_outside": Measure(
        "mass outside", "Share of the learned density that lies outside of the window, where there may be no data."
    ),
    "fisher_window": Measure(
        "everywhere",
        "½ mean ‖s − s*‖² over the window, every place counting alike: how good the field is where there are no data.",
    ),
    "on_grid": Measure(
        "on grid",
        "So many particles move on a grid of the field, by interpolation: the network itself would be too slow for "
        "them here.",
    ),
}
