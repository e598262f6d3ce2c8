"""Values as JSON can represent them."""

from __future__ import annotations

import math
from typing import Any


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
