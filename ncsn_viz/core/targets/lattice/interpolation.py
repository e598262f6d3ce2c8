"""Tables of log p_σ, its gradient and its Hessian at one noise level on nested lattices, and their interpolation."""

from __future__ import annotations

import math

from ncsn_viz.core.numerics import Device, Tensor, torch
from ncsn_viz.core.targets.lattice.posterior import Cells, posterior

LEVELS = 4  # nested lattices: the window, ×3, ×9, ×27
GROWTH = 3.0
# Spacing of the innermost lattice in units of √v, at most. The root mean square error of the score over the density
# is proportional to its cube. The worst that was measured, on a smiley: 0.67 % at 0.47, 0.37 % at 0.43, 0.2 % at 0.31.
MAX_SPACING = 0.36
MAX_SIZE = 1100  # points along a side of the innermost lattice; this limit comes first
MAX_TAIL_SPACING = 0.6  # the same spacing where there is hardly any density
TAIL = 4.0  # √v by which the innermost lattice extends beyond the window


class InterpolationTables:
    """The tables of one noise level, v = h² + σ², around the square `window`; each is computed when first needed.

    Interpolation is Catmull–Rom (Keys 1981). It reproduces quadratics: with A defined by log p = A − ‖x‖²/2v, only A
    has an interpolation error. Outside the last lattice A is extrapolated linearly by its gradient m/v, m the posterior
    mean of the cells.
    """

    def __init__(
        self, cells: Cells, window: tuple[float, float], resolution: int, v: float, device: Device, dtype: torch.dtype
    ) -> None:
        self.v = v
        self._cells, self._device, self._dtype = cells, device, dtype
        self._middle = (window[0] + window[1]) / 2
        cell = (window[1] - window[0]) / resolution
        refine = max(1, min(math.ceil(cell / (MAX_SPACING * math.sqrt(v))), MAX_SIZE // resolution))
        self._step = cell / refine
        # The next lattice is three times as coarse. If that is too coarse for the tails, this one covers them.
        tail = TAIL * math.sqrt(v) if GROWTH * self._step > MAX_TAIL_SPACING * math.sqrt(v) else 0.0
        margin = math.ceil((cell / 2 + tail) / self._step) + 1
        self._size = (resolution - 1) * refine + 1 + 2 * margin
        self._half = (self._size - 3) / 2 * self._step  # up to there a point has four neighbours along an axis
        self._stacks: dict[str, Tensor] = {}

    @property
    def memory(self) -> int:
        """Bytes of the computed tables."""
        return sum(stack.nbytes for stack in self._stacks.values())

    def log_density(self, x: Tensor) -> Tensor:
        """log p at `x` (n, 2): shape (n,)."""
        near = self._clamp(x)
        log_p, *score = self._look_up("density", near).unbind(1)
        offset = x - near
        return log_p + (torch.stack(score, dim=1) * offset).sum(1) - offset.square().sum(1) / (2 * self.v)

    def score(self, x: Tensor) -> Tensor:
        """∇ log p at `x` (n, 2): shape (n, 2)."""
        near = self._clamp(x)
        return self._look_up("density", near)[:, 1:] - (x - near) / self.v

    def hessian(self, x: Tensor) -> Tensor:
        """∇∇ log p at `x` (n, 2): shape (n, 3), the entries xx, xy, yy."""
        return self._look_up("hessian", self._clamp(x))

    def _clamp(self, x: Tensor) -> Tensor:
        half = self._half * GROWTH ** (LEVELS - 1)
        return x.clamp(self._middle - half, self._middle + half)

    def _look_up(self, name: str, x: Tensor) -> Tensor:
        """A table at `x` (n, 2), for each point on the smallest lattice that contains it: shape (n, channels)."""
        offset = x - self._middle
        distance = offset.detach().abs().amax(1)
        level = torch.stack([distance > self._half * GROWTH**i for i in range(LEVELS - 1)]).sum(0)
        stack = self._stack(name, int(level.max()) + 1 if len(x) else 1)
        step = (self._step * torch.pow(GROWTH, level.to(x.dtype)))[:, None]
        index = offset / step + (self._size - 1) / 2
        corner = index.detach().nan_to_num(0).floor().clamp(1, self._size - 3)  # particles may have diverged
        return _interpolate(stack, level, corner.long(), index - corner)

    def _stack(self, name: str, levels: int) -> Tensor:
        """At least the first `levels` lattices of a table: shape (levels, y, x, channels)."""
        old = self._stacks.get(name)
        count = 0 if old is None else len(old)
        if count < levels:
            compute = self._density_table if name == "density" else self._hessian_table
            new = torch.stack([compute(level) for level in range(count, levels)]).to(self._dtype).to(self._device)
            self._stacks[name] = new if old is None else torch.cat([old, new])
        return self._stacks[name]

    def _axis(self, level: int) -> Tensor:
        index = torch.arange(self._size, device=self._cells.rows.device, dtype=torch.float64)
        return self._middle + (index - (self._size - 1) / 2) * self._step * GROWTH**level

    def _density_table(self, level: int) -> Tensor:
        """log p and the score (m − x)/v: shape (y, x, 3)."""
        axis = self._axis(level)
        log_p, mean, _ = posterior(self._cells, axis, axis, self.v)
        points = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), dim=-1)
        return torch.cat([log_p[..., None], (mean - points) / self.v], dim=-1)

    def _hessian_table(self, level: int) -> Tensor:
        """C/v² − I/v: shape (y, x, 3)."""
        axis = self._axis(level)
        covariance = posterior(self._cells, axis, axis, self.v, with_covariance=True).covariance
        assert covariance is not None
        return covariance / self.v**2 - covariance.new_tensor([1.0, 0.0, 1.0]) / self.v


def _interpolate(stack: Tensor, level: Tensor, corner: Tensor, t: Tensor) -> Tensor:
    """Catmull–Rom in `stack` (level, y, x, channels) at `corner` (n, 2: column, row) plus `t` (n, 2): (n, channels)."""
    _, rows, columns, channels = stack.shape
    first = (level * rows + corner[:, 1] - 1) * columns + corner[:, 0] - 1
    four = torch.arange(4, device=stack.device)
    stencil = (four[:, None] * columns + four).reshape(-1)
    across, down = _catmull_rom(t[:, 0]), _catmull_rom(t[:, 1])
    weights = (down[:, :, None] * across[:, None, :]).reshape(len(t), 16).to(stack.dtype)
    bags = first[:, None] + stencil  # a weighted sum of sixteen rows of the table is an embedding bag
    weighted_sum = _sum_gathered if stack.device.type == "mps" else _sum_bags  # MPS has no embedding bags
    return weighted_sum(stack.view(-1, channels), bags, weights).to(t.dtype)


def _sum_bags(rows: Tensor, bags: Tensor, weights: Tensor) -> Tensor:
    return torch.nn.functional.embedding_bag(bags, rows, per_sample_weights=weights, mode="sum")


def _sum_gathered(rows: Tensor, bags: Tensor, weights: Tensor) -> Tensor:
    """The same without an embedding bag."""
    return (rows[bags] * weights[:, :, None]).sum(1)


def _catmull_rom(t: Tensor) -> Tensor:
    """The weights of the four neighbours at −1, 0, 1, 2 for `t` (…) in [0, 1]: shape (…, 4)."""
    t2, t3 = t * t, t * t * t
    weights = (2 * t2 - t3 - t, 3 * t3 - 5 * t2 + 2, 4 * t2 - 3 * t3 + t, t3 - t2)
    return torch.stack(weights, dim=-1) / 2
