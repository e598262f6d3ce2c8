"""A field as the views draw it: evaluated on a grid, for pictures and for crowds alike."""

from __future__ import annotations

from collections.abc import Sequence

from ncsn_viz.core import analysis, probes, raster
from ncsn_viz.core.field import Density, Field
from ncsn_viz.core.gridfield import GridField
from ncsn_viz.core.lazy import torch
from ncsn_viz.core.probes import Region
from ncsn_viz.lab import maps
from ncsn_viz.lab.layers import DIFFERENCES, MAPS
from ncsn_viz.lab.snapshot import GAMMA, FieldGrid, Floats
from ncsn_viz.lab.spec import View

SAMPLED = 2048  # particles by which the crowd is judged
MARGIN = 0.1  # of its width, by which a grid reaches beyond it
NODES = 96  # along the longer side of the grid
ALONG = 48  # nodes of a line integral
SURVEYED = frozenset(MAPS) - {"density"} | {"energy", "truth"}  # layers for which a survey has to do something more
LINES = 8  # points of the field that take as long as one line integral over the grid


class Survey:
    """A field at one noise level being evaluated over `region`, some points at a time, so that nothing else waits.

    `view` says what is wanted besides; `truth` is asked only where that needs it. `other` is the field that is
    subtracted in maps of differences, asked for the same noise level.
    """

    def __init__(
        self,
        field: Field,
        region: Region,
        sigma: float,
        device: torch.device,
        view: View,
        truth: Density | None = None,
        other: Field | None = None,
    ) -> None:
        self.field, self.region, self.sigma, self.view = field, region, sigma, view
        self.rows, self.columns = probes.shape_of(region, NODES)
        self.points = probes.grid(region, self.rows, self.columns, device)
        self.truth = truth if view.reference or not maps.NEED_TRUTH.isdisjoint(view.layers) else None
        self.other = other if not set(DIFFERENCES).isdisjoint(view.layers) else None
        self._others: list[tuple[torch.Tensor, torch.Tensor | None]] = []
        self._scores: list[torch.Tensor] = []
        self._energies: list[torch.Tensor] = []
        self._truths: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._rises: list[torch.Tensor] = []  # log p(x) − log p(x₀) along lines
        self._done = self._integrated = 0
        self._grid: GridField | None = None

    def proceed(self, count: int) -> bool:
        """Evaluate `count` points more; whether all are done."""
        if self._done < len(self.points):
            self._evaluate(self.points[self._done : self._done + count])
        else:
            self._integrate(self.points[self._integrated : self._integrated + max(1, count // LINES)])
        return self._done >= len(self.points) and not self._by_lines_still

    def finish(self) -> None:
        """Evaluate all that is left."""
        while not self.proceed(LINES * len(self.points)):
            pass

    def _evaluate(self, block: torch.Tensor) -> None:
        with torch.no_grad():
            self._scores.append(self.field.score(block, self.sigma))
            energy = self.field.energy(block, self.sigma)
            if energy is not None:
                self._energies.append(energy)
            if self.truth is not None:
                self._truths.append((self.truth.score(block, self.sigma), -self.truth.log_density(block, self.sigma)))
            if self.other is not None:
                self._others.append((self.other.score(block, self.sigma), self.other.energy(block, self.sigma)))
        self._done += len(block)

    @property
    def _by_lines_still(self) -> bool:
        """Whether energies are wanted from line integrals that are not all done."""
        return bool(self.view.reference) and not self._energies and self._integrated < len(self.points)

    def _integrate(self, block: torch.Tensor) -> None:
        grid = self._finished_grid()
        origin = torch.tensor(self.view.reference[0], device=block.device, dtype=block.dtype)
        self._rises.append(analysis.line_integral(grid, block, origin, self.sigma, ALONG))
        self._integrated += len(block)

    def _finished_grid(self) -> GridField:
        if self._grid is None:
            self._grid = GridField.of(self._on_grid(self._scores), self.region, self.sigma, self.field)
        return self._grid

    def _on_grid(self, parts: Sequence[torch.Tensor]) -> torch.Tensor:
        return torch.cat(list(parts)).reshape(self.rows, self.columns, *parts[0].shape[1:])

    def result(self) -> tuple[FieldGrid, GridField]:
        """The finished survey; energies count from the least one inside the view."""
        score, grid, layers = self._on_grid(self._scores), self._finished_grid(), self.view.layers
        raw = self._energy(score)
        least = self._least(raw)
        energy = (raw - least).nan_to_num(maps.HUGE, maps.HUGE, maps.HUGE).clamp(-maps.HUGE, maps.HUGE)
        heights = maps.as_floats(energy)
        truth = self._truth()
        drawn = FieldGrid(
            self.region,
            self.sigma,
            score.cpu().numpy(),
            heights,
            raster.grey(torch.exp(-GAMMA * energy.clamp(min=0))),
            maps.lines(heights, self.region) if "energy" in layers else (),
            own_energy=bool(self._energies),
            maps=maps.maps(layers, score, energy, truth, self.region) | self._differences(score, raw),
            true_energy=maps.as_floats(truth.energy) if truth else None,
            true_contours=truth.contours(self.region) if truth and "truth" in layers else (),
            reference=self.view.reference[0] if self.view.reference else None,
            level=float(least),
            log_z=analysis.log_z_on(raw, self.region) if self._energies else None,
            non_conservative=self._non_conservative(score) if "curl" in layers else None,
        )
        return drawn, grid

    def _truth(self) -> maps.Truth | None:
        if not self._truths:
            return None
        scores, energies = zip(*self._truths, strict=True)
        energy = self._on_grid(energies)
        return maps.Truth(self._on_grid(scores), energy, self._least(energy))

    def _differences(self, score: torch.Tensor, energy: torch.Tensor) -> dict[str, Floats]:
        if not self._others:
            return {}
        scores, energies = zip(*self._others, strict=True)
        other = self._on_grid(scores)
        own = [part for part in energies if part is not None]
        height = self._on_grid(own) if own else -probes.potential(other, self.region)
        return maps.differences(self.view.layers, score, energy, maps.Other(other, height), self.region)

    def _non_conservative(self, score: torch.Tensor) -> float:
        """An energy's score is a gradient by construction: only the error of the grid would be seen."""
        return 0.0 if self._energies else maps.non_conservative(score, self.region, self.view.region)

    def _energy(self, score: torch.Tensor) -> torch.Tensor:
        """The field's own energy, or by line integrals where a reference is chosen, or the potential that fits best."""
        if self._energies:
            return self._on_grid(self._energies)
        return -self._on_grid(self._rises) if self._rises else -probes.potential(score, self.region)

    def _least(self, energy: torch.Tensor) -> torch.Tensor:
        (x, y), view = self.points.T, self.view.region
        flat = energy.reshape(-1)
        seen = (x >= view[0]) & (x <= view[1]) & (y >= view[2]) & (y <= view[3]) & flat.isfinite()
        inside = flat[seen]
        return inside.min() if len(inside) else energy.new_zeros(())


def reach(view: Region, x: torch.Tensor, window: tuple[float, float], sigma: float) -> Region:
    """The part of the plane worth a grid: the view, where p_σ has its mass, and the particles `x` (n, 2).

    Particles only as far as data and noise explain them: strays further out must not blur the grid for all others,
    and are asked for one by one. Where the mass is, a crowd that has just been released will be in a moment.
    """
    wide = (window[0] - 3 * sigma, window[1] + 3 * sigma)
    around = (min(view[0], wide[0]), max(view[1], wide[1]), min(view[2], wide[0]), max(view[3], wide[1]))
    some = x[:: max(1, len(x) // SAMPLED)]
    finite = some[some.isfinite().all(1)]
    if len(finite) < 2:
        return around
    far = 4 * sigma + (window[1] - window[0]) / 4
    least, most = finite.amin(0), finite.amax(0)
    room = MARGIN * (most - least)
    low, high = (least - room).clamp(min=window[0] - far).tolist(), (most + room).clamp(max=window[1] + far).tolist()
    return (min(around[0], low[0]), max(around[1], high[0]), min(around[2], low[1]), max(around[3], high[1]))
