"""From the values of a map to colours: one scale for all lanes, and the marks on its bar."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ncsn_viz.core.numerics import Bytes
from ncsn_viz.lab.map_layers import MAP_LAYERS
from ncsn_viz.lab.snapshot.arrays import Floats
from ncsn_viz.lab.snapshot.snapshot import GAMMA
from ncsn_viz.ui.widgets import number_text, theme

DECADES = 4  # below the greatest error that are still told apart
SLACK = 0.3  # a scale is kept while it is used to this share, so that colours do not flicker
LEAST_TOP = 1e-6


@dataclass(frozen=True)
class ColorScale:
    """How the map `name` is coloured for values up to `top`; `position` is the place on the bar, from 0 to 1."""

    name: str
    top: float

    steps: ClassVar[tuple[float, ...]] = (1, 10)  # round tops, in units of a power of ten

    def position(self, values: Floats) -> Floats:
        """Where on the bar `values` lie, from 0 to 1."""
        raise NotImplementedError

    def marks(self) -> list[tuple[float, str]]:
        """Values that are marked on the bar, and what to write there."""
        raise NotImplementedError

    def colors(self) -> Bytes:
        """The colours (256, 4) of the bar."""
        raise NotImplementedError

    def levels(self, values: Floats) -> Bytes:
        """The positions as bytes."""
        return np.asarray(np.round(self.position(values) * 255), dtype=np.uint8)

    def ticks(self) -> list[tuple[float, str]]:
        """Places on the bar, from 0 to 1, and what to write there."""
        values, words = zip(*self.marks(), strict=True)
        places = self.position(np.array(values, dtype=np.float32))
        return [(float(place), text) for place, text in zip(places, words, strict=True)]


class PowerNorm(ColorScale):
    """A density over its peak, drawn to the power 0.6 so that tails show."""

    steps = (1,)

    def position(self, values: Floats) -> Floats:
        return np.asarray(np.clip(values / self.top, 0, 1) ** GAMMA, dtype=np.float32)

    def marks(self) -> list[tuple[float, str]]:
        return [(share * self.top, number_text.plain(share * self.top)) for share in (0.0, 0.1, 0.3, 0.6, 1.0)]

    def colors(self) -> Bytes:
        return theme.density_colors()


class LogEnergyNorm(ColorScale):
    """Energies above the least, evenly in log(1 + E): wells keep their shape, and far walls still rise."""

    def position(self, values: Floats) -> Floats:
        place = np.log1p(np.maximum(values, 0)) / math.log1p(self.top)
        return np.asarray(np.clip(place, 0, 1), dtype=np.float32)

    def marks(self) -> list[tuple[float, str]]:
        powers = [10.0**power for power in range(max(0, round(math.log10(self.top)) - 3), 20)]
        inside = [value for value in powers if value <= self.top * 1.001]
        values = [0.0, *(inside or [self.top])]
        return [(value, _written(value)) for value in values]

    def colors(self) -> Bytes:
        return theme.energy_colors()


class LogNorm(ColorScale):
    """Sizes evenly in their logarithm, over four decades below the greatest."""

    def position(self, values: Floats) -> Floats:
        place = 1 + np.log10(np.maximum(values, 1e-30) / self.top) / DECADES
        return np.asarray(np.clip(place, 0, 1), dtype=np.float32)

    def marks(self) -> list[tuple[float, str]]:
        high = round(math.log10(self.top))
        return [(10.0**power, number_text.power(power)) for power in range(high - DECADES, high + 1)]

    def colors(self) -> Bytes:
        return theme.error_colors()


class SignedSqrtNorm(ColorScale):
    """Values of both signs: the root of |v|/top to both sides of 0."""

    steps = (1, 2, 5, 10)

    def position(self, values: Floats) -> Floats:
        place = 0.5 + 0.5 * np.sign(values) * np.sqrt(np.abs(values) / self.top)
        return np.asarray(np.clip(place, 0, 1), dtype=np.float32)

    def marks(self) -> list[tuple[float, str]]:
        return [(share * self.top, number_text.plain(share * self.top)) for share in (-1.0, -0.25, 0.0, 0.25, 1.0)]

    def colors(self) -> Bytes:
        return theme.signed_colors()


NORMS: dict[str, type[ColorScale]] = {
    "power": PowerNorm,
    "log_energy": LogEnergyNorm,
    "log": LogNorm,
    "signed_sqrt": SignedSqrtNorm,
}


def scale_for(name: str, wanted: float, old: ColorScale | None = None) -> ColorScale:
    """A scale for values up to `wanted`, with a round top; the old one while it still serves."""
    kind = NORMS[MAP_LAYERS[name].norm]
    if kind is PowerNorm:
        return PowerNorm(name, 1.0)
    wanted = max(wanted, LEAST_TOP)
    if old is not None and old.name == name and SLACK * old.top <= wanted <= old.top:
        return old
    unit = 10.0 ** math.floor(math.log10(wanted))
    return kind(name, next(top * unit for top in kind.steps if top * unit >= wanted * 0.9999))


def _written(value: float) -> str:
    if value >= 1e4:
        return number_text.power(round(math.log10(value)))
    return number_text.thousands(value) if value >= 1e3 else number_text.plain(value)
