"""Rectangles of the plane, and regular grids over them."""

from __future__ import annotations

from ncsn_viz.core.numerics.lazy import Device, Tensor, torch

Region = tuple[float, float, float, float]  # x0, x1, y0, y1


def grid_shape(region: Region, nodes: int) -> tuple[int, int]:
    """Rows and columns of a grid of nearly square cells with about `nodes` nodes along the longer side."""
    width, height = region[1] - region[0], region[3] - region[2]
    step = max(width, height) / (nodes - 1)
    return max(2, round(height / step) + 1), max(2, round(width / step) + 1)


def grid(region: Region, rows: int, columns: int, device: Device = "cpu", dtype: torch.dtype | None = None) -> Tensor:
    """The nodes of a grid over `region` (x0, x1, y0, y1), row by row from y0: shape (rows · columns, 2)."""
    dtype = dtype or torch.float32
    x = torch.linspace(region[0], region[1], columns, device=device, dtype=dtype)
    y = torch.linspace(region[2], region[3], rows, device=device, dtype=dtype)
    return torch.stack([x.expand(rows, -1), y[:, None].expand(-1, columns)], dim=-1).reshape(-1, 2)
