"""What goes from noise to data on a lane's field besides its particles: trajectories of the flow, and a race."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ncsn_viz.core.fields import Density
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.metrics.race import Race
from ncsn_viz.lab.sampling.flow_trace import FlowTrace
from ncsn_viz.lab.snapshot import FlowPaths, RaceResult

if TYPE_CHECKING:
    from ncsn_viz.lab.engine.lane import Lane

LAYERS = {"flow", "mesh"}
TRUE_NOISE = (10.0, 0.05)  # between which the true score flows where the sampler stays at one level
SAMPLES = 1024  # by which the mesh finds the data
_ENDED = object()


def known_noise(lane: Lane) -> tuple[float, float] | None:
    """The largest and the least noise between which a lane's field is known; None where it is at one level only."""
    sigmas = lane.spec.sampler.sigmas() if lane.shows_truth else lane.spec.objective.sigmas()
    if sigmas[0] > sigmas[-1] > 0:
        return sigmas[0], sigmas[-1]
    return TRUE_NOISE if lane.shows_truth else None


class LaneFlow:
    """The trajectories of the flow that a lane shows; `traced` is how often they were computed.

    The lane is passed to each call: one that knew it would keep it alive after its removal.
    """

    def __init__(self) -> None:
        self.traced = 0
        self._paths: FlowPaths | None = None
        self._of: object = None  # what they were computed of
        self._data: tuple[Density, tuple[float, float], float] | None = None

    def is_shown(self, lane: Lane, spec: Spec) -> bool:
        """Whether they are shown, and there are any."""
        return not LAYERS.isdisjoint(spec.layers_of(lane.spec)) and known_noise(lane) is not None

    def paths(self, lane: Lane, spec: Spec) -> FlowPaths | None:
        """What is known of them, if they are shown."""
        return self._paths if self.is_shown(lane, spec) else None

    def outdated(self, lane: Lane, spec: Spec, truth: Density) -> bool:
        """Whether they are shown, and something has changed since they were computed."""
        return self.is_shown(lane, spec) and self._of != _key(lane, spec, truth)

    def trace(self, lane: Lane, spec: Spec, truth: Density) -> Iterator[None]:
        """Compute them with the present weights, yielding between steps."""
        key, noise = _key(lane, spec, truth), known_noise(lane)
        assert noise is not None
        mesh = self._extent(lane, truth) if "mesh" in spec.layers_of(lane.spec) else None
        job = FlowTrace(lane.frozen_field(truth), noise, spec.flow_start, spec.seed, lane.device, mesh)
        yield from job.compute()
        self._paths, self._of = job.result, key
        self.traced += 1

    def _extent(self, lane: Lane, truth: Density) -> tuple[tuple[float, float], float]:
        """The mean of the data and the larger standard deviation along an axis, from samples."""
        if self._data is None or self._data[0] is not truth:
            data = truth.sample(SAMPLES, torch.Generator(lane.device).manual_seed(0))
            x, y = data.mean(0).tolist()
            self._data = (truth, (x, y), float(data.std(0).max()))
        return self._data[1:]


def _key(lane: Lane, spec: Spec, truth: Density) -> object:
    """What the trajectories of a lane depend on."""
    field = id(truth) if lane.shows_truth else (id(lane.trainer), lane.trainer.step)
    return spec.flow_start, known_noise(lane), "mesh" in spec.layers_of(lane.spec), spec.seed, field


class LaneRace:
    """The race of samplers on a lane's field, or none."""

    def __init__(self) -> None:
        self._race: Race | None = None
        self._run: Iterator[None] | None = None

    @property
    def result(self) -> RaceResult | None:
        """What is known of it."""
        return None if self._race is None else self._race.result

    def begin(self, lane: Lane, names: tuple[str, ...], spec: Spec, truth: Density) -> None:
        """Let samplers race on the field with its present weights; with no names end the race."""
        self.end()
        noise = known_noise(lane)
        if names and noise is not None:
            self._race = Race(lane.frozen_field(truth), truth, noise, names, lane.trainer.step, spec.seed)
            self._run = self._race.run(lane.device)

    def end(self) -> None:
        """Forget it."""
        self._race = self._run = None

    def go_on(self) -> bool:
        """Take its next step; False where there is none."""
        if self._run is None or next(self._run, _ENDED) is _ENDED:
            self._run = None
        return self._run is not None
