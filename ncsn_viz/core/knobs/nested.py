"""Knobs for settings, and for lists of the values of another knob."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ncsn_viz.core.knobs.errors import ValidationError
from ncsn_viz.core.knobs.settings import Kind, Settings, from_json, kind_from_json, to_json
from ncsn_viz.core.knobs.simple import Knob
from ncsn_viz.core.knobs.validation import sequence


@dataclass(frozen=True, kw_only=True)
class Nested(Knob):
    """Settings inside settings."""

    of: type[Settings]

    def parse(self, value: Any) -> Settings:
        """The settings, from themselves or from a JSON object. Raises ValidationError."""
        return value if isinstance(value, self.of) else from_json(self.of, value)

    def dump(self, value: Any) -> Any:
        """The settings as a JSON object."""
        return to_json(value)


@dataclass(frozen=True, kw_only=True)
class Variant(Knob):
    """Settings of one of several kinds, distinguished by their `kind`; with `optional` also None."""

    kinds: tuple[type[Kind], ...]
    optional: bool = False

    def complete(self, value: Any, default: Any) -> Any:
        """An object without a kind, or of the default's kind, takes from the default what it leaves out."""
        given = {"kind": value} if isinstance(value, str) else value
        if default is None or not isinstance(given, Mapping) or given.get("kind", default.kind) != default.kind:
            return value
        names = {default.former_names.get(key, key) for key in given}
        return {key: left for key, left in to_json(default).items() if key not in names} | {**given}

    def parse(self, value: Any) -> Kind | None:
        """The settings, from themselves or from JSON: an object with a kind, or its name. Raises ValidationError."""
        if (value is None and self.optional) or isinstance(value, self.kinds):
            return value
        return kind_from_json(self.kinds, value)

    def dump(self, value: Any) -> Any:
        """The settings as a JSON object with their kind, or null."""
        return None if value is None else to_json(value)


@dataclass(frozen=True, kw_only=True)
class ListOf(Knob):
    """A list of `min_count` to `max_count` values of another knob."""

    of: Knob
    min_count: int = 0
    max_count: int = 100_000

    def parse(self, value: Any) -> tuple[Any, ...]:
        """Every item in the type of the knob. Raises ValidationError, whose path has the index of the item."""
        items = sequence(value)
        if not self.min_count <= len(items) <= self.max_count:
            raise ValidationError(f"must have {self.min_count} to {self.max_count} entries, not {len(items)}")
        parsed = []
        for index, item in enumerate(items):
            try:
                parsed.append(self.of.parse(item))
            except ValidationError as error:
                raise error.at(str(index)) from None
        return tuple(parsed)

    def dump(self, value: Any) -> Any:
        """Every item as JSON."""
        return [self.of.dump(item) for item in value]
