"""Rules about training: the loss, the network and the optimiser."""

from __future__ import annotations

import math

from ncsn_viz.lab.advice.noise_rules import MAX_LEVEL_RATIO, closer_levels, largest_ratio
from ncsn_viz.lab.advice.rule_context import Findings, RuleContext, short, with_parts
from ncsn_viz.lab.experiment import Optimizer, num_levels

# Adam moves every weight by about the learning rate at each step, and the weights are about 1/√128 = 0.09. Measured
# after 300 steps on the moons, sliced: an error of 0.75 at 0.01, 1.9 at 0.03, 2.9 at 0.1.
MAX_LEARNING_RATE = 0.03
# Least fraction of the score's variance that no field without σ explains, moons, σ from 10 to 0.1, by integration:
# conditioning "none" 19 % to 96 %, "scale" 8 % to 25 %. Levels within this ratio are nearly one level.
ONE_LEVEL = 1.5
# A sum with spacing h over a Gaussian of deviation s is off by 2 exp(−2π²s²/h²), along each axis: 1.4 % at h = 2s,
# 22 % at h = 3s (Poisson summation).
MAX_SPACING = 2.0
# Of the data's root mean square in units of the noise. Measured after 500 steps on two far modes: an error of 0.24 at
# 1.4, 0.8 at 2.4, 1.5 at 3.6.
MAX_RMS = 2.0
# Of the weight of the smallest level relative to the largest one, (σ₁/σ_L)² σ^p for λ = σ^p. Measured after 1500 steps
# on two far modes, σ² times the error at σ₁: 0.006 at 1, 0.02 at 10, 0.17 at 100, 0.6 at 10,000.
MAX_WEIGHT_RATIO = 30.0
FARTHEST = 3.0  # a chain of k steps moves √(2ηk) from its start, and hardly ever three times that far


def learning_rate_too_large(context: RuleContext) -> Findings:
    """The learning rate of Adam."""
    rate = context.lane.optimizer.learning_rate
    if rate > MAX_LEARNING_RATE:
        yield context.set_knobs("optimizer.learning_rate", f"A learning rate of {rate:g} moves every weight by a good "
                                "part of its size at each step: the loss jumps about and may diverge.",
                                learning_rate=Optimizer().learning_rate)  # fmt: skip


def relu_under_second_derivatives(context: RuleContext) -> Findings:
    """ReLU under second derivatives. (Objective.incompatibility refuses an energy network with it.)"""
    lane = context.lane
    if lane.objective.needs_second_derivatives and not lane.net.smooth:
        yield context.set_knobs("net.activation", "With ReLU the trace of ∇s is constant between kinks: its gradient "
                                "does not see how moving a kink changes it, and training follows a wrong gradient.",
                                activation="silu")  # fmt: skip


def not_conditioned_on_noise(context: RuleContext) -> Findings:
    """Several noise levels for a network that is not conditioned on the level."""
    lane, sigmas = context.lane, context.lane.objective.sigmas()
    if len(sigmas) < 2 or sigmas[0] <= ONE_LEVEL * sigmas[-1]:
        return
    if lane.net.embeds_noise:
        return
    sentence = (
        "The network is told σ only as a factor 1/σ: in two dimensions the levels lie on top of each other, "
        "and one field divided by σ misses up to a quarter of the score."
        if lane.net.divides_by_noise
        else "The network is not told its noise level: one field has to serve all of them, and fits hardly any."
    )
    yield context.set_knobs("net.conditioning", sentence, conditioning="scaled_embedding")


def learned_levels_too_few(context: RuleContext) -> Findings:
    """Neighbouring learned levels too far apart; the network has to extrapolate between them."""
    objective = context.lane.objective
    if objective.continuous:
        return
    if (ratio := largest_ratio(objective.sigmas())) > MAX_LEVEL_RATIO:
        levels = num_levels(objective.sigmas()[0] / objective.sigmas()[-1])
        closer = closer_levels(objective, "levels", levels, MAX_LEVEL_RATIO)
        yield context.set_knobs("objective.levels", f"Neighbouring noise levels are a factor of {short(ratio, 2)} "
                                "apart: between them the network guesses, and particles cannot follow from one to the "
                                "next.", **closer)  # fmt: skip


def weights_unbalanced(context: RuleContext) -> Findings:
    """A weighting under which the loss of the smallest levels is nearly all of the loss."""
    objective = context.lane.objective
    if (schedule := objective.noise_schedule) is None:
        return
    high, low = schedule.sigma_max, schedule.sigma_min
    ratio = (objective.weight(low) / low**2) / (objective.weight(high) / high**2)
    if ratio > MAX_WEIGHT_RATIO:
        yield context.set_knobs("objective.weighting", f"With this weighting the loss at σ_L = {low:g} is "
                                f"{short(ratio, 2)} times that at σ₁ = {high:g}: small levels drown the large ones, "
                                "and far from the data the field hardly learns.", weighting="sigma2")  # fmt: skip


def quadrature_too_small(context: RuleContext) -> Findings:
    """The quadrature of Z: too short for the window or the data, or too coarse for them."""
    quadrature, statistics = context.lane.objective.quadrature, context.statistics
    if quadrature is None:
        return
    edge = max(abs(end - context.spec.origin) for end in context.spec.window)
    needed = max(edge, statistics.extent if statistics else 0.0)
    spacing = 2 * quadrature.half_width / quadrature.nodes
    narrow = statistics.min_std if statistics else math.inf
    if quadrature.half_width < needed:
        missed = "the window" if quadrature.half_width < edge else "all the data"
        wanted = 1.2 * needed
        yield context.set_knobs("objective.half_width", f"The grid of Z reaches to ±{quadrature.half_width:g} and does "
                                f"not cover {missed}: beyond it the model gets probability for nothing.",
                                half_width=wanted,
                                nodes=max(quadrature.nodes, 2 * wanted / min(spacing, 1.5 * narrow)))  # fmt: skip
    elif spacing > MAX_SPACING * narrow:
        yield context.set_knobs("objective.nodes", f"The grid of Z has a spacing of {short(spacing, 2)}, the target's "
                                f"narrowest part a deviation of {short(narrow, 2)}: the sum is off by percents at each "
                                "step.", nodes=math.ceil(2 * quadrature.half_width / narrow))  # fmt: skip


def reference_noise_too_narrow(context: RuleContext) -> Findings:
    """Noise-contrastive estimation whose noise hardly overlaps with the data."""
    std, statistics = context.lane.objective.reference_std, context.statistics
    if std is not None and statistics and statistics.rms > MAX_RMS * std:
        yield context.set_knobs("objective.noise_std", f"Noise of deviation {std:g} does not cover data that "
                                f"spread {short(statistics.rms, 2)} around 0: without noise there, nothing is learned.",
                                noise_std=statistics.rms)  # fmt: skip


def chains_too_short(context: RuleContext) -> Findings:
    """Chains from the data that never reach another mode."""
    chains, statistics = context.lane.objective.chains, context.statistics
    if chains is None or statistics is None:
        return
    distance = math.sqrt(2 * chains.step_size * chains.steps)
    gap = statistics.mode_gap(0.0)
    if chains.start == "data" and gap is not None and FARTHEST * distance < gap / 2:
        yield context.set_knobs("objective.start", f"Chains from the data stray {short(distance, 2)}, and the modes "
                                f"are {short(gap, 2)} apart: the weights of the modes stay unlearned, and modes that "
                                "the model invents are never found.", start="persistent")  # fmt: skip


def chain_step_too_large(context: RuleContext) -> Findings:
    """Chains whose steps are wider than the target: the model compensates for their error."""
    chains, statistics = context.lane.objective.chains, context.statistics
    if chains is not None and statistics and chains.step_size > statistics.min_std**2:
        noise = math.sqrt(2 * chains.step_size)
        yield context.set_knobs("objective.step_size", f"Each step of a chain adds noise of {short(noise, 2)}, more "
                                f"than the {short(statistics.min_std, 2)} of the target's narrowest part: no chain can "
                                "end on it.", step_size=0.2 * statistics.min_std**2)  # fmt: skip


def true_score_shown(context: RuleContext) -> Findings:
    """Particles that follow the true score."""
    if context.learned:
        return
    sentence = "Particles and field are those of the exact score: what the network has learned is not seen here."
    if context.lane.sampler.needs_energy and not context.lane.net.gives_energy:  # only the true score has an energy
        yield context.note("score_from", sentence, info=True)
        return
    yield context.note("score_from", sentence, "Show the learned field",
                       lambda spec: with_parts(spec, context.index, {"score_from": "learned"}), info=True)  # fmt: skip
