"""Files: experiments, sessions, presets, imported images and points, numbers in JSON."""

from ncsn_viz.lab.storage import experiment_files, json_values, mark_import, session_files
from ncsn_viz.lab.storage.files import write_safely
from ncsn_viz.lab.storage.json_values import null_if_not_finite
from ncsn_viz.lab.storage.kinds import KINDS, REGISTRIES
from ncsn_viz.lab.storage.point_table import Columns, PointTable
from ncsn_viz.lab.storage.preset_store import Preset, PresetStore
from ncsn_viz.lab.storage.session_files import SavedSession

__all__ = [
    "KINDS", "REGISTRIES", "Columns", "PointTable", "Preset", "PresetStore", "SavedSession", "experiment_files",
    "json_values", "mark_import", "null_if_not_finite", "session_files", "write_safely",
]  # fmt: skip
