"""The variance of the trace by random projections."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.lazy import torch
from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.nets.modules import FieldModule
from ncsn_viz.core.objectives import Sliced
from ncsn_viz.lab.checks.base import Check

POINT = (0.7, -1.1)
