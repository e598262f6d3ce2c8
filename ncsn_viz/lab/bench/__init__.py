"""Benchmarks: every figure is a ratio to something measured in the same run. The list is in the order of the report."""

from ncsn_viz.lab.bench.base import Figure, Row, Setting
from ncsn_viz.lab.bench.figures.devices import devices
from ncsn_viz.lab.bench.figures.engine import lanes
from ncsn_viz.lab.bench.figures.lattice import lattice
from ncsn_viz.lab.bench.figures.mailboxes import mailboxes
from ncsn_viz.lab.bench.figures.particles import particles
from ncsn_viz.lab.bench.figures.rasterize import raster
from ncsn_viz.lab.bench.figures.tangents import tangents
from ncsn_viz.lab.bench.figures.training import training

FIGURES: tuple[Figure, ...] = (
    Figure("training", "training steps a second of each objective, at batch 512 and three layers of 128", training),
    Figure("devices", "the error of each objective after equal training, on CUDA and on the CPU", devices),
    Figure("tangents", "second derivatives by forward tangents, against double backward", tangents),
    Figure("lanes", "the engine with 1, 2, 4 and 8 lanes", lanes),
    Figure("particles", "particles a second exact and from the grid, with the error of the grid", particles),
    Figure("raster", "frames of 10k, 100k and 1M particles as pictures", raster),
    Figure("mailboxes", "latency of Specs and Snapshots", mailboxes),
    Figure("lattice", "a new stroke until the exact truth is known again", lattice),
)

__all__ = ["FIGURES", "Figure", "Row", "Setting"]
