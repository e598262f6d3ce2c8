"""Checkpoints as trees: copied, counted, and with their tensors and their other values apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ncsn_viz.core.knobs import ValidationError, show
from ncsn_viz.core.numerics import Tensor, torch
from ncsn_viz.lab.checkpoint.entries import Checkpoint

SEPARATOR = "/"  # between the names on the way to a tensor


def numbered(items: Iterable[Any]) -> dict[str, Any]:
    """The items as a mapping with their numbers from 0 on as names."""
    return {str(index): item for index, item in enumerate(items)}


def copied(checkpoint: Checkpoint) -> Checkpoint:
    """The same with a copy of each tensor on the CPU, which training does not change."""
    return {name: _copied(value) for name, value in checkpoint.items()}


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return copied(value)
    return value.detach().to("cpu", copy=True) if isinstance(value, torch.Tensor) else value


def num_bytes(checkpoint: Checkpoint) -> int:
    """The memory that the tensors take, in bytes."""
    return sum(tensor.numel() * tensor.element_size() for _, tensor in _tensors(checkpoint, ""))


def _tensors(checkpoint: Checkpoint, prefix: str) -> Iterator[tuple[str, Tensor]]:
    for name, value in checkpoint.items():
        if isinstance(value, Mapping):
            yield from _tensors(value, f"{prefix}{name}{SEPARATOR}")
        elif isinstance(value, torch.Tensor):
            yield prefix + name, value


def separated(checkpoint: Checkpoint) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The checkpoint without its tensors, as an object for JSON, and the tensors by the names on the way to them."""
    return _without_tensors(checkpoint), dict(_tensors(checkpoint, ""))


def _without_tensors(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        name: _without_tensors(value) if isinstance(value, Mapping) else value
        for name, value in checkpoint.items()
        if not isinstance(value, torch.Tensor)
    }


def joined(values: Any, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """The checkpoint of which `separated` gave both parts; `values` is changed. Raises ValidationError."""
    if not isinstance(values, dict):
        raise ValidationError(f"must be an object like {{…}}, not {show(values)}")
    for path, tensor in tensors.items():
        *way, name = path.split(SEPARATOR)
        inner = values
        for step in way:
            inner = inner.setdefault(step, {})
            if not isinstance(inner, dict):
                raise ValidationError(f"has values and tensors in one place: {show(path)}")
        if name in inner:
            raise ValidationError(f"has {show(path)} twice")
        inner[name] = tensor
    return values
