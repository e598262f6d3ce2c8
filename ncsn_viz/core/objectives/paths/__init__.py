"""Objectives that learn many noise levels of one path: what was clean is regressed from what is noisy, read in one way.

They differ in the reading, the path, the weighting and how noise levels are drawn.
"""

from ncsn_viz.core.objectives.paths.ddpm import DDPM
from ncsn_viz.core.objectives.paths.edm import EDM
from ncsn_viz.core.objectives.paths.flow_matching import FlowMatching
from ncsn_viz.core.objectives.paths.ncsn import NCSN
from ncsn_viz.core.objectives.paths.v_prediction import VPrediction
from ncsn_viz.core.objectives.paths.x0_prediction import X0Prediction

__all__ = ["DDPM", "EDM", "NCSN", "FlowMatching", "VPrediction", "X0Prediction"]
