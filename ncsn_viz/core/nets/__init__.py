"""Networks that learn a score or an energy. The list is in menu order."""

from ncsn_viz.core.nets.base import Net
from ncsn_viz.core.nets.energy_mlp import EnergyMLP
from ncsn_viz.core.nets.score_mlp import ScoreMLP

NETS: tuple[type[Net], ...] = (ScoreMLP, EnergyMLP)

__all__ = ["NETS", "EnergyMLP", "Net", "ScoreMLP"]
