"""Contrastive divergence has no loss to watch: how its training goes is read from two other signs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEAST = 60  # training steps before anything is said
GROWS = 1.6  # of the later half of the record over the earlier one, in magnitude
EXPLODES = 2.0
VANISHES = 0.01  # a gradient this small moves no chain: it is noise alone
CLEAR = 3.0  # standard errors


def cd_health(gaps: Sequence[float], slopes: Sequence[float]) -> str:
    """How contrastive divergence goes, in a sentence; empty while there are too few steps to tell.

    `gaps` are d = E_data[E] − E_model[E], `slopes` v = the mean ‖∇E‖ along the chains, of the last training steps.
    Healthy: d oscillates around 0 and v settles. Diverging: d grows in one direction, or v explodes or vanishes.
    Nijkamp et al. 2020, section 3.
    """
    if len(gaps) < LEAST or len(gaps) != len(slopes):
        return ""
    d, v = np.asarray(gaps, dtype=float), np.asarray(slopes, dtype=float)
    if not (np.isfinite(d).all() and np.isfinite(v).all()):
        return "Diverging: the energies are no longer numbers."
    half = len(d) // 2
    before, now = abs(d[:half].mean()), abs(d[half:].mean())
    noise = d[half:].std() / np.sqrt(half)
    told = f"energy gap {_signed(d[half:].mean())}, gradient along the chains {v[half:].mean():.2g}"
    if v[half:].mean() > EXPLODES * v[:half].mean():
        return f"Diverging: the gradient along the chains explodes ({told})."
    if v[half:].mean() < VANISHES:
        return f"Diverging: the gradient along the chains vanishes, and they only diffuse ({told})."
    if now > GROWS * before and now > CLEAR * noise and now > d[:half].std():
        return f"Diverging: the energy gap grows in one direction ({told})."
    if now <= CLEAR * noise or d[half:].min() < 0 < d[half:].max():
        return f"Healthy: the energy gap oscillates around 0 and the gradient is steady ({told})."
    return f"Lopsided: the energy gap keeps one sign, so the chains lag behind the data ({told})."


def _signed(value: float) -> str:
    return f"{value:+.2g}".replace("-", "−")
