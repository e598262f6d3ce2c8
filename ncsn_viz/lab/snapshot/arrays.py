"""Arrays as snapshots hold them: finite float32 numbers on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from ncsn_viz.core.numerics import torch

Floats = np.ndarray[Any, np.dtype[np.float32]]
HUGE = 1e9  # stands for numbers that are not finite


def as_floats(values: torch.Tensor) -> Floats:
    """An array of finite numbers."""
    found: Floats = values.float().nan_to_num(HUGE, HUGE, -HUGE).clamp(-HUGE, HUGE).cpu().numpy()
    return found
