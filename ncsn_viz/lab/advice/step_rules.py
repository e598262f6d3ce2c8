"""What goes wrong with a sampler's steps: rules from a Case to advice."""

from __future__ import annotations

import math

import numpy as np

from ncsn_viz.lab.advice.rule_context import Found, RuleContext, short
from ncsn_viz.lab.advice.target_statistics import TargetStatistics

# On a Gaussian of variance v a step x + ηs multiplies x by 1 − a with a = η/v. So |1 − a| > 1 exactly where a > 2, and
# the leapfrog of HMC and the splitting of underdamped Langevin, with h² = 2η, are unstable exactly there, too.
UNSTABLE = 2.0
OVERSHOOT = 1.0  # beyond it a step passes the peak; Langevin then settles 1/√(1 − a/2) ≥ 1.41 times too wide
REFUSED = 3.0  # MALA cannot fly off; on a Gaussian of two dimensions it accepts 12 % at a = 3, and 30 % at a = 2
GENTLE = 0.2  # the a of a remedy: 5 % too wide
ARRIVED = 3.0  # the sum of a over the run: the way that is left is exp(−3) = 5 %
BOLD = 1.0  # of r: corrections alone come to rest √(1 + r²) times too wide, 1.41 times at r = 1


def step_too_large(case: RuleContext) -> Found:
    """Steps of samplers at one noise level, against the narrowest part of the target."""
    sampler, shape = case.lane.sampler, case.shape
    eta, sigma = sampler.step_size_at(sampler.sigmas()[0]), case.answered(sampler.sigmas()[0])
    if sampler.noise_schedule is not None or eta is None or shape is None:
        return
    narrow = _variance(shape.narrow, sigma)
    a, good = eta / narrow, GENTLE * narrow
    if sampler.overdamped and sampler.needs_energy:  # it may refuse a step: none can throw it out
        if a >= REFUSED:
            told = (
                "about one proposal in ten, or fewer, is accepted where the target is narrow, and particles hardly move"
            )
            yield case.set("sampler.step_size", f"{_too_large(eta, narrow, a)}: {told}.", step_size=narrow)
    elif _thrown(case, shape, eta, sigma):
        lost = "nearly every trajectory is refused" if sampler.needs_energy else "particles are thrown out"
        worst, good = (narrow, good) if a >= UNSTABLE else (_variance(shape.outer, sigma),) * 2
        yield case.set("sampler.step_size", f"{_too_large(eta, worst, eta / worst)}: above 2 a step adds to what it "
                       f"should correct, and {lost}.", step_size=good)  # fmt: skip
    elif sampler.overdamped and sampler.samples and a >= OVERSHOOT:
        yield case.set("sampler.step_size", f"{_too_large(eta, narrow, a)}: steps overshoot, and particles settle "
                       f"{_too_wide(a)} times as wide as the target is there.", step_size=good)  # fmt: skip


def _thrown(case: RuleContext, shape: TargetStatistics, eta: float, sigma: float) -> bool:
    """Whether dynamics are unstable in the narrowest part, or outside of everything for a particle released there.

    Outside x moves to x + a(m − x) with m on the rim, at most w from the middle: it flies off from |x| > a w/(a − 2).
    """
    far = eta / _variance(shape.outer, sigma)
    outside = far > UNSTABLE and case.start_reach * (far - UNSTABLE) > far * shape.rim
    return eta / _variance(shape.narrow, sigma) >= UNSTABLE or (outside and not case.starts_at_data)


def annealed_step_too_large(case: RuleContext) -> Found:
    """ηᵢ = η σᵢ²/σ_L² against the variance v + σᵢ² at each level; it is largest at the first one."""
    sampler, shape = case.lane.sampler, case.shape
    ladder = sampler.sigmas()
    steps = [step for sigma in ladder if (step := sampler.step_size_at(sigma)) is not None]
    if sampler.noise_schedule is None or not steps:
        return
    narrow = shape.narrow if shape else 0.0
    variances = [_variance(narrow, sigma) for sigma in ladder]  # for levels that were not learned: advice_ladder
    rates = [step / variance for step, variance in zip(steps, variances, strict=True)]
    worst = int(np.argmax(rates))
    good = steps[-1] * GENTLE / 2 / max(rates)
    if rates[worst] >= UNSTABLE:
        yield case.set("sampler.step_size", f"{_too_large(steps[worst], variances[worst], rates[worst])} at level "
                       f"{worst + 1}, σ = {short(ladder[worst])}: above 2 a step adds to what it should correct, and "
                       "particles fly off.", step_size=good)  # fmt: skip
    elif rates[-1] >= OVERSHOOT:
        yield case.set("sampler.step_size", f"{_too_large(steps[-1], variances[-1], rates[-1])} at the last level: "
                       f"steps overshoot, and particles settle {_too_wide(rates[-1])} times as wide as the target is "
                       "there.", step_size=good)  # fmt: skip


def correction_too_bold(case: RuleContext) -> Found:
    """The corrector's signal-to-noise ratio."""
    if (ratio := case.lane.sampler.correction_ratio) >= BOLD:
        yield case.set("sampler.ratio", f"With r = {ratio:g} a correction is a Langevin step of η ≈ 2r² = "
                       f"{short(2 * ratio**2, 2)} of the variance: corrections overshoot and leave the "
                       "particles too wide.", ratio=0.16)  # fmt: skip


def never_arrives(case: RuleContext) -> Found:
    """A run so short that particles stop on their way to the data."""
    sampler, shape = case.lane.sampler, case.shape
    eta, steps = sampler.step_size_at(sampler.sigmas()[0]), sampler.num_steps()
    fixed = sampler.noise_schedule is None and sampler.overdamped
    if not fixed or eta is None or shape is None or case.starts_at_data:
        return
    a = eta / _variance(shape.narrow, case.answered(sampler.sigmas()[0]))
    if a * steps < ARRIVED:
        left = math.exp(-a * steps)
        yield case.set("sampler.steps", f"With {steps} steps of {eta:g}, particles stop while "
                       f"{left:.0%} of their way to the data is still before them.", steps=2 * ARRIVED / a)  # fmt: skip


def _variance(std: float, sigma: float) -> float:
    return max(std**2 + sigma**2, 1e-12)


def _too_large(eta: float, variance: float, a: float) -> str:
    return (
        f"A step of {short(eta)} is {short(a, 2)} times the variance {short(variance)} of the target's narrowest part"
    )


def _too_wide(a: float) -> str:
    return f"{1 / math.sqrt(1 - a / 2):.1f}"
