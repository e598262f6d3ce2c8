"""Tensors and texts in one safetensors file, with a checksum over all of it. Nothing in such a file is ever run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from ncsn_viz.core.knobs import ValidationError, show
from ncsn_viz.lab.storage import json_values

LENGTH = 8  # bytes of the header's length, which begins the file
MOST_HEADER = 100 * 10**6  # bytes of a header, by the format
CHECKSUM = "sha256"
Arrays = Mapping[str, np.ndarray[Any, Any]]


def looks_like_tensors(head: bytes, size: int) -> bool:
    """Whether a file of `size` bytes that begins with `head` may be one of tensors: no text begins like that."""
    return len(head) > LENGTH and head[LENGTH : LENGTH + 1] == b"{" and _header_length(head) <= size - LENGTH


def to_bytes(arrays: Arrays, texts: Mapping[str, str]) -> bytes:
    """The content of a file with these arrays and texts."""
    from safetensors.numpy import save

    kept = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    return save(kept, {**texts, CHECKSUM: _checksum(kept, texts)})


def from_bytes(content: bytes) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, str]]:
    """The arrays and texts of a file. Raises ValidationError where anything in it was changed."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    texts = _texts(content)
    wanted = texts.pop(CHECKSUM, None)
    try:
        arrays = load(content)
    except (SafetensorError, KeyError, TypeError, ValueError):
        raise ValidationError("is damaged: its tensors cannot be read") from None
    if wanted != _checksum(arrays, texts):
        raise ValidationError("is damaged: its content does not match its checksum")
    return arrays, texts


def _header_length(content: bytes) -> int:
    return int.from_bytes(content[:LENGTH], "little")


def _texts(content: bytes) -> dict[str, str]:
    """The texts in the header of a file."""
    length = _header_length(content)
    if len(content) <= LENGTH or length > min(len(content) - LENGTH, MOST_HEADER):
        raise ValidationError("is damaged: its beginning or its end is missing")
    try:
        header = json_values.parse(content[LENGTH : LENGTH + length].decode())
    except (UnicodeDecodeError, ValidationError):
        raise ValidationError("is damaged: its header cannot be read") from None
    texts = header.get("__metadata__") if isinstance(header, dict) else None
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise ValidationError(f"holds no texts of this program, but {show(texts)}")
    return texts


def _checksum(arrays: Arrays, texts: Mapping[str, str]) -> str:
    """SHA-256 over all names, types, shapes, values and texts, each with its length."""
    found = hashlib.sha256()
    parts: list[bytes | memoryview] = []
    for key in sorted(texts):
        parts += [key.encode(), texts[key].encode()]
    for name in sorted(arrays):
        array = arrays[name]
        parts += [f"{name} {array.dtype.str} {array.shape}".encode(), array.reshape(-1).view(np.uint8).data]
    for part in parts:
        found.update(len(part).to_bytes(LENGTH, "little"))
        found.update(part)
    return found.hexdigest()
