"""One lane as the rules of advice see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ncsn_viz.core.knobs import Choice, Integer, Knob, Real, Settings, knobs
from ncsn_viz.lab.advice.target_statistics import TargetStatistics
from ncsn_viz.lab.experiment import LaneSpec, Spec, with_lane

Remedy = Callable[[Spec], Spec]


@dataclass(frozen=True)
class Advice:
    """What will go wrong in lane number `lane`, and why, in one or two sentences.

    `knob` is the path of the cause inside the lane, like "sampler.step_size". `remedy` makes a Spec without the
    trouble, and `fix` says in a few words what it changes. `info` marks what is no mistake, but easily overlooked.
    """

    lane: int
    knob: str
    sentence: str
    fix: str = ""
    remedy: Remedy | None = field(default=None, compare=False)
    info: bool = False


Found = Iterator[Advice]


@dataclass(frozen=True)
class RuleContext:
    """A lane of an experiment with the shape of its target (None for an empty canvas)."""

    index: int
    spec: Spec
    shape: TargetStatistics | None

    @property
    def lane(self) -> LaneSpec:
        """The lane's own settings."""
        return self.spec.lanes[self.index]

    @property
    def learned(self) -> bool:
        """Whether the network moves the particles, and not the truth."""
        return self.lane.score_from == "learned"

    @property
    def starts_at_data(self) -> bool:
        """Whether particles are samples of the target from the start."""
        return self.spec.particles.start == "data"

    @property
    def start_centre(self) -> float:
        """The middle, along both axes, of where particles are released."""
        particles = self.spec.particles
        return (particles.low + particles.high) / 2 if particles.start == "uniform" else 0.0

    @property
    def start_reach(self) -> float:
        """The largest coordinate at which many particles are released."""
        particles = self.spec.particles
        uniform = particles.start == "uniform"
        return max(abs(particles.low), abs(particles.high)) if uniform else 2 * particles.spread

    def answered(self, sigma: float) -> float:
        """The noise level whose score the particles get when they ask for `sigma`: the nearest that was learned."""
        sigmas = self.lane.objective.sigmas()
        return min(max(sigma, sigmas[-1]), sigmas[0]) if self.learned else sigma

    def note(self, knob: str, sentence: str, fix: str = "", remedy: Remedy | None = None, info: bool = False) -> Advice:
        """Advice about this lane."""
        return Advice(self.index, knob, sentence, fix, None if remedy is None else self.while_it_fits(remedy), info)

    def while_it_fits(self, remedy: Remedy) -> Remedy:
        """`remedy`, which leaves a Spec alone in which another lane, or one of other kinds, stands there by then."""
        meant = _known_by(self.spec.lanes[self.index])
        return lambda spec: (
            remedy(spec) if [meant] == [_known_by(lane) for lane in spec.lanes[self.index : self.index + 1]] else spec
        )

    def set(self, knob: str, sentence: str, **values: Any) -> Advice:
        """Advice whose remedy gives knobs of the part that `knob` stands in other values, brought into their range."""
        part = knob.split(".", maxsplit=1)[0]
        good = {name: fitted(getattr(self.lane, part), name, value) for name, value in values.items()}
        named = knobs(getattr(self.lane, part))
        fix = ", ".join(f"{named[name].label} {_said(named[name], value)}" for name, value in good.items())
        return self.note(knob, sentence, fix, lambda spec: changed(spec, self.index, {part: good}))


def _known_by(lane: LaneSpec) -> tuple[object, ...]:
    return lane.slot, lane.objective.kind, lane.net.kind, lane.sampler.kind


def _said(knob: Knob, value: Any) -> str:
    """A knob's value as the user knows it."""
    if isinstance(knob, Choice) and knob.titles:
        return knob.titles[knob.options.index(value)]
    return value if isinstance(value, str) else f"{value:g}"


def short(value: float, digits: int = 3) -> str:
    """A number for a sentence: 0.123, 12.3, 10000."""
    return f"{float(f'{value:.{digits}g}'):g}"


def fitted(settings: Settings, name: str, value: Any) -> Any:
    """A value for a knob, rounded to two digits and brought into the knob's range."""
    what = knobs(settings)[name]
    if isinstance(what, Integer):
        return min(max(round(value), what.low), what.high)
    return min(max(float(f"{value:.2g}"), what.low), what.high) if isinstance(what, Real) else value


def changed(spec: Spec, index: int, parts: dict[str, Any]) -> Spec:
    """The Spec with parts of a lane replaced, or only some of a part's knobs where those are given as a dict."""
    lane = spec.lanes[index]
    made = {
        name: replace(getattr(lane, name), **value) if isinstance(value, dict) else value
        for name, value in parts.items()
    }
    return with_lane(spec, index, replace(lane, **made))
