"""JSON: read by the standard and within limits, written with one short list a line; and values that it can hold."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from ncsn_viz.core.knobs import ValidationError, show

MAX_DEPTH = 40
MAX_PARTS = 4_000_000  # lists and objects of a text: two million points of strokes, and some
MAX_DIGITS = 30  # of an integer
NO_BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[^\[\]{}"]+', re.DOTALL)  # strings, and all between brackets
STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


def parse(text: str) -> Any:
    """JSON by the standard: no NaN, no huge numbers, no deep nesting, no key twice. Raises ValidationError."""
    _check_nesting(text)
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_int=_integer, object_pairs_hook=_unique_keys)
    except json.JSONDecodeError as error:
        raise ValidationError(f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None


def _check_nesting(text: str) -> None:
    brackets = NO_BRACKETS.sub("", text)
    if len(brackets) > 2 * MAX_PARTS:
        raise ValidationError(f"has more than {MAX_PARTS:,} lists and objects: too many to read")
    depth = 0
    for bracket in brackets:
        depth += STEP[bracket]
        if depth > MAX_DEPTH:
            raise ValidationError("is nested too deeply to be an experiment")


def _refuse_constant(name: str) -> float:
    raise ValidationError(f"holds {name}, which JSON does not know")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValidationError(f"holds a number of {len(digits)} digits")
    return int(digits)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValidationError(f"has the key {show(key)} twice")
        found[key] = value
    return found


def to_text(value: Any) -> str:
    """The value as JSON: each key of an object on a line of its own, with lists of numbers and of points on one line.

    Raises ValueError for numbers that are not finite.
    """
    return "".join(_pieces(value, "\n")) + "\n"


def _pieces(value: Any, newline: str) -> Iterator[str]:
    inner = f"{newline} "
    if isinstance(value, dict) and value:
        for index, (key, item) in enumerate(value.items()):
            yield f"{',' if index else '{'}{inner}{_plain(key)}: "
            yield from _pieces(item, inner)
        yield f"{newline}}}"
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for index, item in enumerate(value):
            yield f"{',' if index else '['}{inner}"
            yield from _pieces(item, inner)
        yield f"{newline}]"
    else:
        yield _plain(value)


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def null_if_not_finite(value: Any) -> Any:
    """The value with None for every number that is not finite, which JSON cannot represent; tuples become lists."""
    match value:
        case dict():
            return {key: null_if_not_finite(item) for key, item in value.items()}
        case list() | tuple():
            return [null_if_not_finite(item) for item in value]
        case float() if not math.isfinite(value):
            return None
    return value
