"""The Spec: what the user chose, immutable and whole; what changes from one to the next; and commands beside it."""

from ncsn_viz.lab.experiment.centred import centred, centred_command
from ncsn_viz.lab.experiment.changes import Changes, LaneChanges, evaluated_view, restarted, with_learners
from ncsn_viz.lab.experiment.companions import (
    fitting_sampler,
    given_up,
    num_levels,
    value_text,
    with_objective,
    with_sampler_kind,
)
from ncsn_viz.lab.experiment.experiment import MOST_REPEATS, Experiment
from ncsn_viz.lab.experiment.fairness import Fairness
from ncsn_viz.lab.experiment.lane_spec import LETTERS, MOST_GROUPS, MOST_LANES, LaneSpec, Optimizer
from ncsn_viz.lab.experiment.layers import DIFFERENCES, EVALUATED, LAYERS
from ncsn_viz.lab.experiment.particles import Particles
from ncsn_viz.lab.experiment.spec import Edit, Playback, Spec, with_lane
from ncsn_viz.lab.experiment.view import CurveView, View
from ncsn_viz.lab.map_layers import map_of

__all__ = [
    "DIFFERENCES", "EVALUATED", "LAYERS", "LETTERS", "MOST_GROUPS", "MOST_LANES", "MOST_REPEATS", "Changes",
    "CurveView", "Edit", "Experiment", "Fairness", "LaneChanges", "LaneSpec", "Optimizer", "Particles", "Playback",
    "Spec", "View", "centred", "centred_command", "evaluated_view", "fitting_sampler", "given_up", "map_of",
    "num_levels", "restarted", "value_text", "with_lane", "with_learners", "with_objective", "with_sampler_kind",
]  # fmt: skip
