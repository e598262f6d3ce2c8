"""ncsn-viz: see how a score is learned.

    from ncsn_viz import LaneSpec, Spec, nets, objectives, run, samplers, targets

These names are imported when they are first used, so that `import ncsn_viz` loads neither torch nor Qt.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ncsn_viz.core import nets, objectives, samplers, targets
    from ncsn_viz.lab.experiment import LaneSpec, Spec
    from ncsn_viz.notebook import run

__version__ = "0.1.0"
__all__ = ["LaneSpec", "Spec", "nets", "objectives", "run", "samplers", "targets"]

# numpy multiplies small matrices here, and its threads wait for each other in a spin: where training keeps the cores
# busy, an image of a target took 33 ms with two threads and takes 2 ms with one. Torch has threads of its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

if not TYPE_CHECKING:  # for a type checker the imports above are all there is

    def __getattr__(name: str) -> object:
        match name:
            case "nets" | "objectives" | "samplers" | "targets":
                return import_module(f"ncsn_viz.core.{name}")
            case "LaneSpec" | "Spec":
                return getattr(import_module("ncsn_viz.lab.experiment"), name)
            case "run":
                return import_module("ncsn_viz.notebook").run
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted([*globals(), *__all__])
