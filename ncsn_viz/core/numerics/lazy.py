"""torch, loaded at its first use.

The window is built from the settings of every kind (targets, nets, objectives, samplers), and those stand in the
same files as their mathematics. Importing torch takes a second or more; with this stand-in the settings are there at
once, and the worker thread pays for torch while the window is already on screen.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch as torch  # noqa: PLC0414  (the checker's sign of a re-export)
else:

    class _Lazy(ModuleType):
        def __getattr__(self, name: str) -> Any:
            value = getattr(import_module(self.__name__), name)
            self.__dict__[name] = value  # the next look-up costs what a plain attribute costs
            return value

    torch = _Lazy("torch")
