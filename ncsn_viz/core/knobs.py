"""Settings made of knobs: a dataclass field with its range, unit, scale and one line of help.

A `Settings` class is a frozen dataclass whose every field is a knob. Forms, the command-line listing, JSON and the
checks of bad input are all derived from the knobs, so a new setting is written down once.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar, TypeVar

T = TypeVar("T")


class BadValue(ValueError):
    """Input that cannot be used: where it stands and what is wrong, one sentence in the user's terms."""

    def __init__(self, message: str, place: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.place = place

    def at(self, name: str) -> BadValue:
        """The same complaint, seen from one level further out."""
        return BadValue(self.message, (name, *self.place))

    def __str__(self) -> str:
        return f"{'.'.join(self.place)} {self.message}".strip()


def show(value: object) -> str:
    """A value as the user wrote it, short enough for a sentence."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]  # as JSON has it
    try:
        text = repr(value)
    except ValueError:  # a whole number of more digits than Python writes
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}…"


def nearest(name: object, known: Iterable[str]) -> str:
    """“did you mean …” for a misspelt name, or the list of what there is."""
    known = list(known)
    try:
        close = difflib.get_close_matches(str(name)[:60], known, n=1, cutoff=0.5)
    except ValueError:  # a whole number of more digits than Python writes
        close = []
    return f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"


@dataclass(frozen=True, kw_only=True)
class Knob:
    """What every knob says of itself. `hot` knobs change a running experiment without starting it again."""

    label: str = ""
    help: str = ""
    unit: str = ""
    symbol: str = ""
    hot: bool = True
    shown: bool = True  # whether a form shows it

    def parse(self, value: Any) -> Any:
        """The value in its own type, or BadValue with what is wrong (a sentence that continues the knob's name)."""
        raise NotImplementedError

    def dump(self, value: Any) -> Any:
        """The value as JSON."""
        return value

    def describe(self) -> dict[str, Any]:
        """What `ncsn-viz list` prints of it."""
        words = {"label": self.label, "symbol": self.symbol, "unit": self.unit, "help": self.help}
        return {key: word for key, word in words.items() if word}


@dataclass(frozen=True, kw_only=True)
class Number(Knob):
    """A real number in [low, high]; a slider runs over it linearly or in its logarithm.

    `below` says, in a few words, what would go wrong beneath `low`.
    """

    low: float
    high: float
    log: bool = False
    below: str = ""

    def parse(self, value: Any) -> float:
        return float(_in_range(_finite(value), self.low, self.high, self.below))

    def describe(self) -> dict[str, Any]:
        scale = "log" if self.log else "linear"
        return {"type": "number", "low": self.low, "high": self.high, "scale": scale} | super().describe()


@dataclass(frozen=True, kw_only=True)
class Whole(Knob):
    """A whole number in [low, high]; `below` says what would go wrong beneath `low`."""

    low: int
    high: int
    log: bool = False
    below: str = ""

    def parse(self, value: Any) -> int:
        number = _finite(value)
        if number != int(number):
            raise BadValue(f"must be a whole number, not {show(value)}")
        return int(_in_range(int(value), self.low, self.high, self.below))

    def describe(self) -> dict[str, Any]:
        scale = "log" if self.log else "linear"
        return {"type": "integer", "low": self.low, "high": self.high, "scale": scale} | super().describe()


@dataclass(frozen=True, kw_only=True)
class Choice(Knob):
    """One of a few names; `titles` are what a menu shows for them."""

    options: tuple[str, ...]
    titles: tuple[str, ...] = ()

    def parse(self, value: Any) -> str:
        if value not in self.options:
            raise BadValue(f"cannot be {show(value)}; {nearest(value, self.options)}")
        return str(value)

    def describe(self) -> dict[str, Any]:
        return {"type": "choice", "options": list(self.options)} | super().describe()


@dataclass(frozen=True, kw_only=True)
class Switch(Knob):
    """On or off."""

    def parse(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise BadValue(f"must be true or false, not {show(value)}")
        return value

    def describe(self) -> dict[str, Any]:
        return {"type": "switch"} | super().describe()


@dataclass(frozen=True, kw_only=True)
class Text(Knob):
    """A short text."""

    longest: int = 60

    def parse(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.longest:
            raise BadValue(f"must be a text of at most {self.longest} characters, not {show(value)}")
        if any(0xD800 <= ord(letter) < 0xE000 for letter in value):
            raise BadValue("holds characters that no file can hold (lone surrogates)")
        return value

    def describe(self) -> dict[str, Any]:
        return {"type": "text"} | super().describe()


@dataclass(frozen=True, kw_only=True)
class Numbers(Knob):
    """A list of numbers (`width` 0) or of rows of `width` numbers, kept as tuples."""

    low: float
    high: float
    width: int = 0
    least: int = 1
    most: int = 100_000

    def parse(self, value: Any) -> tuple[Any, ...]:
        rows = _sequence(value)
        if not self.least <= len(rows) <= self.most:
            wanted = str(self.least) if self.least == self.most else f"{self.least} to {self.most}"
            raise BadValue(f"must have {wanted} entries, not {len(rows)}")
        return tuple(self._row(row) for row in rows)

    def _row(self, row: Any) -> Any:
        if self.width == 0:
            return float(_in_range(_finite(row), self.low, self.high))
        numbers = _sequence(row)
        if len(numbers) != self.width:
            raise BadValue(f"must have rows of {self.width} numbers, not {show(row)}")
        return tuple(float(_in_range(_finite(number), self.low, self.high)) for number in numbers)

    def dump(self, value: Any) -> Any:
        return [list(row) for row in value] if self.width else list(value)

    def describe(self) -> dict[str, Any]:
        shape = [f"{self.least}…{self.most}"] + ([str(self.width)] if self.width else [])
        return {"type": "numbers", "shape": shape, "low": self.low, "high": self.high} | super().describe()


@dataclass(frozen=True, kw_only=True)
class Part(Knob):
    """Settings inside settings."""

    of: type[Settings]

    def parse(self, value: Any) -> Settings:
        return value if isinstance(value, self.of) else from_json(self.of, value)

    def dump(self, value: Any) -> Any:
        return to_json(value)


@dataclass(frozen=True, kw_only=True)
class OneOf(Knob):
    """Settings of one of several kinds, told apart by their `kind`; `optional` also admits none."""

    kinds: tuple[type[Kind], ...]
    optional: bool = False

    def parse(self, value: Any) -> Kind | None:
        if (value is None and self.optional) or isinstance(value, self.kinds):
            return value
        return kind_from_json(self.kinds, value)

    def dump(self, value: Any) -> Any:
        return None if value is None else to_json(value)


@dataclass(frozen=True, kw_only=True)
class Many(Knob):
    """A list of what another knob holds."""

    of: Knob
    least: int = 0
    most: int = 100_000

    def parse(self, value: Any) -> tuple[Any, ...]:
        items = _sequence(value)
        if not self.least <= len(items) <= self.most:
            raise BadValue(f"must have {self.least} to {self.most} entries, not {len(items)}")
        parsed = []
        for index, item in enumerate(items):
            try:
                parsed.append(self.of.parse(item))
            except BadValue as error:
                raise error.at(str(index)) from None
        return tuple(parsed)

    def dump(self, value: Any) -> Any:
        return [self.of.dump(item) for item in value]


def knob(default: T, what: Knob, compare: bool = True) -> T:
    """A dataclass field that is a knob: `sigma: float = knob(0.1, Number(low=0, high=100, help="…"))`.

    Settings that differ only in knobs that do not `compare` are equal.
    """
    result: T = field(default=default, compare=compare, metadata={"knob": what})
    return result


def knobs(settings: Settings | type[Settings]) -> dict[str, Knob]:
    """Every knob of the settings by its name, in the order in which they are declared."""
    return {item.name: item.metadata["knob"] for item in fields(settings) if "knob" in item.metadata}


def defaults(settings: type[Settings]) -> dict[str, Any]:
    """Every knob's default by its name."""
    found = {item.name: item.default for item in fields(settings) if "knob" in item.metadata}
    assert MISSING not in found.values(), f"a knob of {settings.__name__} has no default"
    return found


@dataclass(frozen=True)
class Settings:
    """A frozen dataclass made of knobs; what cannot be built does not exist."""

    def __post_init__(self) -> None:
        for name, what in knobs(self).items():
            try:
                value = what.parse(getattr(self, name))
            except BadValue as error:
                raise error.at(name) from None
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Kind(Settings):
    """Settings that are one of several kinds (a target, a net, an objective, a sampler)."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    about: ClassVar[str] = ""


def to_json(settings: Settings) -> dict[str, Any]:
    """The settings as a JSON object, complete, `kind` first."""
    head: dict[str, Any] = {"kind": settings.kind} if isinstance(settings, Kind) else {}
    return head | {name: what.dump(getattr(settings, name)) for name, what in knobs(settings).items()}


SettingsT = TypeVar("SettingsT", bound=Settings)


def from_json(cls: type[SettingsT], data: Any) -> SettingsT:
    """Settings from a JSON object; every key may be left out. Raises BadValue."""
    if not isinstance(data, Mapping):
        raise BadValue(f"must be an object like {{…}}, not {show(data)}")
    known = knobs(cls)
    for key in data:
        if key not in known:
            raise BadValue(f"has no key {show(key)}; {nearest(key, known)}")
    return cls(**data)


def kind_from_json(kinds: Sequence[type[Kind]], data: Any) -> Kind:
    """Settings of the kind that the object names. Raises BadValue."""
    names = {cls.kind: cls for cls in kinds}
    if isinstance(data, str):
        data = {"kind": data}
    if not isinstance(data, Mapping) or "kind" not in data:
        raise BadValue(f'must be an object with a "kind" ({", ".join(names)}), not {show(data)}')
    if not isinstance(data["kind"], str) or data["kind"] not in names:
        raise BadValue(f"has no kind {show(data['kind'])}; {nearest(data['kind'], names)}")
    return from_json(names[data["kind"]], {key: value for key, value in data.items() if key != "kind"})


def _finite(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValue(f"must be a number, not {show(value)}")
    try:
        finite = math.isfinite(value)
    except OverflowError:
        finite = False
    if not finite:
        raise BadValue("must be a finite number")
    return value


def _in_range(value: float, low: float, high: float, below: str = "") -> float:
    if not low <= value <= high:
        why = f": {below}" if below and value < low else ""
        raise BadValue(f"must be between {_plain(low)} and {_plain(high)}, not {_plain(value)}{why}")
    return value


def _plain(value: float) -> str:
    """A number without rounding: 50.0000001 is not 50, and a million is 1000000."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e9):
        return show(int(value))
    return f"{value:g}" if float(f"{value:g}") == value else show(value)


def _sequence(value: Any) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise BadValue(f"must be a list, not {show(value)}")
    return value
