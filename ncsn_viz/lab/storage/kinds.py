"""Every kind that a file may name."""

from __future__ import annotations

from ncsn_viz.core.knobs import Kind
from ncsn_viz.core.nets import NETS
from ncsn_viz.core.objectives import OBJECTIVES
from ncsn_viz.core.samplers import SAMPLERS
from ncsn_viz.core.schedules import SCHEDULES
from ncsn_viz.core.targets import TARGETS

REGISTRIES: dict[str, tuple[type[Kind], ...]] = {
    "targets": TARGETS,
    "objectives": OBJECTIVES,
    "nets": NETS,
    "samplers": SAMPLERS,
    "schedules": SCHEDULES,
}
KINDS: dict[str, type[Kind]] = {cls.kind: cls for kinds in REGISTRIES.values() for cls in kinds}
