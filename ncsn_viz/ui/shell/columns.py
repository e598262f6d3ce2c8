"""The columns at the window's sides. Each takes a Spec and a Snapshot in and tells of the user's edits."""

from ncsn_viz.ui.forms.section import Column, Section
from ncsn_viz.ui.lanes.panel import LaneColumn
from ncsn_viz.ui.target.panel import TargetColumn

__all__ = ["Column", "LaneColumn", "Section", "TargetColumn"]
