"""What goes wrong with training: rules from a Case to advice."""

from __future__ import annotations

import math

from ncsn_viz.core.objectives import NCSN, ContrastiveDivergence, MaximumLikelihood, NoiseContrastive
from ncsn_viz.lab.advice.noise_rules import COARSE, coarsest
from ncsn_viz.lab.advice.rule_context import Found, RuleContext, changed, short
from ncsn_viz.lab.experiment import Optimizer

# Adam moves every weight by about the learning rate at each step, and the weights are about 1/√128 = 0.09. Measured
# after 300 steps on the moons, sliced: an error of 0.75 at 0.01, 1.9 at 0.03, 2.9 at 0.1.
FAST = 0.03
# Least share of the score's variance that no field without σ explains, moons, σ from 10 to 0.1, by integration:
# conditioning "none" 19 % to 96 %, "scale" 8 % to 25 %. A ladder shorter than this ratio is nearly one level.
SHORT = 1.5
# A sum with spacing h over a Gaussian of deviation s is off by 2 exp(−2π²s²/h²), along each axis: 1.4 % at h = 2s,
# 22 % at h = 3s (Poisson summation).
RESOLVED = 2.0
# Of the data's root mean square in units of the noise. Measured after 500 steps on two far modes: an error of 0.24 at
# 1.4, 0.8 at 2.4, 1.5 at 3.6.
COVERED = 2.0
# How many times louder than the largest level the smallest may be, (σ₁/σ_L)² σ^p for λ = σ^p. Measured after 1500 steps
# on two far modes, σ² times the error at σ₁: 0.006 at 1, 0.02 at 10, 0.17 at 100, 0.6 at 10,000.
LOUD = 30.0
FAR_CHAIN = 3.0  # a chain of k steps strays √(2ηk) from its start, and hardly ever three times that far


def learns_too_fast(case: RuleContext) -> Found:
    """The learning rate of Adam."""
    rate = case.lane.optimizer.learning_rate
    if rate > FAST:
        yield case.set("optimizer.learning_rate", f"A learning rate of {rate:g} moves every weight by a good part of "
                       "its size at each step: the loss jumps about and may diverge.",
                       learning_rate=Optimizer().learning_rate)  # fmt: skip


def kinks(case: RuleContext) -> Found:
    """ReLU under second derivatives. (An energy network with it is refused by Objective.objection.)"""
    lane = case.lane
    if lane.objective.needs_second_derivatives and not lane.net.smooth:
        yield case.set("net.activation", "With ReLU the trace of ∇s is constant between kinks: its gradient does not "
                       "see how moving a kink changes it, and training follows a wrong gradient.",
                       activation="silu")  # fmt: skip


def not_told_the_level(case: RuleContext) -> Found:
    """A ladder of noise levels for a network that does not see which one it is at."""
    lane, sigmas = case.lane, case.lane.objective.sigmas()
    if len(sigmas) < 2 or sigmas[0] <= SHORT * sigmas[-1]:
        return
    if lane.net.embeds_noise:
        return
    sentence = (
        "The network is told σ only as a factor 1/σ: in two dimensions the levels lie on top of each other, "
        "and one field divided by σ misses up to a quarter of the score."
        if lane.net.divides_by_noise
        else "The network is not told its noise level: one field has to serve all of them, and fits hardly any."
    )
    yield case.set("net.conditioning", sentence, conditioning="scaled_embedding")


def learns_too_few_levels(case: RuleContext) -> Found:
    """Gaps in the ladder that is learned, which the network fills by guessing."""
    objective = case.lane.objective
    if not isinstance(objective, NCSN) or objective.continuous:
        return
    if (ratio := coarsest(objective.sigmas())) > COARSE:
        levels = math.ceil(math.log(objective.sigma_max / objective.sigma_min) / math.log(1.7)) + 1
        yield case.set("objective.levels", f"Neighbouring noise levels are a factor of {short(ratio, 2)} apart: "
                       "between them the network guesses, and particles cannot follow from one to the next.",
                       levels=levels)  # fmt: skip


def small_levels_drown(case: RuleContext) -> Found:
    """A weighting under which the loss of the smallest levels is nearly all of the loss."""
    objective = case.lane.objective
    if not isinstance(objective, NCSN):
        return
    high, low = objective.sigma_max, objective.sigma_min
    louder = (objective.weight(low) / low**2) / (objective.weight(high) / high**2)
    if louder > LOUD:
        yield case.set("objective.weighting", f"With this weighting the loss at σ_L = {low:g} is {short(louder, 2)} "
                       f"times that at σ₁ = {high:g}: small levels drown the large ones, and far from the data the "
                       "field hardly learns.", weighting="sigma2")  # fmt: skip


def grid_misses(case: RuleContext) -> Found:
    """The quadrature of Z: too short for the window or the data, or too coarse for them."""
    objective, shape = case.lane.objective, case.shape
    if not isinstance(objective, MaximumLikelihood):
        return
    edge = max(abs(case.spec.window[0]), abs(case.spec.window[1]))
    needed = max(edge, shape.extent if shape else 0.0)
    spacing = 2 * objective.half_width / objective.nodes
    narrow = shape.narrow if shape else math.inf
    if objective.half_width < needed:
        lost = "the window" if objective.half_width < edge else "all the data"
        reach = 1.2 * needed
        yield case.set("objective.half_width", f"The grid of Z reaches to ±{objective.half_width:g} and does not cover "
                       f"{lost}: beyond it the model gets probability for nothing.", half_width=reach,
                       nodes=max(objective.nodes, 2 * reach / min(spacing, 1.5 * narrow)))  # fmt: skip
    elif spacing > RESOLVED * narrow:
        yield case.set("objective.nodes", f"The grid of Z has a spacing of {short(spacing, 2)}, the target's narrowest "
                       f"part a deviation of {short(narrow, 2)}: the sum is off by percents at each step.",
                       nodes=math.ceil(2 * objective.half_width / narrow))  # fmt: skip


def noise_misses_data(case: RuleContext) -> Found:
    """Noise-contrastive estimation where noise and data hardly meet."""
    objective, shape = case.lane.objective, case.shape
    if isinstance(objective, NoiseContrastive) and shape and shape.reach_rms > COVERED * objective.noise_std:
        yield case.set("objective.noise_std", f"Noise of deviation {objective.noise_std:g} does not cover data that "
                       f"spread {short(shape.reach_rms, 2)} around 0: without noise there, nothing is learned.",
                       noise_std=shape.reach_rms)  # fmt: skip


def chains_stay_home(case: RuleContext) -> Found:
    """Contrastive divergence from the data, whose chains never reach from mode to mode."""
    objective, shape = case.lane.objective, case.shape
    if not isinstance(objective, ContrastiveDivergence) or shape is None:
        return
    strays = math.sqrt(2 * objective.step_size * objective.chain)
    gap = shape.gap(0.0)
    if objective.start == "data" and gap is not None and FAR_CHAIN * strays < gap / 2:
        yield case.set("objective.start", f"Chains from the data stray {short(strays, 2)}, and the modes are "
                       f"{short(gap, 2)} apart: the weights of the modes stay unlearned, and modes that the model "
                       "invents are never found.", start="persistent")  # fmt: skip


def chain_step_too_large(case: RuleContext) -> Found:
    """Chains whose own steps are wider than the target: the model makes up for their error."""
    objective, shape = case.lane.objective, case.shape
    if isinstance(objective, ContrastiveDivergence) and shape and objective.step_size > shape.narrow**2:
        noise = math.sqrt(2 * objective.step_size)
        yield case.set("objective.step_size", f"Each step of a chain adds noise of {short(noise, 2)}, more than the "
                       f"{short(shape.narrow, 2)} of the target's narrowest part: no chain can end on it.",
                       step_size=0.2 * shape.narrow**2)  # fmt: skip


def truth_hides_the_network(case: RuleContext) -> Found:
    """Particles that follow the exact score."""
    if case.learned:
        return
    told = "Particles and field are those of the exact score: what the network has learned is not seen here."
    if case.lane.sampler.needs_energy and not case.lane.net.gives_energy:  # only the truth can serve this sampler
        yield case.note("score_from", told, info=True)
        return
    yield case.note("score_from", told, "show the learned field",
                    lambda spec: changed(spec, case.index, {"score_from": "learned"}), info=True)  # fmt: skip
