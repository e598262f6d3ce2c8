"""The base class of knobs, and knobs for one value or for a list of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ncsn_viz.core.knobs.errors import ValidationError, nearest, show
from ncsn_viz.core.knobs.validation import finite, in_range, sequence


@dataclass(frozen=True, kw_only=True)
class Knob:
    """A setting: its texts, and whether it is `hot`, that is, changes a running experiment without a restart."""

    label: str = ""
    help: str = ""
    unit: str = ""
    symbol: str = ""
    hot: bool = True
    shown: bool = True  # in forms
    saved: bool = True  # in files

    @property
    def fixed(self) -> bool:
        """Whether only one value is possible: such a knob is left out of files and forms."""
        return False

    def parse(self, value: Any) -> Any:
        """The value in the type of the knob. Raises ValidationError with a sentence that continues the knob's name."""
        raise NotImplementedError

    def complete(self, value: Any, default: Any) -> Any:  # noqa: ARG002
        """`value`, which is JSON, completed from the `default`."""
        return value

    def dump(self, value: Any) -> Any:
        """The value as JSON."""
        return value

    def describe(self) -> dict[str, Any]:
        """The entry of `ncsn-viz list`."""
        texts = {"label": self.label, "symbol": self.symbol, "unit": self.unit, "help": self.help}
        return {key: text for key, text in texts.items() if text}


@dataclass(frozen=True, kw_only=True)
class Real(Knob):
    """A real number in [low, high], its slider linear or logarithmic; `below` explains what goes wrong below `low`."""

    low: float
    high: float
    log: bool = False
    below_reason: str = ""

    def parse(self, value: Any) -> float:
        return float(in_range(finite(value), self.low, self.high, self.below_reason))

    def describe(self) -> dict[str, Any]:
        scale = "log" if self.log else "linear"
        return {"type": "number", "low": self.low, "high": self.high, "scale": scale} | super().describe()


@dataclass(frozen=True, kw_only=True)
class Integer(Knob):
    """An integer in [low, high]; `below` explains what goes wrong below `low`."""

    low: int
    high: int
    log: bool = False
    below_reason: str = ""

    def parse(self, value: Any) -> int:
        number = finite(value)
        if number != int(number):
            raise ValidationError(f"must be a whole number, not {show(value)}")
        return int(in_range(int(value), self.low, self.high, self.below_reason))

    def describe(self) -> dict[str, Any]:
        scale = "log" if self.log else "linear"
        return {"type": "integer", "low": self.low, "high": self.high, "scale": scale} | super().describe()


@dataclass(frozen=True, kw_only=True)
class Choice(Knob):
    """One of a few names; a menu shows their `titles`."""

    options: tuple[str, ...]
    titles: tuple[str, ...] = ()

    @property
    def fixed(self) -> bool:
        return len(self.options) == 1

    def parse(self, value: Any) -> str:
        if value not in self.options:
            raise ValidationError(f"cannot be {show(value)}; {nearest(value, self.options)}")
        return str(value)

    def describe(self) -> dict[str, Any]:
        return {"type": "choice", "options": list(self.options)} | super().describe()


@dataclass(frozen=True, kw_only=True)
class Switch(Knob):
    """On or off."""

    def parse(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(f"must be true or false, not {show(value)}")
        return value

    def describe(self) -> dict[str, Any]:
        return {"type": "switch"} | super().describe()


@dataclass(frozen=True, kw_only=True)
class Text(Knob):
    """A short text."""

    max_length: int = 60

    def parse(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.max_length:
            raise ValidationError(f"must be a text of at most {self.max_length} characters, not {show(value)}")
        if any(0xD800 <= ord(character) < 0xE000 for character in value):
            raise ValidationError("holds characters that no file can hold (lone surrogates)")
        return value

    def describe(self) -> dict[str, Any]:
        return {"type": "text"} | super().describe()


@dataclass(frozen=True, kw_only=True)
class Numbers(Knob):
    """A list of `least` to `most` numbers (`width` 0) or rows of `width` numbers, stored as tuples."""

    low: float
    high: float
    width: int = 0
    min_count: int = 1
    max_count: int = 100_000

    def parse(self, value: Any) -> tuple[Any, ...]:
        rows = sequence(value)
        if not self.min_count <= len(rows) <= self.max_count:
            wanted = (
                str(self.min_count) if self.min_count == self.max_count else f"{self.min_count} to {self.max_count}"
            )
            raise ValidationError(f"must have {wanted} entries, not {len(rows)}")
        return tuple(self._row(row) for row in rows)

    def _row(self, row: Any) -> Any:
        if self.width == 0:
            return float(in_range(finite(row), self.low, self.high))
        numbers = sequence(row)
        if len(numbers) != self.width:
            raise ValidationError(f"must have rows of {self.width} numbers, not {show(row)}")
        return tuple(float(in_range(finite(number), self.low, self.high)) for number in numbers)

    def dump(self, value: Any) -> Any:
        return [list(row) for row in value] if self.width else list(value)

    def describe(self) -> dict[str, Any]:
        shape = [f"{self.min_count}…{self.max_count}"] + ([str(self.width)] if self.width else [])
        return {"type": "numbers", "shape": shape, "low": self.low, "high": self.high} | super().describe()
