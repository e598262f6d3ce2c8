"""How fast it is: every figure as a ratio to something measured in the same run. A new one is a function and a line."""

from ncsn_viz.lab.bench.base import Figure, Row, Setting
from ncsn_viz.lab.bench.engine import lanes
from ncsn_viz.lab.bench.training import training

FIGURES: tuple[Figure, ...] = (
    Figure("training", "training steps a second of each objective, at batch 512 and three layers of 128", training),
    Figure("lanes", "the engine with 1, 2, 4 and 8 lanes", lanes),
)

__all__ = ["FIGURES", "Figure", "Row", "Setting"]
