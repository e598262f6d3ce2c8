"""The headless run: the same engine on the same Spec, and its results as numbers, arrays and files."""

from ncsn_viz.lab.headless.arrays import fields, grid_nodes, lane_fields, particles
from ncsn_viz.lab.headless.files import save, write
from ncsn_viz.lab.headless.measures import (
    lane_message,
    lane_metrics,
    lane_status,
    lane_summary,
    of_particles,
    summary,
)
from ncsn_viz.lab.headless.run import Run, start

__all__ = [
    "Run", "fields", "grid_nodes", "lane_fields", "lane_message", "lane_metrics", "lane_status", "lane_summary",
    "of_particles", "particles", "save", "start", "summary", "write",
]  # fmt: skip
