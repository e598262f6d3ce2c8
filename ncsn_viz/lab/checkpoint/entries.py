"""The entries of a checkpoint, read with a check of each: a file may hold anything."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ncsn_viz.core.knobs import ValidationError, show
from ncsn_viz.core.numerics import Tensor, torch

Checkpoint = Mapping[str, Any]  # tensors, values for JSON and further mappings, by name
LARGEST = 2**62  # of an integer: torch counts in 64 bits


class Entries:
    """A checkpoint whose entries are read by kind. Each method raises ValidationError, with the path to the entry."""

    def __init__(self, checkpoint: Checkpoint, path: tuple[str, ...] = ()) -> None:
        self.checkpoint = checkpoint
        self._path = path

    def error(self, name: str, message: str) -> ValidationError:
        """What is wrong with an entry."""
        return ValidationError(message, (*self._path, name))

    def has(self, name: str) -> bool:
        """Whether there is such an entry, and it is not null."""
        return self.checkpoint.get(name) is not None

    def child(self, name: str) -> Entries:
        """A checkpoint in the checkpoint."""
        value = self._value(name)
        if not isinstance(value, Mapping):
            raise self.error(name, f"must be an object, not {show(value)}")
        return Entries(value, (*self._path, name))

    def children(self, name: str, count: int) -> Iterator[Entries]:
        """Checkpoints that are numbered from 0 on, exactly `count` of them."""
        inner = self.child(name)
        if len(inner.names) != count:
            raise self.error(name, f"must have {count} entries, not {len(inner.names)}")
        return (inner.child(str(index)) for index in range(count))

    @property
    def names(self) -> list[str]:
        """The names of all entries."""
        return list(self.checkpoint)

    def tensor(self, name: str, shape: Sequence[int | None], dtype: torch.dtype | None = None) -> Tensor:
        """A tensor of this shape, in which None stands for any length, and dtype, float32 by default."""
        value, wanted = self._value(name), dtype or torch.float32
        if not isinstance(value, torch.Tensor) or value.dtype != wanted:
            found = value.dtype if isinstance(value, torch.Tensor) else show(value)
            raise self.error(name, f"must be a tensor of {wanted}, not {found}")
        if value.dim() != len(shape) or any(b not in (None, a) for a, b in zip(value.shape, shape, strict=True)):
            text = ", ".join("any" if each is None else str(each) for each in shape)
            raise self.error(name, f"must have the shape ({text}), not {tuple(value.shape)}")
        return value

    def integer(self, name: str, low: int = 0, high: int = LARGEST) -> int:
        """An integer in [low, high]."""
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.error(name, f"must be an integer from {low} to {high}, not {show(value)}")
        return value

    def number(self, name: str) -> float:
        """A finite number."""
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.error(name, f"must be a finite number, not {show(value)}")
        return float(value)

    def text(self, name: str) -> str:
        """A text."""
        value = self._value(name)
        if not isinstance(value, str):
            raise self.error(name, f"must be a text, not {show(value)}")
        return value

    def texts(self, name: str, count: int | None = None) -> list[str]:
        """A list of different texts, `count` of them where that is known."""
        value = self._value(name)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.error(name, f"must be a list of texts, not {show(value)}")
        if len({*value}) != len(value) or count not in (None, len(value)):
            raise self.error(name, f"must be a list of {'' if count is None else f'{count} '}different texts")
        return value

    def value(self, name: str) -> Any:
        """An entry for JSON that its reader checks."""
        value = self._value(name)
        if isinstance(value, torch.Tensor):
            raise self.error(name, "must not be a tensor")
        return value

    def _value(self, name: str) -> Any:
        if name not in self.checkpoint:
            raise self.error(name, "is missing")
        return self.checkpoint[name]
