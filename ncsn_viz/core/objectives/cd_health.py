"""Contrastive divergence has no loss to watch: how its training goes is read from two other signs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEAST = 60  # training steps before anything is said
GROWS = 1.6  # of the later half of the record over the earlier one, in magnitude
EXPLODES = 2.0
VANISHES = 0.01  # a gradient this small moves no chain: it is noise alone
CLEAR = 3.0  # standard errors
LARGE = 1.0  # nats: a smaller gap is no divergence, whatever its course


def cd_health(gaps: Sequence[float], slopes: Sequence[float], step_size: float) -> str:
    """How contrastive divergence goes, in a sentence; empty while there are too few steps to tell.

    `gaps` are d = E_data[E] − E_model[E], `slopes` v = the mean ‖∇E‖ along the chains, of the last training steps.
    Healthy: d oscillates around 0 and v settles. Diverging: d grows in one direction, or v vanishes or explodes: it
    grows, and what it moves a chain by, η v with η = `step_size`, exceeds the chain's noise √(2η). Nijkamp et al. 2020,
    section 3.
    """
    if len(gaps) < LEAST or len(gaps) != len(slopes):
        return ""
    d, v = np.asarray(gaps, dtype=float), np.asarray(slopes, dtype=float)
    if not (np.isfinite(d).all() and np.isfinite(v).all()):
        return "Diverging: the energies are no longer numbers."
    half = len(d) // 2
    earlier, later, noise = d[:half].mean(), d[half:].mean(), d[half:].std() / np.sqrt(half)
    told = f"energy gap {_signed(later)}, gradient along the chains {v[half:].mean():.2g}"
    if v[half:].mean() > max(EXPLODES * v[:half].mean(), np.sqrt(2 / step_size)):
        found = "Diverging: the gradient along the chains explodes"
    elif v[half:].mean() < VANISHES:
        found = "Diverging: the gradient along the chains vanishes, and they only diffuse"
    elif abs(later) > max(GROWS * abs(earlier), CLEAR * noise, LARGE):
        found = "Diverging: the energy gap grows in one direction"
    elif abs(later) <= CLEAR * noise or d[half:].min() < 0 < d[half:].max():
        found = "Healthy: the energy gap oscillates around 0 and the gradient is steady"
    else:
        found = "Lopsided: the energy gap keeps one sign, so the chains lag behind the data"
    return f"{found} ({told})."


def _signed(value: float) -> str:
    return f"{value:+.2g}".replace("-", "−")
