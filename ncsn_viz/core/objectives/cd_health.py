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
# Collapse: d + α(E_data² + E_model²) is least at E = ∓1/(2α), where d = −1/α, and there training ends once no chain
# reaches the data. On all presets healthy |d| stayed below 1 nat, and below 12 on two far modes, which chains hardly
# find; α = 0.01.
COLLAPSED = 0.3  # of 1/α
FLOOR, CEILING = 5.0, 50.0  # nats: between them the gap of a collapse, whatever α is


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


def collapsed(gap: float, penalty: float) -> str:
    """That training has collapsed, in one sentence, by the energy `gap` d and α = `penalty`; empty where it has not."""
    limit = min(max(COLLAPSED / penalty, FLOOR), CEILING) if penalty > 0 else CEILING
    if not gap < -limit:
        return ""
    end = f", on the way to −1/α = {_signed(-1 / penalty)}, where the penalty holds them" if penalty > 0 else ""
    return (
        f"Collapsed: the energies of data and model have parted by more than {limit:g}{end}. The chains no longer "
        "reach the data, and energies tell nothing of the density."
    )
