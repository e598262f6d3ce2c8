"""Advice: what will go wrong in an experiment, before it does.

Each rule checks one lane against a threshold that is derived or was measured, as the comments beside the thresholds
say; tests run the samplers on both sides of them. What cannot be built at all is refused by the knobs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ncsn_viz.lab.advice import noise_rules, step_rules, training_rules
from ncsn_viz.lab.advice.rule_context import Advice, Findings, RuleContext, target_statistics
from ncsn_viz.lab.experiment import Spec

RULES: tuple[Callable[[RuleContext], Findings], ...] = (
    step_rules.step_too_large,
    step_rules.annealed_step_too_large,
    step_rules.correction_too_large,
    step_rules.too_few_steps,
    noise_rules.modes_too_far,
    noise_rules.first_level_too_small,
    noise_rules.levels_too_few,
    noise_rules.levels_not_learned,
    training_rules.learning_rate_too_large,
    training_rules.relu_under_second_derivatives,
    training_rules.not_conditioned_on_noise,
    training_rules.learned_levels_too_few,
    training_rules.weights_unbalanced,
    training_rules.quadrature_too_small,
    training_rules.reference_noise_too_narrow,
    training_rules.chains_too_short,
    training_rules.chain_step_too_large,
    training_rules.true_score_shown,
)


def advice(spec: Spec) -> tuple[Advice, ...]:
    """What will go wrong in `spec`, lane by lane, with a remedy where there is one. Needs no torch."""
    statistics = target_statistics(spec)
    contexts = [RuleContext(index, spec, statistics) for index in range(len(spec.lanes))]
    return tuple(_useful(item, spec) for context in contexts for rule in RULES for item in rule(context))


def _useful(item: Advice, spec: Spec) -> Advice:
    """The advice, its remedy left out if it changes nothing because the knob is at the end of its range."""
    return replace(item, remedy=None, fix="") if item.remedy and item.remedy.edit(spec) == spec else item
