"""The state of training by contrastive divergence, from two diagnostics: its loss says nothing about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEAST = 60  # training steps before there is a result
GROWS = 1.6  # of the later half of the record over the earlier one, in magnitude
EXPLODES = 2.0
VANISHES = 0.01  # a gradient this small moves no chain: it is noise alone
CLEAR = 3.0  # standard errors
LARGE = 1.0  # nats: a smaller gap is no divergence, whatever its course


def cd_health(gaps: Sequence[float], gradients: Sequence[float], step_size: float) -> str:
    """Whether training is stable, in one sentence; empty for fewer than LEAST steps.

    `gaps` are d = E_data[E] − E_model[E], `gradients` v = the mean ‖∇E‖ along the chains, at the last training steps.
    Healthy: d oscillates around 0 and v is steady. Diverging: d grows in one direction, v vanishes, or v explodes: it
    grows and the drift of a chain, η v with η = `step_size`, exceeds its noise √(2η). Nijkamp et al. 2020, section 3.
    """
    if len(gaps) < LEAST or len(gaps) != len(gradients):
        return ""
    d, v = np.asarray(gaps, dtype=float), np.asarray(gradients, dtype=float)
    if not (np.isfinite(d).all() and np.isfinite(v).all()):
        return "Diverging: the energies are no longer numbers."
    half = len(d) // 2
    earlier, later, noise = d[:half].mean(), d[half:].mean(), d[half:].std() / np.sqrt(half)
    values = f"energy gap {_signed(later)}, gradient along the chains {v[half:].mean():.2g}"
    if v[half:].mean() > max(EXPLODES * v[:half].mean(), np.sqrt(2 / step_size)):
        state = "Diverging: the gradient along the chains explodes"
    elif v[half:].mean() < VANISHES:
        state = "Diverging: the gradient along the chains vanishes, and they only diffuse"
    elif abs(later) > max(GROWS * abs(earlier), CLEAR * noise, LARGE):
        state = "Diverging: the energy gap grows in one direction"
    elif abs(later) <= CLEAR * noise or d[half:].min() < 0 < d[half:].max():
        state = "Healthy: the energy gap oscillates around 0 and the gradient is steady"
    else:
        state = "Lopsided: the energy gap keeps one sign, so the chains lag behind the data"
    return f"{state} ({values})."


def _signed(value: float) -> str:
    return f"{value:+.2g}".replace("-", "−")
