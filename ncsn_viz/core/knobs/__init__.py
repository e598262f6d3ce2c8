"""Settings made of knobs: a dataclass field with its range, unit, scale and one line of help.

A `Settings` class is a frozen dataclass whose every field is a knob. Forms, the command-line listing, JSON and the
checks of bad input are all derived from the knobs, so a new setting is written down once.
"""

from __future__ import annotations

from ncsn_viz.core.knobs.errors import ValidationError, nearest, show
from ncsn_viz.core.knobs.nested import ListOf, Nested, Variant
from ncsn_viz.core.knobs.settings import Kind, Settings, defaults, from_json, kind_from_json, knob, knobs, to_json
from ncsn_viz.core.knobs.simple import Choice, Integer, Knob, Numbers, Real, Switch, Text

__all__ = [
    "Choice",
    "Integer",
    "Kind",
    "Knob",
    "ListOf",
    "Nested",
    "Numbers",
    "Real",
    "Settings",
    "Switch",
    "Text",
    "ValidationError",
    "Variant",
    "defaults",
    "from_json",
    "kind_from_json",
    "knob",
    "knobs",
    "nearest",
    "show",
    "to_json",
]
