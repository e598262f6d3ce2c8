"""The values of a varied knob: a list of them, or a range."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ncsn_viz.core.knobs import ValidationError, nearest, show

MOST_VALUES = 10_000  # of one knob
FORMS = {
    "range": '{"range": [first, stop]} or {"range": [first, stop, step]} with whole numbers, without stop itself',
    "linear": '{"linear": [first, last, count]}, evenly spaced',
    "log": '{"log": [first, last, count]}, evenly spaced in their logarithm, both above 0',
}


def parse_values(data: Any) -> tuple[Any, ...]:
    """The values that a list or a range (FORMS) stands for, each of them once. Raises ValidationError."""
    if isinstance(data, Mapping):
        values: Sequence[Any] = _range(data)
    elif isinstance(data, Sequence) and not isinstance(data, str):
        values = data
    else:
        raise ValidationError(f'must be a list of values or a range like {{"range": [0, 10]}}, not {show(data)}')
    if not 1 <= len(values) <= MOST_VALUES:
        raise ValidationError(f"must have 1 to {MOST_VALUES:,} values, not {len(values):,}")
    texts = [json.dumps(value, sort_keys=True) for value in values]
    if len(set(texts)) < len(texts):
        twice = next(value for index, value in enumerate(values) if texts[index] in texts[:index])
        raise ValidationError(f"has {show(twice)} twice")
    return tuple(values)


def value_label(value: Any) -> str:
    """A value in tables and figures: a kind by its name and what else is set of it."""
    if isinstance(value, Mapping) and isinstance(value.get("kind"), str):
        rest = [f"{name} {value_label(item)}" for name, item in value.items() if name != "kind"]
        return " ".join([value["kind"], *rest])
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def is_number(value: Any) -> bool:
    """Whether a value has a place on an axis."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _range(data: Mapping[str, Any]) -> Sequence[Any]:
    if len(data) != 1:
        raise ValidationError(f"must be one range like {FORMS['range']}, not {show(dict(data))}")
    (name, numbers), *_ = data.items()
    if name not in FORMS:
        raise ValidationError(f"has no range {show(name)}; {nearest(name, FORMS)}")
    if isinstance(numbers, str) or not isinstance(numbers, Sequence) or not all(map(is_number, numbers)):
        raise ValidationError(f"must be {FORMS[name]}, not {show(dict(data))}")
    try:
        return _BUILDERS[name](*numbers)
    except (TypeError, ValueError, OverflowError):
        raise ValidationError(f"must be {FORMS[name]}, not {show(dict(data))}") from None


def _whole(*numbers: Any) -> Sequence[int]:
    if len(numbers) < 2:
        raise ValueError
    found = range(*numbers)
    len(found)  # or OverflowError
    return found


def _linear(first: float, last: float, count: Any) -> Sequence[float]:
    steps = _steps(count)
    return [_rounded(first + (last - first) * step / max(1, count - 1)) for step in steps]


def _log(first: float, last: float, count: Any) -> Sequence[float]:
    low, high = math.log(first), math.log(last)
    found = [math.exp(low + (high - low) * step / max(1, count - 1)) for step in _steps(count)]
    return [first, *(float(f"{number:.6g}") for number in found[1:-1]), *([last] if len(found) > 1 else [])]


def _steps(count: Any) -> range:
    if count != int(count) or not 1 <= count <= MOST_VALUES:
        raise ValueError
    return range(int(count))


def _rounded(number: float) -> float:
    """The number without the digits that only rounding has made: 0.3, not 0.30000000000000004."""
    return float(f"{number:.12g}")


_BUILDERS: Mapping[str, Callable[..., Sequence[Any]]] = {"range": _whole, "linear": _linear, "log": _log}
