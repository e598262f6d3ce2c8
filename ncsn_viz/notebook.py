"""Running an experiment from a notebook or a script."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ncsn_viz.core.fields import Density
from ncsn_viz.core.numerics import Array
from ncsn_viz.lab import headless
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.experiment import Spec


@dataclass(frozen=True)
class LaneResult:
    """What one lane has learned; each part is computed when it is first read."""

    run: headless.Run
    lane: Lane

    @property
    def name(self) -> str:
        """The name of the lane."""
        return self.lane.spec.name

    @cached_property
    def samples(self) -> Array:
        """The particles at the end of the sampler: shape (n, 2)."""
        assert self.lane.particles is not None
        samples: Array = self.run.in_user_coordinates(self.lane.particles.state.x)
        return samples

    @cached_property
    def fields(self) -> dict[str, Array]:
        """`score`, `energy`, `true_score` and `true_log_density` on the grid of the result, at noise level `sigma`."""
        return headless.lane_fields(self.run, self.lane)

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """What metrics.json holds of a lane, like `loss`, `fisher_data` and `mode_weights`."""
        return headless.lane_summary(self.run, self.lane)


@dataclass(frozen=True)
class Result:
    """The results of a run, lane by lane. `run` holds the engine with networks, optimisers and particles."""

    run: headless.Run

    @cached_property
    def lanes(self) -> tuple[LaneResult, ...]:
        """The lanes in the order of the Spec."""
        return tuple(LaneResult(self.run, lane) for lane in self.run.engine.lanes)

    @cached_property
    def grid(self) -> Array:
        """The nodes over the window on which `fields` are evaluated: shape (101, 101, 2)."""
        grid: Array = self.run.in_user_coordinates(headless.grid_nodes(self.run))
        return grid

    @cached_property
    def truth(self) -> Density:
        """The density of the target: its score, log density and samples at every noise level, in torch."""
        engine = self.run.engine
        return engine.user_spec.target.build(engine.device) if engine.user_spec.origin else self.run.truth

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C, or the stop button of a notebook, ended the run early."""
        return self.run.interrupted

    @property
    def failures(self) -> tuple[str, ...]:
        """What failed, in sentences: a lane, or the whole run."""
        return self.run.failures


def run(spec: Spec, steps: int, device: str = "auto") -> Result:
    """Train every lane of `spec` for `steps` steps, then run its sampler to the end.

    `device` is "auto", "cpu", "cuda" or "mps". Raises ValidationError if the device is missing or the target is empty.
    An error in a lane, or in the run, is a warning: `failures` of the result, which holds what there is.
    """
    started = headless.start(spec, steps, device)
    started.go(lambda *_: None)
    for sentence in started.failures:
        warnings.warn(sentence, RuntimeWarning, stacklevel=2)
    return Result(started)
