"""What a map layer is: a scalar on the grid of the plane, drawn in colours behind everything else in a lane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from ncsn_viz.core.numerics import Region, torch

GAMMA = 0.6  # power of the densities on screen: keeps the tails visible
RECOVERED = "u the potential of s; heights of separate modes are not determined"  # of an energy −u
HUGE = 1e9  # stands for energies that are not finite
T = TypeVar("T")


class FieldValues(NamedTuple):
    """A field on a grid: `score` (rows, columns, 2), `energy` (rows, columns) up to a constant, its `least` in view.

    Both are None for a field that has only a score, where no energy was recovered from it.
    """

    score: torch.Tensor
    energy: torch.Tensor | None
    least: torch.Tensor | None

    def heights(self) -> torch.Tensor:
        """E − min E in nats, every value finite: (rows, columns)."""
        return (required(self.energy) - required(self.least)).nan_to_num(HUGE, HUGE, HUGE).clamp(-HUGE, HUGE)

    def density(self) -> torch.Tensor:
        """exp(−E) over its peak in the view; 1 where it is still higher outside: (rows, columns)."""
        return torch.exp(required(self.least) - required(self.energy)).clamp(max=1)

    def distance(self, other: FieldValues) -> torch.Tensor:
        """The distance of the scores, ‖s − s′‖: (rows, columns)."""
        distance: torch.Tensor = torch.linalg.vector_norm(self.score - other.score, dim=-1)
        return distance


class MapInputs(NamedTuple):
    """What a map is computed from: a lane's field over `region`, and those with which it is compared, where needed.

    `opacity` (rows, columns), from 0 to 1, says where an energy that was recovered from a score is known, if one was.
    """

    region: Region
    field: FieldValues
    truth: FieldValues | None = None
    other: FieldValues | None = None
    opacity: torch.Tensor | None = None


@dataclass(frozen=True)
class MapLayer:
    """One map: its texts in plain English, looked up for translation when shown, and how it is computed.

    `title` stands in menus, `help` is its hover text, `caption` the formula over its colour bar, `key` its shortcut.
    `norm` names the norm from values to colours (power, log_energy, log, signed_sqrt). `needs_truth` and `needs_other`
    say which inputs besides the field itself must be evaluated, `needs_energy` whether the energy must be recovered
    where a network has only a score; then the map fades where there are no data. `of_score` is the caption for such a
    network where it differs: with {bandwidth} for that of the particles' density. A map with
    `faded` fades where both densities are faint; with `gradient_share` the share of the field that is no gradient
    stands beside its caption.

    `compute` gives the map (rows, columns); None for the density, which every grid evaluation holds anyway.
    """

    name: str
    title: str
    help: str
    caption: str
    key: str
    norm: str
    compute: Callable[[MapInputs], torch.Tensor] | None
    needs_truth: bool = False
    needs_other: bool = False
    needs_energy: bool = False
    of_score: str = ""
    faded: bool = False
    gradient_share: bool = False


def required(values: T | None) -> T:
    """The values that `needs_truth`, `needs_other` or `needs_energy` guarantees."""
    assert values is not None
    return values
