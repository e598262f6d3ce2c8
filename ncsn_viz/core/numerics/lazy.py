"""torch, imported at its first use, and the types of tensors and arrays.

Forms are built from the settings of every kind (targets, nets, objectives, samplers), which are defined in the same
files as their mathematics. Importing torch takes a second or more: with this proxy the window opens without it, and
the worker thread imports it.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

__all__ = ["Array", "Bytes", "Device", "Generator", "Tensor", "torch"]

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]

if TYPE_CHECKING:
    import torch
    from torch import Generator, Tensor

    Device = torch.device | str
else:

    class _Lazy(ModuleType):
        def __getattr__(self, name: str) -> Any:
            value = getattr(import_module(self.__name__), name)
            self.__dict__[name] = value  # the next access costs what a plain attribute costs
            return value

    torch = _Lazy("torch")
    Device = Generator = Tensor = None  # for annotations, which are not evaluated
