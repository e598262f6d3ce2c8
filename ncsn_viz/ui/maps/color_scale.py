"""Colour scales: from the values of a map to colours, with one scale for all lanes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ncsn_viz.core.numerics import Bytes
from ncsn_viz.lab.map_layers import GAMMA, MAP_LAYERS
from ncsn_viz.lab.snapshot import DIVERGED, FieldGrid, Floats, LaneSnapshot
from ncsn_viz.ui.widgets import number_text, theme
from ncsn_viz.ui.widgets.camera import Region

DECADES = 4  # of a logarithmic scale
LEAST_USE = 0.3  # of its range, below which a scale is replaced; avoids flickering colours
LEAST_TOP = 1e-6
QUANTILE = 0.98  # of the absolute values of a map is within its scale
FADE = (6.0, 10.0)  # nats above the least energy between which a difference of two densities fades to dark


@dataclass(frozen=True)
class ColorScale:
    """The colours of the map `name` for values up to `top`."""

    name: str
    top: float

    steps: ClassVar[tuple[float, ...]] = (1, 10)  # round tops, in units of a power of ten
    shares: ClassVar[tuple[float, ...]] = ()  # the values with a tick on the colour bar, in units of the top
    colors: ClassVar[staticmethod[[], Bytes]]  # returns the colours (256, 4) of the colour bar

    def share(self, values: Floats) -> Any:
        """The positions of `values` on the colour bar, from 0 to 1 where they are on it."""
        raise NotImplementedError

    def position(self, values: Floats) -> Floats:
        """The positions of `values` on the colour bar, from 0 to 1."""
        return np.asarray(np.clip(self.share(values), 0, 1), dtype=np.float32)

    def tick_values(self) -> list[tuple[float, str]]:
        """The values with a tick on the colour bar, and their texts."""
        return [(share * self.top, number_text.plain(share * self.top)) for share in self.shares]

    def levels(self, values: Floats) -> Bytes:
        """The positions as bytes."""
        return np.asarray(np.round(self.position(values) * 255), dtype=np.uint8)

    def ticks(self) -> list[tuple[float, str]]:
        """The positions of the ticks on the colour bar, from 0 to 1, and their texts."""
        values, texts = zip(*self.tick_values(), strict=True)
        positions = self.position(np.array(values, dtype=np.float32))
        return [(float(position), text) for position, text in zip(positions, texts, strict=True)]


class PowerNorm(ColorScale):
    """A density by its maximum, to the power GAMMA, which makes tails visible."""

    steps, shares = (1,), (0.0, 0.1, 0.3, 0.6, 1.0)
    colors = staticmethod(theme.density_colors)

    def share(self, values: Floats) -> Any:
        return np.maximum(values / self.top, 0) ** GAMMA


class LogEnergyNorm(ColorScale):
    """Energies E above the least one, linear in log(1 + E): wells keep their shape, and distant walls still rise."""

    colors = staticmethod(theme.energy_colors)

    def share(self, values: Floats) -> Any:
        return np.log1p(np.maximum(values, 0)) / math.log1p(self.top)

    def tick_values(self) -> list[tuple[float, str]]:
        powers = [10.0**power for power in range(max(0, round(math.log10(self.top)) - 3), 20)]
        inside = [value for value in powers if value <= self.top * 1.001]
        values = [0.0, *(inside or [self.top])]
        return [(value, _energy_text(value)) for value in values]


class LogNorm(ColorScale):
    """Positive values, linear in their logarithm over four decades below the largest."""

    colors = staticmethod(theme.error_colors)

    def share(self, values: Floats) -> Any:
        return 1 + np.log10(np.maximum(values, 1e-30) / self.top) / DECADES

    def tick_values(self) -> list[tuple[float, str]]:
        high = round(math.log10(self.top))
        return [(10.0**power, number_text.power(power)) for power in range(high - DECADES, high + 1)]


class SignedSqrtNorm(ColorScale):
    """Values v of both signs: √(|v|/top) to both sides of 0."""

    steps, shares = (1, 2, 5, 10), (-1.0, -0.25, 0.0, 0.25, 1.0)
    colors = staticmethod(theme.signed_colors)

    def share(self, values: Floats) -> Any:
        return 0.5 + 0.5 * np.sign(values) * np.sqrt(np.abs(values) / self.top)


NORMS = {"power": PowerNorm, "log_energy": LogEnergyNorm, "log": LogNorm, "signed_sqrt": SignedSqrtNorm}


def scale_for(name: str, largest: float, old: ColorScale | None = None) -> ColorScale:
    """A scale of the map `name` for values up to `largest` with a round top; the `old` one while it is suitable."""
    kind = NORMS[MAP_LAYERS[name].norm]
    if kind is PowerNorm:
        return PowerNorm(name, 1.0)
    largest = max(largest, LEAST_TOP)
    if old is not None and old.name == name and LEAST_USE * old.top <= largest <= old.top:
        return old
    unit = 10.0 ** math.floor(math.log10(largest))
    return kind(name, next(top * unit for top in kind.steps if top * unit >= largest * 0.9999))


def _energy_text(value: float) -> str:
    if value >= 1e4:
        return number_text.power(round(math.log10(value)))
    return number_text.thousands(value) if value >= 1e3 else number_text.plain(value)


class SharedColorScales:
    """One colour scale for each map, shared by all lanes that show it."""

    def __init__(self) -> None:
        self._scales: dict[str, ColorScale] = {}
        self._largest: dict[int, tuple[FieldGrid | None, str, Region, float]] = {}

    def scales(self, lanes: Sequence[LaneSnapshot], names: Sequence[str], region: Region) -> list[ColorScale | None]:
        """The scale of every lane for the map of its name, from the values in `region`; None where it shows none."""
        largest: dict[str, float] = {}
        all_diverged = all(lane.status.state == DIVERGED for lane in lanes)
        for index, (lane, name) in enumerate(zip(lanes, names, strict=True)):
            if name in MAP_LAYERS:  # the values of a diverged lane would make all others dark
                counts = all_diverged or lane.status.state != DIVERGED
                value = self._largest_of(index, lane, name, region) if counts else 0.0
                largest[name] = max(largest.get(name, 0.0), value)
        self._scales = {name: self._scale(name, value) for name, value in largest.items()}
        return [self._scales.get(name) for name in names]

    def _scale(self, name: str, largest: float) -> ColorScale:
        old = self._scales.get(name)
        return old if old is not None and largest <= 0 else scale_for(name, largest, old)

    def _largest_of(self, index: int, lane: LaneSnapshot, name: str, region: Region) -> float:
        known = self._largest.get(index)
        if known is None or known[0] is not lane.field or known[1:3] != (name, region):
            value = largest_value(lane.field, name, region)
            self._largest[index] = known = (lane.field, name, region, value)
        return known[3]


def largest_value(field: FieldGrid | None, name: str, region: Region) -> float:
    """The quantile QUANTILE of the absolute values of a map in `region`; 0 without a map.

    Differences of log densities are unbounded where both densities vanish: faded values do not count.
    """
    values = field.maps.get(name) if field is not None else None
    if field is None or values is None:
        return 0.0
    rows, columns = values.shape
    x, y = np.linspace(*field.region[:2], columns), np.linspace(*field.region[2:], rows)
    inside = np.outer((y >= region[2]) & (y <= region[3]), (x >= region[0]) & (x <= region[1]))
    if (weights := fade_weights(field, name)) is not None:
        inside &= weights > 0.5
    counted = values[inside]
    return float(np.quantile(np.abs(counted if counted.size else values), QUANTILE))


def fade_weights(field: FieldGrid, name: str) -> Floats | None:
    """The opacity (rows, columns) of the map `name`, from 0 to 1; None for a map that is never faded.

    A difference of log densities fades where both vanish, an energy that was recovered from a score where no data are.
    """
    layer, opacity = MAP_LAYERS[name], field.opacity if MAP_LAYERS[name].needs_energy else None
    if not layer.faded or field.energy is None:
        return opacity
    other = field.energy + field.maps[name]
    nearest = np.minimum(field.energy, other - other.min())
    weights = np.clip((FADE[1] - nearest) / (FADE[1] - FADE[0]), 0, 1)
    return np.asarray(weights if opacity is None else weights * opacity, dtype=np.float32)
