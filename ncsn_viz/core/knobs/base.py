"""What all knobs have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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
