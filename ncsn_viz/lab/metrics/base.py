"""What a metric is, and what metrics are computed from."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ncsn_viz.core.analysis import Pieces, metrics, wasserstein
from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.schedules import Schedule
from ncsn_viz.lab.training.evaluation_set import EvaluationSet
from ncsn_viz.lab.training.history import CHANCE_LEVEL, ERROR

Projections = wasserstein.Projections
Value = float | tuple[float, ...]
AXES = 2  # computed at a stretch
CLEAR = 2.0  # standard errors of a difference beyond which it is one


@dataclass(frozen=True)
class Effort:
    """Sizes of what is computed.

    Particles (None for all), those of them that are `compared` with the density along `directions`, with `draws` of the
    density itself for the chance level, those that are compared by `pairs`, and `nodes` of quadrature each way.
    """

    particles: int | None
    compared: int
    pairs: int
    directions: int
    draws: int
    nodes: int


LIVE = Effort(particles=1000, compared=1000, pairs=300, directions=16, draws=42, nodes=40)
FINAL = Effort(particles=None, compared=8192, pairs=4096, directions=64, draws=60, nodes=200)


@dataclass(frozen=True)
class TargetReference:
    """What `n` particles are held against: samples `x` of the target, its projections, and what chance alone does.

    `bandwidth` is that of a kernel for the samples. `chance` has, by the name of a metric, the value below which 95 %
    of as many samples of the target itself stay.
    """

    truth: Density
    seed: int
    n: int
    x: torch.Tensor
    bandwidth: float
    projections: Projections
    chance: Mapping[str, float]

    @classmethod
    def build(cls, truth: Density, seed: int, n: int, effort: Effort, device: torch.device) -> Pieces[TargetReference]:
        """For `n` particles, always the same for a seed; yields between pieces, and returns it."""
        generator = torch.Generator(device).manual_seed(seed + 1)
        x = truth.sample(min(n, effort.pairs), generator)
        compared = min(n, effort.compared)
        parts = []
        for number, axis in enumerate(wasserstein.axes(effort.directions, x)):
            parts.append(Projections.along(truth, axis, compared))
            if number % AXES == AXES - 1:
                yield
        projections = Projections.joined(parts)
        chance = {"sliced_w2": (yield from projections.chance(truth, effort.draws, generator))}
        if (modes := truth.true_mode_weights()) is not None and len(modes) > 1:
            chance["mode_error"] = _chance_of_modes(modes, min(n, effort.particles or n), generator)
        return cls(truth, seed, n, x, metrics.median_distance(x) if len(x) > 1 else 1.0, projections, chance)

    def still_valid(self, truth: Density, seed: int, n: int) -> bool:
        """Whether building it again would give the same."""
        return self.truth is truth and (self.seed, self.n) == (seed, n)


def _chance_of_modes(weights: torch.Tensor, n: int, generator: torch.Generator) -> float:
    """½ Σ |w − w*| of the shares w of `n` samples in modes of `weights` w* (modes,): below it CHANCE of them stay."""
    size = (1000, len(weights))
    z = weights.sqrt() * torch.randn(size, generator=generator, device=weights.device, dtype=weights.dtype)
    away = (z - z.sum(1, keepdim=True) * weights) / math.sqrt(n)  # with the covariance of a multinomial
    errors = 0.5 * away.abs().sum(1)
    return float(errors.quantile(wasserstein.CHANCE))


@dataclass(frozen=True)
class MetricInputs:
    """A lane's learned field and its particles, with the truth against which they are measured.

    `sigmas` are the noise levels of the objective, decreasing, and `path` their schedule, None for a single one. `x`
    (n, 2) are all particles, None before their release; `lost` is the share of them that has flown off, `acceptance`
    that of accepted proposals where there are any, and `reference` what they are held against. `recorded` is what was
    last written into the training history, `health` a sentence on how training goes.
    """

    field: Differentiable
    gives_energy: bool
    sigmas: tuple[float, ...]
    truth: Density
    seed: int
    evaluation_set: EvaluationSet | None
    x: torch.Tensor | None = None
    lost: float = 0.0
    acceptance: float | None = None
    recorded: Mapping[str, float] = dataclasses.field(default_factory=dict)
    health: str = ""
    path: Schedule | None = None
    effort: Effort = LIVE
    reference: TargetReference | None = None

    @property
    def particles(self) -> torch.Tensor | None:
        """Those that are looked at: (n, 2)."""
        return None if self.x is None else self.x[: self.effort.particles]


@dataclass(frozen=True)
class LaneNumbers:
    """What is known of a lane without computing anything: its noise levels, its mode weights and the true ones."""

    sigmas: tuple[float, ...]
    mode_weights: tuple[float, ...] = ()
    true_mode_weights: tuple[float, ...] = ()


Ranges = Mapping[str, tuple[float, float]]  # the least and the greatest value over repeats, by name
Compute = Callable[[MetricInputs], Mapping[str, Value]]


@dataclass(frozen=True)
class Metric:
    """One metric: its texts in plain English, looked up for translation when shown, and how it is computed.

    `better` says which of several values is the best: the `least`, the nearest to `zero`, or none; where they are taken
    `at_own_sigma`, only among lanes of one least σ. `format` is number, percent or sigma. `cost` is about how many
    milliseconds the live computation takes on one core. `logarithmic` is its curve; a `flag` is always seen in a lane's
    footer, and what is `quiet_at_zero` is not seen there while it is 0.

    Tables show what concerns the lane's `own_sigma` only where they are asked to. What is measured `of_particles` says
    nothing of the network where the exact score moves them.

    `live` computes it while training goes on, `final` once at the end of a headless run, with `each_seed` for every
    repeat; metrics with the same function are computed together by one call, which returns all of them by name and
    leaves out what does not apply. With ERROR behind the name it returns a metric's standard error, with CHANCE_LEVEL
    the value that chance alone reaches. `known` gives it to tables without any computation.
    """

    name: str
    title: str
    meaning: str
    unit: str = ""
    better: str = ""
    at_own_sigma: bool = False
    own_sigma: bool = False
    of_particles: bool = False
    format: str = "number"
    cost: float = 0.0
    logarithmic: bool = False
    flag: bool = False
    quiet_at_zero: bool = False
    live: Compute | None = None
    final: Compute | None = None
    each_seed: bool = False
    known: Callable[[LaneNumbers], float | None] | None = None

    def best(self, values: Mapping[int, Mapping[str, float]], ranges: Mapping[int, Ranges] | None = None) -> set[int]:
        """The keys of those sets of metrics that are best in this one; none where all are alike or know it not.

        What is not clearly worse than the least is as good: by two standard errors of the difference, by what chance
        alone reaches, and where there are `ranges` over repeats by all of them.
        """
        known = {key: each for key, each in values.items() if math.isfinite(each.get(self.name, math.nan))}
        if not self.better or len(known) < 2:
            return set()
        if self.at_own_sigma and len({each.get("sigma") for each in known.values()}) > 1:
            return set()
        least = min(known, key=lambda key: self._value(known[key]))
        best = {key for key, each in known.items() if not self._clearly_worse(each, known[least])}
        if ranges is not None and self.name in ranges.get(least, {}):
            _, highest = ranges[least][self.name]
            best |= {key for key in known if ranges[key].get(self.name, (math.inf,))[0] <= highest}
        return best if len(best) < len(known) else set()

    def _value(self, values: Mapping[str, float]) -> float:
        value = abs(values[self.name]) if self.better == "zero" else values[self.name]
        return max(value, values.get(self.name + CHANCE_LEVEL, value))

    def _clearly_worse(self, values: Mapping[str, float], best: Mapping[str, float]) -> bool:
        error = math.hypot(*(each.get(self.name + ERROR, 0.0) for each in (values, best)))
        return self._value(values) - self._value(best) > CLEAR * error


def computations(metrics: Iterable[Metric], of: Callable[[Metric], Compute | None]) -> dict[Compute, float]:
    """Every function that `of` takes from `metrics` once, in their order, with the cost of all that it computes."""
    found: dict[Compute, float] = {}
    for metric in metrics:
        if compute := of(metric):
            found[compute] = found.get(compute, 0.0) + metric.cost
    return found
