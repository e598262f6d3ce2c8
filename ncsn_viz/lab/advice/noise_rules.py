"""What goes wrong with a sampler's noise levels: rules from a Case to advice."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from ncsn_viz.core.objectives import NCSN
from ncsn_viz.core.samplers import AnnealedLangevin, Sampler
from ncsn_viz.lab.advice.rule_context import Found, Remedy, RuleContext, changed, fitted, short
from ncsn_viz.lab.advice.target_statistics import TargetStatistics

# Above this ratio of neighbouring levels the weights of modes freeze before they are right. Measured on 0.2 : 0.8 at
# (−5, −5), (5, 5) with 60 steps a level: 0.24 at a ratio of 1.9, 0.29 at 3.2, 0.34 at 4.6, 0.36 at 10.
COARSE = 3.0
HALVED = 2.0  # a reverse step is taken with one score, which has changed by its own size when σ has halved
STEP = 1.7  # the ratio of a remedy
LIKE = 1.1  # noise levels that blur the target to widths within a tenth of each other are as good as the same


def modes_too_far(case: RuleContext) -> Found:
    """One noise level and modes between which no particle passes."""
    sampler, shape = case.lane.sampler, case.shape
    if sampler.noise_schedule is not None or not sampler.samples or shape is None or case.starts_at_data:
        return
    sigma = case.answered(sampler.sigmas()[0])
    if (gap := shape.gap(sigma)) is None:
        return
    guessed = case.learned and not case.lane.objective.needs_energy
    empty = ", and between them no data have taught the network anything" if guessed else ""
    yield case.note(
        "sampler", f"The target has modes {gap:.1f} apart, too far for particles to pass at one noise level (σ = "
        f"{sigma:g}){empty}: each mode keeps the particles released near it, and the weights come out wrong.",
        "anneal instead", annealing(case, shape),
    )  # fmt: skip


def annealing(case: RuleContext, shape: TargetStatistics) -> Remedy:
    """Makes the lane anneal."""
    return lambda spec: changed(spec, case.index, _annealed(case, shape))


def _annealed(case: RuleContext, shape: TargetStatistics) -> dict[str, Any]:
    """Parts of a lane that anneals, down the ladder that it learns already, or down one made for the target."""
    if isinstance(ladder := case.lane.objective, NCSN):
        return {"sampler": _down(ladder)}
    low = float(f"{min(max(0.3 * shape.narrow, 0.02), 1.0):.2g}")
    high = float(f"{min(max(2 * shape.spread, low), 100.0):.2g}")
    ladder = NCSN(sigma_max=high, sigma_min=low, levels=_levels(high / low))
    return {"sampler": _down(ladder)} | (_learning(case, ladder) if case.learned else {})


def _down(ladder: NCSN) -> AnnealedLangevin:
    """Annealing down the ladder of an objective, with a gentle step."""
    step_size = 0.1 * ladder.sigma_min**2
    levels = _levels(ladder.sigma_max / ladder.sigma_min) if ladder.continuous else ladder.levels
    return AnnealedLangevin(step_size=step_size, sigma_max=ladder.sigma_max, sigma_min=ladder.sigma_min, levels=levels)


def _learning(case: RuleContext, ladder: NCSN) -> dict[str, Any]:
    """Parts of a lane that learns that ladder, with a network that is told which level it is at."""
    told = {} if case.lane.net.embeds_noise else {"conditioning": "scaled_embedding"}
    return {"objective": ladder, "net": told}


def _levels(ratio: float) -> int:
    return max(2, math.ceil(math.log(ratio) / math.log(STEP)) + 1)


def anneals_from_too_little(case: RuleContext) -> Found:
    """A first level too small for particles to forget where they came from.

    Two hills a distance 2d apart, of spread d together, melt into one at σ = d. Measured on weights 0.2 : 0.8 from an
    even start: 0.24 from σ₁ = spread, 0.34 from half of it, 0.49 from a quarter. Without far modes a quarter will do.
    A reverse process has no time to mend its start, whose centre must be within its noise.
    """
    sampler, shape = case.lane.sampler, case.shape
    if sampler.noise_schedule is None or shape is None or case.starts_at_data:
        return
    ladder = sampler.sigmas()
    least = shape.spread
    if not sampler.stationary_levels:
        least = max(least, 2 * float(np.linalg.norm(shape.centre - case.start_centre)))
    elif shape.gap(case.answered(ladder[-1])) is None:
        least /= 4
    if len(ladder) < 2 or ladder[0] >= least:
        return
    high = fitted(sampler, "sigma_max", 2 * shape.spread if sampler.stationary_levels else 1.5 * least)
    parts: dict[str, object] = {"sampler": {"sigma_max": high}}
    if case.learned and isinstance(case.lane.objective, NCSN) and case.lane.objective.sigma_max < high:
        parts["objective"] = {"sigma_max": high}
    yield case.note(
        "sampler.sigma_max", f"Noise starts at σ₁ = {short(ladder[0])}, less than the {short(least, 2)} that this "
        "target needs: particles never forget where they were released, and that decides in which mode they end.",
        f"Largest noise {high:g}", lambda spec: changed(spec, case.index, parts),
    )  # fmt: skip


def levels_too_few(case: RuleContext) -> Found:
    """Neighbouring noise levels too far from each other to follow."""
    sampler, schedule = case.lane.sampler, case.lane.sampler.noise_schedule
    name, least = ("levels", COARSE) if sampler.stationary_levels else ("steps", HALVED)
    if schedule is None or schedule.sigma_max <= least * schedule.sigma_min:
        return
    if len(sampler.sigmas()) == 1:
        told = f"One level is σ_L = {schedule.sigma_min:g} alone: nothing is annealed."
    elif (ratio := coarsest(sampler.sigmas())) > least:
        told = f"The noise falls by a factor of {short(ratio, 2)} at once: particles cannot follow to the next level."
    else:
        return
    wanted = _levels(schedule.sigma_max / schedule.sigma_min)
    yield case.set(f"sampler.{name}", told, **{name: wanted if name == "levels" else 5 * wanted})


def coarsest(ladder: tuple[float, ...]) -> float:
    """The largest ratio of neighbouring levels."""
    return max((high / low for high, low in pairwise(ladder)), default=1.0)


def asks_what_was_not_learned(case: RuleContext) -> Found:
    """A sampler's noise levels outside of those that the network learns."""
    sampler, sigmas = case.lane.sampler, case.lane.objective.sigmas()
    ladder = sampler.sigmas()
    narrow = case.shape.narrow if case.shape else 0.0
    above = _unlike(ladder[0], sigmas[0], narrow)
    below = ladder[-1] > 0 and _unlike(sigmas[-1], ladder[-1], narrow)
    if not case.learned or not (above or below):
        return
    told = f"The network learns σ = {_span(sigmas)}, the sampler asks for σ = {_span(ladder)}"
    if sampler.noise_schedule is None:
        yield case.set("sampler.sigma", f"{told} and is answered for the nearest.", sigma=case.answered(ladder[0]))
    elif len(sigmas) == 1:
        yield case.note("objective", f"{told} and is answered for the same all along: nothing is annealed, and steps "
                        "for large noise throw particles out.", "train NCSN on these levels",
                        _trained(case, sampler))  # fmt: skip
    else:
        wanted = {"sigma_max": sigmas[0], "sigma_min": sigmas[-1]}
        if (step_size := sampler.step_size_at(ladder[-1])) is not None:  # the same share of the variance as before
            wanted["step_size"] = step_size * (sigmas[-1] / ladder[-1]) ** 2
        yield case.set(f"sampler.{'sigma_max' if above else 'sigma_min'}", f"{told}: beyond its ladder it answers for "
                       "the nearest level, and steps sized for one level meet the score of another.",
                       **wanted)  # fmt: skip


def _unlike(high: float, low: float, narrow: float) -> bool:
    return math.hypot(high, narrow) > LIKE * math.hypot(low, narrow)


def _span(ladder: tuple[float, ...]) -> str:
    return f"{short(ladder[0])}" if len(ladder) == 1 else f"{short(ladder[0])} … {short(ladder[-1])}"


def _trained(case: RuleContext, sampler: Sampler) -> Remedy:
    low, high = (min(max(sampler.sigmas()[end], 0.01), 100.0) for end in (-1, 0))
    ladder = NCSN(sigma_max=high, sigma_min=low, levels=_levels(high / low))
    return lambda spec: changed(spec, case.index, _learning(case, ladder))
