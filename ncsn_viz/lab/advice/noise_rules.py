"""Rules about the noise levels of samplers."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ncsn_viz.core.knobs import knobs
from ncsn_viz.core.objectives import NCSN, Objective
from ncsn_viz.core.samplers import Sampler
from ncsn_viz.core.targets import TargetStatistics
from ncsn_viz.lab.advice.rule_context import Findings, RuleContext, clamped, short, span, with_parts
from ncsn_viz.lab.experiment import fitting_sampler, num_levels

# Above this ratio of neighbouring levels the weights of modes freeze before they are right. Measured on 0.2 : 0.8 at
# (−5, −5), (5, 5) with 60 steps a level: 0.24 at a ratio of 1.9, 0.29 at 3.2, 0.34 at 4.6, 0.36 at 10.
MAX_LEVEL_RATIO = 3.0
MAX_STEP_RATIO = 2.0  # a reverse step is taken with one score, which has changed by its own size when σ has halved
# Where the noise that is left after a step is so many times as wide as the data, s, a step that is not random may be
# of any length: Euler's from any σ to 3 s leaves a Gaussian too narrow by 5 % at most, √(1 + 9)/3 − 1.
WIDE = 3.0
EQUIVALENT = 1.1  # noise levels that blur the target to widths within a tenth of each other count as equal


def modes_too_far(context: RuleContext) -> Findings:
    """One noise level and modes between which no particle passes."""
    sampler, statistics = context.lane.sampler, context.statistics
    if sampler.noise_schedule is not None or not sampler.samples or statistics is None or context.starts_at_data:
        return
    sigma = context.field_sigma(sampler.sigmas()[0])
    if (gap := statistics.mode_gap(sigma)) is None:
        return
    guessed = context.learned and not context.lane.objective.needs_energy
    empty = ", and no data between them teach the network" if guessed else ""
    sentence = (
        f"Modes {gap:.1f} apart are too far for particles to pass at one noise level (σ = {sigma:g}){empty}: each "
        "keeps those released near it, so the weights come out wrong."
    )
    if (ladder := _ladder(context, statistics)) is None:
        yield context.note("sampler", f"{sentence} Objectives of several noise levels, like NCSN, have a way.")
    else:
        yield context.set_sampler("sampler", sentence, fitting_sampler(ladder))


def _ladder(context: RuleContext, statistics: TargetStatistics) -> Objective | None:
    """An objective over whose levels particles can anneal: the lane's own; of the exact score one that suits it."""
    own = context.lane.objective
    if len(own.sigmas()) > 1:
        return own
    low = float(f"{min(max(0.3 * statistics.min_std, 0.02), 1.0):.2g}")
    high = float(f"{min(max(2 * statistics.std, low), 100.0):.2g}")
    return None if context.learned else NCSN(sigma_max=high, sigma_min=low, levels=num_levels(high / low))


def first_level_too_small(context: RuleContext) -> Findings:
    """A first level too small for particles to forget where they started.

    Two hills a distance 2d apart, of spread d together, merge into one at σ = d. Measured on weights 0.2 : 0.8 from an
    even start: 0.24 from σ₁ = spread, 0.34 from half of it, 0.49 from a quarter. Without separate modes a quarter is
    enough. A reverse process cannot correct its start, whose centre must be within its noise.
    """
    sampler, statistics = context.lane.sampler, context.statistics
    if sampler.noise_schedule is None or statistics is None or context.starts_at_data:
        return
    sigmas = sampler.sigmas()
    least = statistics.std
    if not sampler.stationary_levels:
        least = max(least, 2 * float(np.linalg.norm(statistics.mean - context.start_centre)))
    elif statistics.mode_gap(context.field_sigma(sigmas[-1])) is None:
        least /= 4
    if len(sigmas) < 2 or sigmas[0] >= least:
        return
    wanted = 2 * statistics.std if sampler.stationary_levels else 1.5 * least
    high = clamped(knobs(sampler)["sigma_max"], wanted)
    parts: dict[str, object] = {"sampler": {"sigma_max": high}}
    learned = context.lane.objective.noise_schedule
    if context.learned and learned is not None and learned.sigma_max < high:
        parts["objective"] = {"sigma_max": high}
    yield context.note(
        "sampler.sigma_max", f"Noise starts at σ₁ = {short(sigmas[0])}, less than the {short(least, 2)} that this "
        "target needs: particles never forget where they were released, and that decides in which mode they end.",
        f"Set Largest noise to {high:g}", lambda spec: with_parts(spec, context.index, parts),
    )  # fmt: skip


def levels_too_few(context: RuleContext) -> Findings:
    """Neighbouring noise levels too far apart."""
    sampler, schedule = context.lane.sampler, context.lane.sampler.noise_schedule
    name, limit = ("levels", MAX_LEVEL_RATIO) if sampler.stationary_levels else ("steps", MAX_STEP_RATIO)
    if schedule is None or schedule.sigma_max <= limit * schedule.sigma_min:
        return
    if len(sampler.sigmas()) == 1:
        sentence = f"One level is σ_L = {schedule.sigma_min:g} alone: nothing is annealed."
    elif (ratio := largest_ratio(_that_matter(context))) > limit:
        sentence = (
            f"The noise falls by a factor of {short(ratio, 2)} at once: particles cannot follow to the next level."
        )
    else:
        return
    wanted = num_levels(schedule.sigma_max / schedule.sigma_min) * (1 if name == "levels" else 5)
    yield context.set_knobs(f"sampler.{name}", sentence, **closer_levels(sampler, name, wanted, limit))


def _that_matter(context: RuleContext) -> tuple[float, ...]:
    """The noise levels whose ratios matter: without random steps those from the last at WIDE times the data's width."""
    sampler, statistics = context.lane.sampler, context.statistics
    sigmas = sampler.sigmas()
    if sampler.adds_noise or statistics is None:
        return sigmas
    wide = sum(sigma >= WIDE * statistics.std for sigma in sigmas)
    return sigmas[max(wide - 1, 0) :]


def closer_levels(settings: Objective | Sampler, name: str, wanted: int, limit: float) -> dict[str, object]:
    """The knobs that bring neighbouring levels within a factor of `limit`: `wanted` of them in the knob `name`.

    Where the schedule would still leave a longer step, as one that is even in σ does, it becomes geometric.
    """
    closer: dict[str, object] = {name: wanted}
    if largest_ratio(replace(settings, **closer).sigmas()) > limit:
        closer["schedule"] = "geometric"
    return closer


def largest_ratio(sigmas: tuple[float, ...]) -> float:
    """The largest ratio of neighbouring levels."""
    return max((high / low for high, low in pairwise(sigmas)), default=1.0)


def levels_not_learned(context: RuleContext) -> Findings:
    """Noise levels of a sampler outside of those that the network learns."""
    sampler, learned, sampled = context.lane.sampler, context.lane.objective.sigmas(), context.lane.sampler.sigmas()
    min_std = context.statistics.min_std if context.statistics else 0.0
    above = _larger(sampled[0], learned[0], min_std)
    below = sampled[-1] > 0 and _larger(learned[-1], sampled[-1], min_std)
    if not context.learned or not (above or below):
        return
    sentence = f"The network learns σ = {span(learned)}, the sampler asks for σ = {span(sampled)}"
    if sampler.noise_schedule is None:
        yield context.set_knobs("sampler.sigma", f"{sentence} and is answered for the nearest.",
                                sigma=context.field_sigma(sampled[0]))  # fmt: skip
    elif len(learned) == 1:
        thrown = "" if context.lane.net.gives_energy else ", and steps for large noise throw particles out"
        yield context.set_sampler("sampler", f"{sentence} and is answered for the same all along: nothing is "
                                  f"annealed{thrown}.", fitting_sampler(context.lane.objective))  # fmt: skip
    else:
        wanted = {"sigma_max": learned[0], "sigma_min": learned[-1]}
        if (step_size := sampler.step_size_at(sampled[-1])) is not None:  # the same fraction of the variance as before
            wanted["step_size"] = step_size * (learned[-1] / sampled[-1]) ** 2
        yield context.set_knobs(f"sampler.{'sigma_max' if above else 'sigma_min'}", f"{sentence}: beyond its ladder it "
                                "answers for the nearest level, and steps sized for one level meet the score of "
                                "another.", **wanted)  # fmt: skip


def _larger(high: float, low: float, min_std: float) -> bool:
    """Whether noise `high` blurs the narrowest part to a width noticeably above that by noise `low`."""
    return math.hypot(high, min_std) > EQUIVALENT * math.hypot(low, min_std)
