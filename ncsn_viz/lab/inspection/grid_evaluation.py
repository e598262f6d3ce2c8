"""A field evaluated on a grid, for drawing and for interpolation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ncsn_viz.core.analysis import calculus
from ncsn_viz.core.fields import Density, Field, GridField
from ncsn_viz.core.numerics import Region, rasterize, regions, torch
from ncsn_viz.lab.experiment import View
from ncsn_viz.lab.inspection import contours
from ncsn_viz.lab.map_layers import GAMMA, MAP_LAYERS, FieldValues, MapInputs
from ncsn_viz.lab.snapshot import FieldGrid, Floats, as_floats

SAMPLED = 2048  # particles by which their extent is estimated
MARGIN = 0.1  # of its width, by which a grid reaches beyond it
NODES = 96  # along the longer side of the grid
ALONG = 48  # nodes of a line integral
LINES = 8  # points of the field that take as long as one line integral over the grid


class GridEvaluation:
    """A field at one noise level on a grid over `region`, evaluated in blocks of points, so that nothing else waits.

    `view` says what else is drawn; `truth` is evaluated only where that needs it. `other` is the field that maps of
    differences subtract, at the same noise level. `result` is available once `evaluate` has ended.
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
        self.rows, self.columns = regions.grid_shape(region, NODES)
        self.points = regions.grid(region, self.rows, self.columns, device)
        self.maps = [MAP_LAYERS[name] for name in view.layers if name in MAP_LAYERS]
        compares = "truth" in view.layers or any(layer.needs_truth for layer in self.maps)
        self.truth = truth if view.reference or compares else None
        self.other = other if any(layer.needs_other for layer in self.maps) else None
        self.result: tuple[FieldGrid, GridField] | None = None

    def evaluate(self, block: int) -> Iterator[None]:
        """Evaluate all points, yielding between blocks of so many, or of as many lines as take as long."""
        blocks: list[tuple[torch.Tensor | None, ...]] = []
        for points in torch.split(self.points, block):
            if blocks:
                yield
            blocks.append(self._evaluate_at(points))
        score, energy, *compared = (self._on_grid(parts) for parts in zip(*blocks, strict=True))
        assert score is not None
        grid = GridField.from_values(score, self.region, self.sigma, self.field)
        own_energy = energy is not None
        if energy is None and self.view.reference:
            origin = self.points.new_tensor(self.view.reference[0])
            rises: list[torch.Tensor] = []  # log p(x) − log p(x₀)
            for points in torch.split(self.points, max(1, block // LINES)):
                yield
                rises.append(calculus.line_integral(grid, points, origin, self.sigma, ALONG))
            energy = -torch.cat(rises).reshape(self.rows, self.columns)
        field, truth, other = (self._values(*pair) for pair in ((score, energy), compared[:2], compared[2:]))
        assert field is not None
        self.result = self._drawn(MapInputs(self.region, field, truth, other), own_energy), grid

    def evaluate_now(self) -> tuple[FieldGrid, GridField]:
        """Evaluate everything without a pause."""
        for _ in self.evaluate(LINES * len(self.points)):
            pass
        assert self.result is not None
        return self.result

    def _evaluate_at(self, x: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Score and energy at `x` (n, 2) of the field, of the truth and of the other field; None for what is not."""
        sigma, truth, other = self.sigma, self.truth, self.other
        with torch.no_grad():
            return (
                self.field.score(x, sigma),
                self.field.energy(x, sigma),
                truth.score(x, sigma) if truth is not None else None,
                -truth.log_density(x, sigma) if truth is not None else None,
                other.score(x, sigma) if other is not None else None,
                other.energy(x, sigma) if other is not None else None,
            )

    def _on_grid(self, parts: Sequence[torch.Tensor | None]) -> torch.Tensor | None:
        known = [part for part in parts if part is not None]
        return torch.cat(known).reshape(self.rows, self.columns, *known[0].shape[1:]) if known else None

    def _values(self, score: torch.Tensor | None, energy: torch.Tensor | None) -> FieldValues | None:
        """A field with its energy, or else with the potential that fits its score best; None without a score."""
        if score is None:
            return None
        if energy is None:
            energy = -calculus.potential(score, self.region)
        return FieldValues(score, energy, self._least(energy))

    def _least(self, energy: torch.Tensor) -> torch.Tensor:
        """The least finite energy inside the view."""
        (x, y), view, flat = self.points.T, self.view.region, energy.reshape(-1)
        inside = flat[(x >= view[0]) & (x <= view[1]) & (y >= view[2]) & (y <= view[3]) & flat.isfinite()]
        return inside.min() if len(inside) else energy.new_zeros(())

    def _drawn(self, inputs: MapInputs, own_energy: bool) -> FieldGrid:
        """What is drawn of it; energies count from the least one inside the view."""
        field, truth, layers = inputs.field, inputs.truth, self.view.layers
        energy = field.heights()
        heights = as_floats(energy)
        true_heights = as_floats(truth.energy - truth.least) if truth and "truth" in layers else None
        return FieldGrid(
            self.region,
            self.sigma,
            field.score.cpu().numpy(),
            heights,
            rasterize.to_bytes(torch.exp(-GAMMA * energy.clamp(min=0))),
            contours.lines(heights, self.region) if "energy" in layers else (),
            own_energy=own_energy,
            maps=self._maps(inputs),
            true_energy=as_floats(truth.energy) if truth else None,
            true_contours=() if true_heights is None else contours.lines(true_heights, self.region),
            reference=next(iter(self.view.reference), None),
            level=float(field.least),
            log_z=calculus.log_partition(field.energy, self.region) if own_energy else None,
            non_conservative=self._non_conservative(field.score, own_energy),
        )

    def _maps(self, inputs: MapInputs) -> dict[str, Floats]:
        """The maps for which there is everything that they are computed from."""
        maps = [layer for layer in self.maps if inputs.truth is not None or not layer.needs_truth]
        maps = [layer for layer in maps if inputs.other is not None or not layer.needs_other]
        return {layer.name: as_floats(layer.compute(inputs)) for layer in maps if layer.compute is not None}

    def _non_conservative(self, score: torch.Tensor, own_energy: bool) -> float | None:
        """An energy's score is a gradient by construction: only the discretisation error of the grid would show."""
        if not any(layer.gradient_share for layer in self.maps):
            return None
        return 0.0 if own_energy else contours.non_conservative(score, self.region, self.view.region)


def evaluation_region(view: Region, x: torch.Tensor, window: tuple[float, float], sigma: float) -> Region:
    """The region to evaluate on a grid: the view, where p_σ has its mass, and the particles `x` (n, 2).

    Particles only as far out as data and noise explain them: outliers must not coarsen the grid for all others, and
    are evaluated one by one. Particles that have just been released are soon where the mass is.
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
