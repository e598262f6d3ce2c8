"""Samplers that run a path from data to noise backwards: by its stochastic or its ordinary differential equation."""

from ncsn_viz.core.samplers.reverse.predictor_corrector import PredictorCorrector
from ncsn_viz.core.samplers.reverse.probability_flow import ProbabilityFlow
from ncsn_viz.core.samplers.reverse.reverse_process import ReverseProcess
from ncsn_viz.core.samplers.reverse.reverse_sde import ReverseSDE

__all__ = ["PredictorCorrector", "ProbabilityFlow", "ReverseProcess", "ReverseSDE"]
