"""The arrays of a headless run: its particles, and its fields on a grid over the window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ncsn_viz.core.analysis import grids
from ncsn_viz.core.numerics import regions, torch
from ncsn_viz.core.targets import Coordinates
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.headless.run import Run

NODES = 101  # of the grid in fields.npz, each way


def particles(run: Run) -> dict[str, Any]:
    """The content of particles.npz: the positions (n, 2) of every lane."""
    lanes = enumerate(run.engine.lanes)
    points = {f"lane{n}": run.in_user_coordinates(lane.particles.state.x) for n, lane in lanes if lane.particles}
    return points | own_coordinates(run, points)


def fields(run: Run) -> dict[str, Any]:
    """The content of fields.npz: `grid`, and the fields of lane number n with `lane{n}_` before their names."""
    lanes = ((n, lane_fields(run, lane)) for n, lane in enumerate(run.engine.lanes) if lane.trainers)
    found = {f"lane{n}_{name}": values for n, lane in lanes for name, values in lane.items()}
    grid = {"grid": run.in_user_coordinates(grid_nodes(run))}
    return grid | own_coordinates(run, grid) | found


def own_coordinates(run: Run, points: Mapping[str, Any]) -> dict[str, Any]:
    """Points (…, 2) in the own coordinates of imported data, with `_own` after their names; none if they are equal."""
    own = run.engine.user_spec.target.coordinates
    if own == Coordinates():
        return {}
    return {f"{name}_own": own.scale * values.astype(np.float64) + own.offset for name, values in points.items()}


def grid_nodes(run: Run) -> torch.Tensor:
    """The nodes of a grid over the window, relative to the origin: shape (NODES, NODES, 2)."""
    window = run.engine.spec.window
    return regions.grid((*window, *window), NODES, NODES, run.engine.device).reshape(NODES, NODES, 2)


def lane_fields(run: Run, lane: Lane) -> dict[str, Any]:
    """The field of a lane and the truth on `grid_nodes`, at the lane's `sigma`, as NumPy arrays.

    The `energy` of a network that has only a score is −u, u the potential of s, fitted by weighted least squares where
    the `data_density` is: heights of separate modes are not determined, and where there are no data nothing is.
    """
    points, window = grid_nodes(run).reshape(-1, 2), run.engine.spec.window
    sigma, learned = lane.spec.objective.sigmas()[-1], lane.trainer.learned_field
    score = grids.score_on(learned, points, sigma, NODES)
    region = (*window, *window)
    data = lane.data_density(run.engine.spec, run.truth).on_grid(region, NODES, NODES, sigma)
    found = {
        "score": score,
        "energy": grids.energy_on(learned, points, sigma, score, region, data),
        "data_density": data,
        "true_score": grids.score_on(run.truth, points, sigma, NODES),
        "true_log_density": run.truth.log_density(points, sigma).reshape(NODES, NODES),
        "sigma": torch.tensor(sigma),
    }
    return {name: value.detach().cpu().numpy() for name, value in found.items()}
