"""A density on a lattice: one Gaussian for each cell, all with one bandwidth; exact at every noise level."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property

from ncsn_viz.core.numerics import Array, Device, Generator, Tensor, float64_device, to_float64, torch
from ncsn_viz.core.targets.base import EmptyTarget
from ncsn_viz.core.targets.gaussians import Gaussians, middle_of_top
from ncsn_viz.core.targets.lattice.interpolation import InterpolationTables
from ncsn_viz.core.targets.lattice.modes import find_modes
from ncsn_viz.core.targets.lattice.posterior import Cells, posterior

MAX_LEVELS = 24  # noise levels whose tables are cached: annealed sampling returns to them
MAX_BYTES = 192 * 2**20  # of all cached tables; two levels are cached in any case
MIN_BANDWIDTH = 0.75  # of a target on a lattice, in cells: below, the density shows the lattice as a grid of dots
MAX_PAIRS = 2**22  # pairs of a point and a cell in a block of the direct sum


class LatticeMixture:
    """p_σ(x) = Σᵢⱼ wᵢⱼ N(x; cᵢⱼ, (h² + σ²) I) with the centres cᵢⱼ of the cells of a square window.

    `weights` (rows y, columns x), nonnegative with any sum; `window` (low, high) of both axes; `bandwidth` h > 0.
    Exact at the cell centres, interpolated between them (`InterpolationTables`). The tables are computed in float64, on
    the CPU if the device has no float64, and stored on the device. Raises EmptyTarget if all weights are 0.
    Not thread-safe: tables are filled on demand.
    """

    def __init__(
        self,
        weights: Array,
        window: tuple[float, float],
        bandwidth: float,
        device: Device = "cpu",
        dtype: torch.dtype | None = None,
    ) -> None:
        total = float(weights.sum())
        if not total > 0:
            raise EmptyTarget("There is no mass anywhere: paint something first.")
        self.window, self.bandwidth, self.resolution = window, bandwidth, len(weights)
        self.device, self.dtype, exact = torch.device(device), dtype or torch.float32, float64_device(device)
        self._weights = torch.tensor(weights / total, device=exact, dtype=torch.float64)
        index = torch.arange(self.resolution, device=exact, dtype=torch.float64)
        self.centres = window[0] + (index + 0.5) * (window[1] - window[0]) / self.resolution
        rows, columns = (self._weights.sum(axis) > 0 for axis in (1, 0))
        self._cells = Cells(self._weights[rows][:, columns].log(), self.centres[rows], self.centres[columns])
        self._tables: OrderedDict[float, InterpolationTables] = OrderedDict()

    def log_density(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """log p_σ at `x` (n, 2): shape (n,), normalised."""
        return self._evaluate(x, sigma, InterpolationTables.log_density, self.mixture.log_density)

    def energy(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """−log p_σ at `x` (n, 2): shape (n,), with Z = 1."""
        return -self.log_density(x, sigma)

    def score(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """(m(x) − x)/v at `x` (n, 2), m the posterior mean of the cells: shape (n, 2)."""
        return self._evaluate(x, sigma, InterpolationTables.score, self.mixture.score)

    def score_and_tangents(self, x: Tensor, sigma: float | Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """The score, and ∇s = C/v² − I/v applied to `directions` (k, n, 2), C the posterior covariance of the cells."""
        xx, xy, yy = self._evaluate(x, sigma, InterpolationTables.hessian, self._mixture_hessian).unbind(1)
        first, second = directions.unbind(-1)
        return self.score(x, sigma), torch.stack([xx * first + xy * second, xy * first + yy * second], dim=-1)

    def _mixture_hessian(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        axes = torch.eye(2, device=x.device, dtype=x.dtype)[:, None, :].expand(2, len(x), 2)
        (xx, xy), (_, yy) = (column.unbind(1) for column in self.mixture.score_and_tangents(x, sigma, axes)[1])
        return torch.stack([xx, xy, yy], dim=1)

    def _evaluate(
        self,
        x: Tensor,
        sigma: float | Tensor,
        table: Callable[[InterpolationTables, Tensor], Tensor],
        direct: Callable[[Tensor, float | Tensor], Tensor],
    ) -> Tensor:
        """`table` for points that share a few noise levels; `direct`, the sum over all cells, for more levels."""
        if not isinstance(sigma, torch.Tensor) or sigma.numel() == 1:
            return table(self._level(float(sigma)), x)
        levels, group = torch.unique(sigma.reshape(-1), return_inverse=True)
        if len(levels) > MAX_LEVELS:
            blocks = max(1, MAX_PAIRS // len(self.mixture.means))
            pairs = zip(torch.split(x, blocks), torch.split(sigma.reshape(-1), blocks), strict=True)
            return torch.cat([direct(points, sigmas) for points, sigmas in pairs])
        order = torch.argsort(group, stable=True)
        parts = torch.split(x[order], torch.bincount(group).tolist())
        values = [table(self._level(level), part) for level, part in zip(levels.tolist(), parts, strict=True)]
        return torch.cat(values)[torch.argsort(order)]

    def _level(self, sigma: float) -> InterpolationTables:
        """The tables of noise level `sigma`; those used last are cached."""
        tables = self._tables.pop(sigma, None) or InterpolationTables(
            self._cells, self.window, self.resolution, self.bandwidth**2 + sigma**2, self.device, self.dtype
        )
        self._tables[sigma] = tables
        while len(self._tables) > MAX_LEVELS or (len(self._tables) > 2 and self._bytes() > MAX_BYTES):
            self._tables.popitem(last=False)
        return tables

    def _bytes(self) -> int:
        return sum(tables.memory for tables in self._tables.values())

    @cached_property
    def _occupied_cells(self) -> tuple[Tensor, Tensor]:
        """The centres (k, 2) and the weights (k,) of the cells with mass."""
        row, column = self._weights.nonzero().unbind(1)
        return torch.stack([self.centres[column], self.centres[row]], dim=1), self._weights[row, column]

    @cached_property
    def mixture(self) -> Gaussians:
        """The same density as a sum over the cells: slower, and exact everywhere."""
        means, weights = self._occupied_cells
        stds = torch.full_like(weights, self.bandwidth)
        modes = torch.zeros_like(weights, dtype=torch.long).to(self.device)
        log_weights, means, stds = map(self._to_device, (weights.log(), means, stds))
        return Gaussians(log_weights, means, stds, modes)

    def pulls(self, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
        """The score at the point `x` (2,) taken apart: the posterior of the cells, their centres and their pulls."""
        return self.mixture.pulls(x, sigma)

    def sample_clean(self, x: Tensor, sigma: float, generator: Generator) -> Tensor:
        """A sample (2,) of p(x₀ | x₀ + σz = `x`)."""
        return self.mixture.sample_clean(x, sigma, generator)

    @cached_property
    def _cumulative(self) -> Tensor:
        cumulative = self._occupied_cells[1].cumsum(0)
        return cumulative / cumulative[-1]

    def sample(self, n: int, generator: Generator) -> Tensor:
        """`n` independent samples, shape (n, 2): the centre of a cell drawn by weight, plus h times a normal."""
        means, exact = self._occupied_cells[0], self._weights.device
        precision = torch.float64 if exact.type == self.device.type else torch.float32
        uniform = torch.rand(n, generator=generator, device=self.device, dtype=precision)
        cell = torch.searchsorted(self._cumulative, to_float64(uniform), right=True)
        noise = torch.randn(n, 2, generator=generator, device=self.device, dtype=self.dtype)
        return self._to_device(means[cell]) + self.bandwidth * noise

    def _to_device(self, values: Tensor) -> Tensor:
        """`values`, computed in float64, with the dtype and device of the results."""
        return values.to(self.dtype).to(self.device)

    @cached_property
    def _modes(self) -> tuple[Tensor, Tensor, Tensor]:
        """The mode of each cell (rows, columns), the mass of p in each mode's cells (modes,), and a point of each.

        On the CPU: which basins are merged depends on comparisons, and a device that rounds otherwise would count other
        modes.
        """
        known, centres = self._cells, self.centres.cpu()
        cells = Cells(known.log_weights.cpu(), known.rows.cpu(), known.columns.cpu())
        log_p = posterior(cells, centres, centres, self.bandwidth**2).log_p
        transfer = self._transfer().cpu()
        mass = transfer @ self._weights.cpu() @ transfer.T
        labels = torch.from_numpy(find_modes(log_p.numpy(), mass.numpy()))
        masses = torch.bincount(labels.reshape(-1), weights=mass.reshape(-1))
        grid = torch.stack(torch.meshgrid(centres, centres, indexing="xy"), dim=-1)
        each = (labels == mode for mode in range(len(masses)))
        points = torch.stack([middle_of_top(grid[mine], log_p[mine]) for mine in each])  # (modes, 2)
        return labels.to(self.device), self._to_device(masses / masses.sum()), self._to_device(points)

    def _transfer(self) -> Tensor:
        """P(a sample of cell j is nearest to cell i) along one axis, shape (i, j); border cells extend to infinity."""
        edges = (self.centres[1:] + self.centres[:-1]) / 2
        below = torch.special.ndtr((edges[:, None] - self.centres) / self.bandwidth)
        ends = below.new_zeros(1, self.resolution)
        return torch.diff(torch.cat([ends, below, ends + 1]), dim=0)

    def projection(self, direction: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The weights, means and standard deviations of the cells along the unit vector `direction` (2,), each (k,)."""
        return self.mixture.projection(direction)

    def mode_weights(self, x: Tensor) -> Tensor:
        """The fraction of the finite points of `x` (n, 2) in each mode, by the nearest cell: (modes,)."""
        labels, mass, _ = self._modes
        low, high = self.window
        x = x[x.isfinite().all(1)]
        index = ((x - low) * (self.resolution / (high - low))).floor()
        column, row = index.clamp(0, self.resolution - 1).long().unbind(1)
        return torch.bincount(labels[row, column], minlength=len(mass)).to(x.dtype) / len(x)

    def true_mode_weights(self) -> Tensor:
        """The mass of p in the cells of each mode: shape (modes,)."""
        return self._modes[1]

    def mode_positions(self) -> Tensor:
        """For each mode a cell in the middle of where p is highest: shape (modes, 2)."""
        return self._modes[2]
