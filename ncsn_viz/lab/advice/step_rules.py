"""Rules about the steps of samplers: their size and their number."""

from __future__ import annotations

import math

import numpy as np

from ncsn_viz.core.targets import TargetStatistics
from ncsn_viz.lab.advice.rule_context import Findings, RuleContext, short

# On a Gaussian of variance v a step x + ηs multiplies x by 1 − a with a = η/v. So |1 − a| > 1 exactly where a > 2, and
# the leapfrog of HMC and the splitting of underdamped Langevin, with h² = 2η, are unstable exactly there, too.
UNSTABLE = 2.0
OVERSHOOT = 1.0  # beyond it a step passes the peak; Langevin then settles 1/√(1 − a/2) ≥ 1.41 times too wide
REJECTED = 3.0  # MALA cannot diverge; on a Gaussian of two dimensions it accepts 12 % at a = 3, and 30 % at a = 2
STABLE = 0.2  # the a of a remedy: 5 % too wide
CONVERGED = 3.0  # the sum of a over the run: the remaining distance is exp(−3) = 5 %
MAX_RATIO = 1.0  # of r: corrections alone settle √(1 + r²) times too wide, 1.41 times at r = 1


def step_too_large(context: RuleContext) -> Findings:
    """Steps of samplers at one noise level, against the narrowest part of the target."""
    sampler, statistics = context.lane.sampler, context.statistics
    eta, sigma = sampler.step_size_at(sampler.sigmas()[0]), context.field_sigma(sampler.sigmas()[0])
    if sampler.noise_schedule is not None or eta is None or statistics is None:
        return
    narrow = _variance(statistics.min_std, sigma)
    a, good = eta / narrow, STABLE * narrow
    if sampler.overdamped and sampler.needs_energy:  # it can reject a step, so that none diverges
        if a >= REJECTED:
            effect = (
                "about one proposal in ten, or fewer, is accepted where the target is narrow, and particles hardly move"
            )
            yield context.set_knobs("sampler.step_size", f"{_too_large(eta, narrow, a)}: {effect}.", step_size=narrow)
    elif _unstable(context, statistics, eta, sigma):
        effect = "nearly every trajectory is refused" if sampler.needs_energy else "particles are thrown out"
        worst, good = (narrow, good) if a >= UNSTABLE else (_variance(statistics.tail_std, sigma),) * 2
        yield context.set_knobs("sampler.step_size", f"{_too_large(eta, worst, eta / worst)}: above 2 a step adds to "
                                f"what it should correct, and {effect}.", step_size=good)  # fmt: skip
    elif sampler.overdamped and sampler.samples and a >= OVERSHOOT:
        yield context.set_knobs("sampler.step_size", f"{_too_large(eta, narrow, a)}: steps overshoot, and particles "
                                f"settle {_too_wide(a)} times as wide as the target is there.",
                                step_size=good)  # fmt: skip


def _unstable(context: RuleContext, statistics: TargetStatistics, eta: float, sigma: float) -> bool:
    """Whether steps are unstable in the narrowest part, or outside of all mass for a particle that starts there.

    Outside x moves to x + a(m − x), m the nearest mass, at most w = `half_width` from the centre: |x| then grows
    wherever |x| > a w/(a − 2).
    """
    a = eta / _variance(statistics.tail_std, sigma)
    outside = a > UNSTABLE and context.start_extent * (a - UNSTABLE) > a * statistics.half_width
    return eta / _variance(statistics.min_std, sigma) >= UNSTABLE or (outside and not context.starts_at_data)


def annealed_step_too_large(context: RuleContext) -> Findings:
    """ηᵢ = η σᵢ²/σ_L² against the variance v + σᵢ² at each level; it is largest at the first one."""
    sampler, statistics = context.lane.sampler, context.statistics
    sigmas = sampler.sigmas()
    steps = [step for sigma in sigmas if (step := sampler.step_size_at(sigma)) is not None]
    if sampler.noise_schedule is None or not steps:
        return
    min_std = statistics.min_std if statistics else 0.0
    variances = [_variance(min_std, sigma) for sigma in sigmas]  # for levels that were not learned see noise_rules
    ratios = [step / variance for step, variance in zip(steps, variances, strict=True)]
    worst = int(np.argmax(ratios))
    good = steps[-1] * STABLE / 2 / max(ratios)
    if ratios[worst] >= UNSTABLE:
        yield context.set_knobs("sampler.step_size", f"{_too_large(steps[worst], variances[worst], ratios[worst])} at "
                                f"level {worst + 1}, σ = {short(sigmas[worst])}: above 2 a step adds to what it should "
                                "correct, and particles fly off.", step_size=good)  # fmt: skip
    elif ratios[-1] >= OVERSHOOT:
        yield context.set_knobs("sampler.step_size", f"{_too_large(steps[-1], variances[-1], ratios[-1])} at the last "
                                f"level: steps overshoot, and particles settle {_too_wide(ratios[-1])} times as wide "
                                "as the target is there.", step_size=good)  # fmt: skip


def correction_too_large(context: RuleContext) -> Findings:
    """The signal-to-noise ratio of a corrector."""
    if (ratio := context.lane.sampler.correction_ratio) >= MAX_RATIO:
        yield context.set_knobs("sampler.ratio", f"With r = {ratio:g} a correction is a Langevin step of η ≈ 2r² = "
                                f"{short(2 * ratio**2, 2)} of the variance: corrections overshoot and leave the "
                                "particles too wide.", ratio=0.16)  # fmt: skip


def too_few_steps(context: RuleContext) -> Findings:
    """A run so short that particles do not converge to the data."""
    sampler, statistics = context.lane.sampler, context.statistics
    eta, steps = sampler.step_size_at(sampler.sigmas()[0]), sampler.num_steps()
    fixed = sampler.noise_schedule is None and sampler.overdamped
    if not fixed or eta is None or statistics is None or context.starts_at_data:
        return
    a = eta / _variance(statistics.min_std, context.field_sigma(sampler.sigmas()[0]))
    if a * steps < CONVERGED:
        left = math.exp(-a * steps)
        yield context.set_knobs("sampler.steps", f"With {steps} steps of {eta:g}, particles stop while "
                                f"{left:.0%} of their way to the data is still before them.",
                                steps=2 * CONVERGED / a)  # fmt: skip


def _variance(std: float, sigma: float) -> float:
    return max(std**2 + sigma**2, 1e-12)


def _too_large(eta: float, variance: float, a: float) -> str:
    return (
        f"A step of {short(eta)} is {short(a, 2)} times the variance {short(variance)} of the target's narrowest part"
    )


def _too_wide(a: float) -> str:
    return f"{1 / math.sqrt(1 - a / 2):.1f}"
