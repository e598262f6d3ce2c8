"""Every measure by its name: how it is titled, and what it means in one line. The one place that says so."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """What a number is called and what it means, in plain English; looked up for translation when shown.

    `best` says which of several is the best: the `least`, the nearest to `zero`, the nearest to that of the `truth`
    (the measure of the same name with `_truth` behind it), or none of them.
    """

    title: str
    meaning: str
    best: str = ""


MEASURES: dict[str, Measure] = {
    "sigma": Measure("σ", "The lane's least noise level, at which its errors are measured: compare errors at equal σ."),
    "fisher_data": Measure(
        "score error",
        "½ E‖s − s*‖²: how far the field is from the true score, on data blurred by the lane's least σ. 0 is perfect.",
        "least",
    ),
    "sliced_w2": Measure(
        "sliced W₂",
        "Sliced Wasserstein-2 distance between the particles and fresh samples of the target, in units of the plane.",
        "least",
    ),
    "mode_weights": Measure("mode weights", "The share of the particles that each mode of the target has got."),
    "mode_error": Measure(
        "mode error",
        "½ Σ |w − w*| over the modes: the share of the particles that are in a wrong mode. 0: the weights are right.",
        "least",
    ),
    "lost": Measure("lost", "Particles that have flown off: the step size is probably too large.", "least"),
    "acceptance": Measure(
        "accepted",
        "Share of the proposals that Metropolis–Hastings has accepted since the release. Near 0 nothing moves; near 1 "
        "the steps could be larger.",
    ),
    "nll": Measure(
        "NLL",
        "−E[log p] on data, in nats: by Z for an energy, by the probability-flow ODE for a score. The entropy of the "
        "data is the least.",
        "truth",
    ),
    "nll_truth": Measure("NLL of truth", "That of the truth on the same points: the least there can be on average."),
    "mmd": Measure(
        "MMD²",
        "Squared maximum mean discrepancy of particles and fresh samples, Gaussian kernel. Around 0 nothing tells them "
        "apart.",
        "zero",
    ),
    "non_conservative": Measure(
        "no gradient",
        "‖s − ∇u‖²/‖s‖² over the window: the part of the field that is no gradient of any potential u. 0 for a true "
        "score.",
        "least",
    ),
    "log_z": Measure(
        "log Z", "log ∫ exp(−E) dx over twice the window: what has to be taken from −E to make it a log density."
    ),
    "mass_outside": Measure(
        "mass outside",
        "Share of the learned density that lies outside of the window, where there may be no data.",
        "least",
    ),
    "off_grid": Measure(
        "off grid",
        "Share of the learned density that lies outside of the grid of Z, where training does not count it: it should "
        "be next to nothing, or the grid should reach further.",
        "least",
    ),
    "fisher_window": Measure(
        "everywhere",
        "½ mean ‖s − s*‖² over the window, every place counting alike: how good the field is where there are no data.",
        "least",
    ),
    "on_grid": Measure(
        "on grid",
        "So many particles move on a grid of the field, by interpolation: the network itself would be slow for them "
        "here. “Exact field” under Particles asks it nevertheless.",
    ),
}


def best(name: str, values: Mapping[int, Mapping[str, float]]) -> set[int]:
    """Which of several sets of measures are the best in that of this name; none where all are alike or know it not."""
    rule = MEASURES[name].best
    known = {key: each for key, each in values.items() if math.isfinite(each.get(name, math.nan))}
    if not rule or len({each[name] for each in known.values()}) < 2:
        return set()
    away = {key: _away(rule, name, each) for key, each in known.items()}
    least = min(away.values())
    return {key for key, value in away.items() if value == least and math.isfinite(value)}


def _away(rule: str, name: str, values: Mapping[str, float]) -> float:
    """How far a measure is from the best that it could be."""
    if rule == "least":
        return values[name]
    wanted = values.get(f"{name}_truth", math.inf) if rule == "truth" else 0.0
    return abs(values[name] - wanted)


def mode_error(shares: Sequence[float], truth: Sequence[float]) -> float | None:
    """½ Σ |w − w*|, from 0 to 1; None for a target without separate modes, or before they are counted."""
    if len(truth) < 2 or len(shares) != len(truth):
        return None
    return 0.5 * sum(abs(share - wanted) for share, wanted in zip(shares, truth, strict=True))
