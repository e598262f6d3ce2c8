"""What a rule of advice is given, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from ncsn_viz.core.knobs import Integer, Knob, Real, knobs
from ncsn_viz.core.samplers import Sampler
from ncsn_viz.core.targets import Target, TargetStatistics
from ncsn_viz.lab.experiment import Edit, Experiment, LaneSpec, Spec, value_text, with_lane
from ncsn_viz.lab.experiment.commands import Command


@dataclass(frozen=True)
class Remedy:
    """An edit without the cause of a problem, and the commands after it.

    It was found for one Spec: `fits` tells whether another one still has that lane, of the same kinds, at that index.
    """

    edit: Edit
    fits: Callable[[Spec], bool]
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True)
class Advice:
    """What will go wrong in lane number `lane`, and why, in one or two sentences.

    `knob` is the path of the cause inside the lane, like "sampler.step_size". `remedy` removes the problem, and `fix`
    says in a few words what it does, as the text of a button. `info` marks what is no mistake, but easily overlooked.
    """

    lane: int
    knob: str
    sentence: str
    fix: str = ""
    remedy: Remedy | None = field(default=None, compare=False)
    info: bool = False


Findings = Iterator[Advice]


def target_statistics(experiment: Experiment) -> TargetStatistics | None:
    """The statistics of the target relative to the origin, as the engine computes, cached."""
    statistics = _statistics(experiment.target)
    return statistics and statistics.relative_to(experiment.origin)


@lru_cache(maxsize=8)
def _statistics(target: Target) -> TargetStatistics | None:
    return target.statistics()


@dataclass(frozen=True)
class RuleContext:
    """A lane of an experiment with the statistics of its target; None where the target has none."""

    index: int
    spec: Spec
    statistics: TargetStatistics | None

    @property
    def lane(self) -> LaneSpec:
        """The settings of the lane."""
        return self.spec.lanes[self.index]

    @property
    def learned(self) -> bool:
        """Whether particles follow the learned score, and not the true one."""
        return self.lane.score_from == "learned"

    @property
    def starts_at_data(self) -> bool:
        """Whether the initial particles are samples of the target."""
        return self.spec.particles.start == "data"

    @property
    def start_centre(self) -> float:
        """The centre, along both axes, of the region of the initial particles."""
        particles = self.spec.particles
        return (particles.low + particles.high) / 2 if particles.start == "uniform" else 0.0

    @property
    def start_extent(self) -> float:
        """The largest |coordinate| at which many particles start."""
        particles = self.spec.particles
        uniform = particles.start == "uniform"
        return max(abs(particles.low), abs(particles.high)) if uniform else 2 * particles.spread

    def field_sigma(self, sigma: float) -> float:
        """The noise level of the field that particles follow at `sigma`: of a learned one the nearest learned level."""
        sigmas = self.lane.objective.sigmas()
        return min(max(sigma, sigmas[-1]), sigmas[0]) if self.learned else sigma

    def note(self, knob: str, sentence: str, fix: str = "", edit: Edit | None = None, info: bool = False) -> Advice:
        """Advice about this lane; `edit` is its remedy."""
        return Advice(self.index, knob, sentence, fix, None if edit is None else self._remedy(edit), info)

    def _remedy(self, edit: Edit) -> Remedy:
        index, identity = self.index, _identity(self.lane)
        return Remedy(edit, lambda spec: index < len(spec.lanes) and _identity(spec.lanes[index]) == identity)

    def set_knobs(self, knob: str, sentence: str, **values: Any) -> Advice:
        """Advice whose remedy sets `values`, brought into their ranges, in the part of the lane that `knob` is in.

        A kind without any of these knobs gets the sentence alone.
        """
        part = knob.split(".", maxsplit=1)[0]
        known = knobs(getattr(self.lane, part))
        good = {name: clamped(known[name], value) for name, value in values.items() if name in known}
        if not good:
            return self.note(knob, sentence)
        fix = ", ".join(f"{known[name].label} to {value_text(known[name], value)}" for name, value in good.items())
        return self.note(knob, sentence, f"Set {fix}", lambda spec: with_parts(spec, self.index, {part: good}))

    def set_sampler(self, knob: str, sentence: str, sampler: Sampler) -> Advice:
        """Advice whose remedy is another sampler."""
        levels = span(sampler.sigmas())
        return self.note(knob, sentence, f"Use {sampler.title}, σ = {levels}",
                         lambda spec: with_parts(spec, self.index, {"sampler": sampler}))  # fmt: skip


def _identity(lane: LaneSpec) -> tuple[object, ...]:
    return lane.slot, lane.objective.kind, lane.net.kind, lane.sampler.kind


def short(value: float, digits: int = 3) -> str:
    """A number as text: 0.123, 12.3, 10000."""
    return f"{float(f'{value:.{digits}g}'):g}"


def span(sigmas: tuple[float, ...]) -> str:
    """Noise levels as text: the only one, or the largest and the smallest."""
    return short(sigmas[0]) if len(sigmas) == 1 else f"{short(sigmas[0])} … {short(sigmas[-1])}"


def clamped(knob: Knob, value: Any) -> Any:
    """A value rounded to two digits and brought into the range of its knob."""
    if isinstance(knob, Integer):
        return min(max(round(value), knob.low), knob.high)
    return min(max(float(f"{value:.2g}"), knob.low), knob.high) if isinstance(knob, Real) else value


def with_parts(spec: Spec, index: int, parts: dict[str, Any]) -> Spec:
    """The Spec with parts of a lane replaced, or only some of a part's knobs where those are given as a dict."""
    lane = spec.lanes[index]
    changes = {
        name: replace(getattr(lane, name), **value) if isinstance(value, dict) else value
        for name, value in parts.items()
    }
    return with_lane(spec, index, replace(lane, **changes))
