"""A field evaluated on a grid, for drawing and for interpolation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ncsn_viz.core.analysis import KNOWN_SHARE, Pieces, calculus, fit_weights, metrics, weighted_potential
from ncsn_viz.core.fields import Density, Field, GridField
from ncsn_viz.core.numerics import Region, rasterize, regions, torch
from ncsn_viz.core.schedules import READINGS, Schedule
from ncsn_viz.lab.experiment import View
from ncsn_viz.lab.inspection import contours
from ncsn_viz.lab.inspection.data_density import DataDensity
from ncsn_viz.lab.map_layers import GAMMA, MAP_LAYERS, FieldValues, MapInputs, required
from ncsn_viz.lab.snapshot import FieldGrid, Floats, as_floats

SAMPLED = 2048  # particles by which their extent is estimated
MARGIN = 0.1  # of its width, by which a grid reaches beyond it
EDGE_STEPS = 16  # of an edge of the grid, over the width of the window
NODES, MOST_NODES = 96, 192  # along the longer side of the grid; of one that reaches far, for particles
FINER = 4  # times as dense are the nodes of a spline on which particles are moved
PROBED = 512  # particles at which the error of interpolation is measured
ALONG = 48  # nodes of a line integral
Z_CELLS = 40  # along each side of the window, of the sum over Z before cells are halved
LINES = 8  # points of the field that take as long as one line integral over the grid
BY_ENERGY = frozenset({"energy", "surface"})  # layers besides maps that are drawn from the energy
FADE = (6.0, 10.0)  # nats below the peak of the data between which a recovered energy fades


class GridEvaluation:
    """A field at one noise level on a grid over `region`, evaluated in blocks of points, so that nothing else waits.

    `view` says what else is drawn; `truth` is evaluated only where that needs it. `other` is the field that maps of
    differences subtract, at the same noise level. The energy of a field that has only a score is recovered from it
    where something is drawn of it, by a fit with the weights of the `data`. Z of an energy of its own is a sum over
    the `window`, finer where the points `held_out` are. `particles` (n, 2) are those that are moved by interpolation on
    the grid, if any are: it is finer then, and its error at some of them is measured. `path` is that on which a
    velocity is drawn, if any. `result` is available once
    `evaluate` has ended.
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
        data: DataDensity | None = None,
        window: Region | None = None,
        held_out: torch.Tensor | None = None,
        particles: torch.Tensor | None = None,
        path: Schedule | None = None,
    ) -> None:
        self.path = path if sigma > 0 else None
        self.window, self.held_out = window or region, held_out
        self.field, self.region, self.sigma, self.view, self.data = field, region, sigma, view, data
        self.particles = particles
        self.rows, self.columns = regions.grid_shape(region, self._nodes() if particles is not None else NODES)
        self.points = regions.grid(region, self.rows, self.columns, device)
        self.maps = [MAP_LAYERS[name] for name in view.layers if name in MAP_LAYERS]
        compares = "truth" in view.layers or any(layer.needs_truth for layer in self.maps)
        self.truth = truth if view.reference or compares else None
        self.wants_energy = not BY_ENERGY.isdisjoint(view.layers) or any(layer.needs_energy for layer in self.maps)
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
        finer = 1 if self.particles is None else FINER
        grid = GridField.from_values(score, self.region, self.sigma, self.field, finer)
        own_energy = energy is not None
        if energy is None and self.view.reference:
            energy = yield from self._by_line_integrals(grid, block)
        recovers = not own_energy or (self.other is not None and compared[3] is None)
        data = self._data_on_grid(score) if self.wants_energy and recovers else None
        field = yield from self._values(score, energy, None if own_energy else data)
        truth = yield from self._values(compared[0], compared[1], None)
        other = yield from self._values(compared[2], compared[3], data)
        assert field is not None
        known = None if data is None else opacity(data)
        if own_energy:
            yield
        log_z = self._log_z() if own_energy else None
        self.result = (
            self._drawn(MapInputs(self.region, field, truth, other, known), own_energy, log_z, self._error(grid)),
            grid,
        )

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

    def _by_line_integrals(self, grid: GridField, block: int) -> Pieces[torch.Tensor]:
        """log p(x₀) − log p(x) at every node, by integrals of the score along lines: (rows, columns)."""
        origin = self.points.new_tensor(self.view.reference[0])
        rises: list[torch.Tensor] = []
        for points in torch.split(self.points, max(1, block // LINES)):
            yield
            rises.append(calculus.line_integral(grid, points, origin, self.sigma, ALONG))
        return -torch.cat(rises).reshape(self.rows, self.columns)

    def _data_on_grid(self, like: torch.Tensor) -> torch.Tensor:
        """The density of the data on the grid; without data, all places count alike."""
        if self.data is None:
            return like.new_ones(self.rows, self.columns)
        return self.data.on_grid(self.region, self.rows, self.columns, self.sigma)

    def _values(
        self, score: torch.Tensor | None, energy: torch.Tensor | None, data: torch.Tensor | None
    ) -> Pieces[FieldValues | None]:
        """A field with its energy, or else minus the potential that fits its score best where the density `data` is.

        Without a score there is no field, without `data` no energy is recovered.
        """
        if score is None:
            return None
        if energy is None and data is not None:
            yield
            energy = -(yield from weighted_potential(score, self.region, fit_weights(data)))
        return FieldValues(score, energy, None if energy is None else self._least(energy, data))

    def _least(self, energy: torch.Tensor, data: torch.Tensor | None) -> torch.Tensor:
        """The least finite energy inside the view; with the density `data` that where there are any, if there are."""
        (x, y), view, flat = self.points.T, self.view.region, energy.reshape(-1)
        inside = (x >= view[0]) & (x <= view[1]) & (y >= view[2]) & (y <= view[3]) & flat.isfinite()
        if data is not None:
            known = inside & (data >= KNOWN_SHARE * data.max()).reshape(-1)
            inside = known if bool(known.any()) else inside
        return flat[inside].min() if bool(inside.any()) else energy.new_zeros(())

    def _drawn(self, inputs: MapInputs, own_energy: bool, log_z: float | None, error: float | None) -> FieldGrid:
        """What is drawn of it; energies count from the least one inside the view.

        A density is drawn here of a field's own energy alone.
        """
        field, truth, layers = inputs.field, inputs.truth, self.view.layers
        heights = None if field.energy is None else as_floats(field.heights())
        shade = (
            torch.exp(-GAMMA * field.heights().clamp(min=0)) if own_energy else torch.zeros_like(field.score[..., 0])
        )
        true_heights = as_floats(truth.heights()) if truth and "truth" in layers else None
        known = None if inputs.opacity is None else as_floats(inputs.opacity)
        time = self.path.time(self.sigma) if self.path and self.path.scales_data else None
        return FieldGrid(
            self.region,
            self.sigma,
            field.score.cpu().numpy(),
            heights,
            rasterize.to_bytes(shade),
            contours.lines(heights, self.region, known) if heights is not None and "energy" in layers else (),
            own_energy=own_energy,
            maps=self._maps(inputs),
            opacity=known,
            true_energy=as_floats(required(truth.energy)) if truth else None,
            true_contours=() if true_heights is None else contours.lines(true_heights, self.region),
            reference=next(iter(self.view.reference), None),
            level=0.0 if field.least is None else float(field.least),
            log_z=log_z,
            grid_error=error,
            non_conservative=self._non_conservative(field.score, own_energy),
            velocity=self._velocity(field.score),
            time=time,
            alpha=1.0 if time is None or self.path is None else self.path.alpha(time),
        )

    def _velocity(self, score: torch.Tensor) -> Floats | None:
        """−dx_t/dt of the probability flow at every node, by the reading of the `score` (rows, columns, 2)."""
        if self.path is None or "velocity" not in self.view.layers:
            return None
        noise = score.new_tensor([[self.sigma]])
        velocity = READINGS["velocity"].of_score(score.reshape(-1, 2), self.points, self.path, noise)
        return as_floats(-velocity.reshape(score.shape))

    def _nodes(self) -> int:
        """As many nodes as keep the spacing that they have over the window and its noise, where more is seen."""
        reach = max(self.region[1] - self.region[0], self.region[3] - self.region[2])
        usual = self.window[1] - self.window[0] + 6 * self.sigma
        return min(MOST_NODES, max(NODES, round(NODES * reach / usual)))

    def _error(self, grid: GridField) -> float | None:
        """mean ‖ŝ − s‖ over mean ‖s‖, of the interpolated score ŝ at some of the particles on the grid."""
        if self.particles is None:
            return None
        x0, x1, y0, y1 = self.region
        some = self.particles[:: max(1, len(self.particles) // PROBED)]
        some = some[(some[:, 0] > x0) & (some[:, 0] < x1) & (some[:, 1] > y0) & (some[:, 1] < y1)]
        if not len(some):
            return None
        with torch.no_grad():
            exact = self.field.score(some, self.sigma)
        away = (grid.score(some, self.sigma) - exact).norm(dim=1).mean()
        return float(away / exact.norm(dim=1).mean().clamp(min=1e-12))

    def _log_z(self) -> float | None:
        """log ∫ exp(−E) dx, whatever part of the plane is seen; None where the sum does not stand."""
        if isinstance(self.field, Density):
            return 0.0
        points = self.points[:0] if self.held_out is None else self.held_out
        found = metrics.partition(self.field, self.sigma, self.window, Z_CELLS, points)
        return found.log_z if found is not None and found.stands else None

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


def opacity(data: torch.Tensor) -> torch.Tensor:
    """How far an energy recovered from a score is known, from 0 to 1, by the density `data` (rows, columns)."""
    below_peak = -torch.log(data / data.max())  # NaN where there are no data at all
    return ((FADE[1] - below_peak) / (FADE[1] - FADE[0])).nan_to_num(0).clamp(0, 1)


def evaluation_region(view: Region, x: torch.Tensor, window: tuple[float, float], sigma: float) -> Region:
    """The region to evaluate on a grid: the view, where p_σ has its mass, and the particles `x` (n, 2).

    Particles only as far out as data and noise explain them: outliers must not coarsen the grid for all others, and
    are evaluated one by one. Particles that have just been released are soon where the mass is.

    Edges that particles push out go in steps: the grid stays the same while they move a little, and so does what was
    made for it.
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
    step = (window[1] - window[0]) / EDGE_STEPS
    low = (((least - room) / step).floor() * step).clamp(min=window[0] - far).tolist()
    high = (((most + room) / step).ceil() * step).clamp(max=window[1] + far).tolist()
    return (min(around[0], low[0]), max(around[1], high[0]), min(around[2], low[1]), max(around[3], high[1]))
