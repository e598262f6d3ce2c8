"""Knobs that hold settings, or a list of what another knob holds."""

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
        """The settings themselves, or what a JSON object says of them. Raises BadValue."""
        return value if isinstance(value, self.of) else from_json(self.of, value)

    def dump(self, value: Any) -> Any:
        """The settings as a JSON object."""
        return to_json(value)


@dataclass(frozen=True, kw_only=True)
class Variant(Knob):
    """Settings of one of several kinds, told apart by their `kind`; `optional` also admits none."""

    kinds: tuple[type[Kind], ...]
    optional: bool = False

    def filled(self, value: Any, default: Any) -> Any:
        """An object without a kind is of the default's."""
        bare = isinstance(value, Mapping) and "kind" not in value and default is not None
        return {"kind": default.kind, **value} if bare else value

    def parse(self, value: Any) -> Kind | None:
        """Settings of one of the kinds, or what JSON says of them. Raises BadValue."""
        if (value is None and self.optional) or isinstance(value, self.kinds):
            return value
        return kind_from_json(self.kinds, value)

    def dump(self, value: Any) -> Any:
        """The settings as a JSON object with their kind, or null."""
        return None if value is None else to_json(value)


@dataclass(frozen=True, kw_only=True)
class ListOf(Knob):
    """A list of what another knob holds."""

    of: Knob
    least: int = 0
    most: int = 100_000

    def parse(self, value: Any) -> tuple[Any, ...]:
        """Every item in its own type; a complaint says which one it is of. Raises BadValue."""
        items = sequence(value)
        if not self.least <= len(items) <= self.most:
            raise ValidationError(f"must have {self.least} to {self.most} entries, not {len(items)}")
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
