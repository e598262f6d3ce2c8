"""Settings made of knobs: dataclass fields with a range, a unit, a scale and one line of help.

Every field of a `Settings` class is a knob. Forms, the listing on the command line, JSON and the validation of input
are derived from the knobs, so a setting is defined in one place.
"""

from __future__ import annotations

from ncsn_viz.core.knobs.errors import ValidationError, nearest, one_line, show
from ncsn_viz.core.knobs.nested import ListOf, Nested, Variant
from ncsn_viz.core.knobs.settings import (
    Kind,
    Settings,
    carry_over,
    defaults,
    from_json,
    kind_from_json,
    knob,
    knobs,
    to_json,
)
from ncsn_viz.core.knobs.simple import Choice, Integer, Knob, Numbers, Real, Switch, Text

__all__ = [
    "Choice", "Integer", "Kind", "Knob", "ListOf", "Nested", "Numbers", "Real", "Settings", "Switch", "Text",
    "ValidationError", "Variant", "carry_over", "defaults", "from_json", "kind_from_json", "knob", "knobs", "nearest",
    "one_line", "show", "to_json",
]  # fmt: skip
