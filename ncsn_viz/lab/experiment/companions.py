"""What an objective brings to its lane: the network that it can train, and the sampler that follows its noise levels.

A lane that names an objective alone gets both. With another objective it keeps what was set by hand, that is, what
differs from what the objective before had brought, as far as it can work with the new one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ncsn_viz.core.knobs import Choice, Integer, Kind, Knob, Real, ValidationError, kind_from_json, knobs
from ncsn_viz.core.nets import NETS, Net
from ncsn_viz.core.objectives import Objective
from ncsn_viz.core.samplers import SAMPLERS, AnnealedLangevin, Langevin, Sampler

if TYPE_CHECKING:
    from ncsn_viz.lab.experiment.experiment import Experiment
    from ncsn_viz.lab.experiment.lane_spec import LaneSpec

PartT = TypeVar("PartT", Net, Sampler)

GOOD_RATIO = 1.7  # of neighbouring noise levels in an annealing over continuous ones
STEP = 0.1  # η/σ² of a sampler's last level: 3 % too wide, 1/√(1 − η/(2σ²)), on what is noise alone


# -- what fits ------------------------------------------------------------------------------------------------------


def fitting_net(objective: Objective, needs_energy: bool = False, kind: type[Net] | None = None) -> Net:
    """The network that `objective` brings, or one of another `kind`, which predicts what the objective is named after.

    That is the first kind that has what the objective needs, or a sampler that `needs_energy`.
    """
    energy = objective.needs_energy or needs_energy
    net = (kind or next(each for each in NETS if each.gives_energy or not energy))()
    known = knobs(net)
    return replace(net, **{name: value for name, value in objective.net_settings.items() if name in known})


def fitting_sampler(objective: Objective, kind: type[Sampler] | None = None) -> Sampler:
    """The sampler that `objective` brings, or one of another `kind`, at the noise levels that are learned.

    For one level that is Langevin at its σ, for several annealed Langevin over the same ladder, or the sampler that is
    known by the objective's name on the same path. One of a `kind` that has no place for these levels has its defaults.
    """
    sigmas = objective.sigmas()
    high, low, several = sigmas[0], sigmas[-1], len(sigmas) > 1
    sampler = _brought_sampler(objective)
    if kind is not None and type(sampler) is not kind:
        sampler = kind()
    step = float(f"{STEP * low**2:.3g}")
    wanted: dict[str, Any]
    if sampler.noise_schedule is None:
        wanted = {"sigma": low, "step_size": max(sampler.step_size_at(low) or 0.0, step)}
    elif several:
        levels = num_levels(high / low) if objective.continuous else len(sigmas)
        wanted = {"sigma_max": high, "sigma_min": low, "levels": levels, "step_size": step}
        if objective.noise_schedule is not None and not (objective.continuous and sampler.stationary_levels):
            wanted["schedule"] = objective.noise_schedule.kind
    else:
        return sampler
    known = knobs(sampler)
    return replace(sampler, **{name: _within(known[name], value) for name, value in wanted.items() if name in known})


def _brought_sampler(objective: Objective) -> Sampler:
    if len(objective.sigmas()) == 1:
        return Langevin()
    if not objective.sampler_settings:
        return AnnealedLangevin()
    sampler = kind_from_json(SAMPLERS, objective.sampler_settings)
    assert isinstance(sampler, Sampler)
    return sampler


def num_levels(ratio: float) -> int:
    """The number of geometric levels from σ_max to σ_max/`ratio` in steps of at most GOOD_RATIO."""
    return max(2, math.ceil(math.log(ratio) / math.log(GOOD_RATIO)) + 1)


def untrainable(objective: Objective, net: Net) -> str:
    """Why `objective` cannot teach `net` what it is for, in one sentence; empty where it can."""
    if len(objective.sigmas()) > 1 and not net.embeds_noise:
        return "A network that is not told σ has one field for all noise levels."
    return objective.incompatibility(net) or ""


def unfit(sampler: Sampler, lane: LaneSpec) -> str:
    """Why `sampler` cannot work on what `lane` learns, in one sentence; empty where it can."""
    if lane.score_from == "true":  # which knows its energy and every noise level
        return ""
    learned, asked = lane.objective.sigmas(), sampler.sigmas()
    if sampler.needs_energy and not lane.net.gives_energy:
        return f"{sampler.title} accepts by energies, and the network gives only a score."
    if sampler.noise_schedule is not None and len(learned) == 1:
        return f"Only one noise level is learned, σ = {learned[0]:g}: nothing is annealed."
    if any(sigma > 0 and not 0.999 * learned[-1] <= sigma <= 1.001 * learned[0] for sigma in (asked[0], asked[-1])):
        return f"Noise levels outside of σ = {learned[0]:g} … {learned[-1]:g} are not learned."
    return ""


# -- another objective or sampler -----------------------------------------------------------------------------------


def with_objective(lane: LaneSpec, objective: Objective) -> LaneSpec:
    """`lane` with another objective, and a network and a sampler that fit it.

    What the former objective had brought gives way to what this one brings. What was set by hand stays if it can work
    (`untrainable`, `unfit`); what has given way is told by `given_up`. Where only knobs of the objective differ,
    settings by hand stay as they are, and the others follow it.
    """
    bare = replace(lane, objective=objective, net=_net(lane, objective), sampler=fitting_sampler(objective))
    if _brings_the_same_kinds(lane.objective, objective):
        kept = _with_own_knobs(lane, fitting_sampler(objective, type(lane.sampler)))
        return replace(bare, net=lane.net, sampler=kept or lane.sampler)
    sampler = next(each for each in _samplers(lane, objective) if not unfit(each, bare))
    return replace(bare, sampler=sampler)


def with_sampler_kind(lane: LaneSpec, kind: type[Sampler]) -> LaneSpec:
    """`lane` with a sampler of another kind at the levels that it learns, with the knobs set by hand that both have."""
    fits = fitting_sampler(lane.objective, kind)
    alike = (fits.noise_schedule is None) == (lane.sampler.noise_schedule is None)  # else a step is another thing
    return replace(lane, sampler=(_with_own_knobs(lane, fits) if alike else None) or fits)


def given_up(before: Experiment, after: Experiment) -> tuple[str, ...]:
    """What was set by hand in lanes of `before` and gave way to another objective in `after`: a sentence a part."""
    pairs = [(before.lanes[index], lane) for lane in after.lanes if (index := before.lane_index(lane.slot)) is not None]
    return tuple(sentence for old, new in pairs for sentence in _given_up(old, new))


def _brings_the_same_kinds(old: Objective, new: Objective) -> bool:
    return type(old) is type(new) and type(fitting_sampler(old)) is type(fitting_sampler(new))


def _brought_kind(lane: LaneSpec, part: str) -> bool:
    """Whether the kind of the network or the sampler is the one that the objective brings."""
    return type(getattr(lane, part)) is type(_fitting(lane.objective, part))


def _fitting(objective: Objective, part: str) -> Kind:
    return fitting_net(objective) if part == "net" else fitting_sampler(objective)


def _own_knobs(lane: LaneSpec, part: str) -> dict[str, Any]:
    """The knobs of the network or the sampler that were set by hand."""
    own = getattr(lane, part)
    brought: Kind
    if isinstance(own, Net):
        brought = fitting_net(lane.objective, kind=type(own))
    else:
        brought = fitting_sampler(lane.objective, type(own))
    return {name: getattr(own, name) for name in knobs(own) if getattr(own, name) != getattr(brought, name)}


def _with_own_knobs(lane: LaneSpec, part: PartT) -> PartT | None:
    """A network or a sampler with the knobs of the lane's set by hand, or None where they do not go together."""
    known, name = knobs(part), "net" if isinstance(part, Net) else "sampler"
    try:
        return replace(part, **{knob: own for knob, own in _own_knobs(lane, name).items() if knob in known})
    except ValidationError:
        return None


def _samplers(lane: LaneSpec, objective: Objective) -> Iterator[Sampler]:
    """Samplers for another objective, nearest to the lane's first; the last one fits in any case."""
    fits = fitting_sampler(objective)
    kind = type(fits) if _brought_kind(lane, "sampler") else type(lane.sampler)
    same = fitting_sampler(objective, kind)
    own = _with_own_knobs(lane, same) if kind is type(lane.sampler) else None
    yield from (each for each in (own, same) if each is not None)
    yield fits


def _net(lane: LaneSpec, objective: Objective) -> Net:
    """The network nearest to the lane's that the objective can train: of the kind that it brings, or of the own one."""
    own, fits = lane.net, fitting_net(objective)
    needed = lane.sampler.needs_energy and not _brought_kind(lane, "sampler")
    kind = type(fits) if _brought_kind(lane, "net") and not needed else type(own)
    brought = [fitting_net(objective, kind=each) for each in (kind, type(fits))]
    nearest = ((_with_own_knobs(lane, fresh) or fresh, fresh) for fresh in brought)
    nets = (net for near, fresh in nearest for net in (near, *_one_back(near, fresh)))
    return next(net for net in nets if not untrainable(objective, net))


def _one_back(net: Net, fresh: Net) -> Iterator[Net]:
    """The network with one of its settings as in the `fresh` one, and with all of them."""
    yield from (replace(net, **{name: getattr(fresh, name)}) for name in knobs(net))
    yield fresh


def _given_up(before: LaneSpec, after: LaneSpec) -> Iterator[str]:
    if before.objective == after.objective or after != with_objective(before, after.objective):
        return
    yield from _lost(before, after, "net", untrainable(after.objective, before.net))
    yield from _lost(before, after, "sampler", unfit(before.sampler, replace(after, sampler=before.sampler)))


def _lost(before: LaneSpec, after: LaneSpec, part: str, reason: str) -> Iterator[str]:
    own, now = getattr(before, part), getattr(after, part)
    known, other_kind = knobs(own), type(own) is not type(now)
    lost = {name: value for name, value in _own_knobs(before, part).items() if getattr(now, name, None) != value}
    settings = ", ".join(f"{known[name].label} {value_text(known[name], value)}" for name, value in lost.items())
    if other_kind and (lost or not _brought_kind(before, part)):
        parts = f"{now.title} in place of {own.title}" + (f" with {settings}" if lost else "")
    elif lost:
        parts = f"its own settings of {now.title} in place of {settings}"
    else:
        return
    yield f"{after.name}: {after.objective.title} brings {parts}. {reason}".rstrip()


def value_text(knob: Knob, value: Any) -> str:
    """The value of a knob as its form shows it."""
    if isinstance(knob, Choice) and knob.titles:
        return knob.titles[knob.options.index(value)]
    return value if isinstance(value, str) else f"{value:g}"


def _within(knob: Knob, value: Any) -> Any:
    return min(max(value, knob.low), knob.high) if isinstance(knob, Real | Integer) else value
