"""Types of numpy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]
