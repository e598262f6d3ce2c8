"""Advice: what will go wrong in an experiment, said before it does.

Each rule looks at one lane and knows a threshold that is derived or was measured; the comments beside the thresholds
say how, and tests run the samplers on both sides of them. What cannot be built at all is refused by the knobs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ncsn_viz.lab.advice import noise_rules, step_rules, training_rules
from ncsn_viz.lab.advice.rule_context import Advice, Found, RuleContext
from ncsn_viz.lab.advice.target_statistics import target_statistics
from ncsn_viz.lab.experiment import Spec

__all__ = ["RULES", "Advice", "advice"]

RULES: tuple[Callable[[RuleContext], Found], ...] = (
    step_rules.step_too_large,
    step_rules.annealed_step_too_large,
    step_rules.correction_too_bold,
    step_rules.never_arrives,
    noise_rules.modes_too_far,
    noise_rules.anneals_from_too_little,
    noise_rules.levels_too_few,
    noise_rules.asks_what_was_not_learned,
    training_rules.learns_too_fast,
    training_rules.kinks,
    training_rules.not_told_the_level,
    training_rules.learns_too_few_levels,
    training_rules.small_levels_drown,
    training_rules.grid_misses,
    training_rules.noise_misses_data,
    training_rules.chains_stay_home,
    training_rules.chain_step_too_large,
    training_rules.truth_hides_the_network,
)


def advice(spec: Spec) -> tuple[Advice, ...]:
    """What will go wrong in `spec`, lane by lane, with a remedy where there is one. Needs no torch."""
    shape = target_statistics(spec.target)
    cases = [RuleContext(index, spec, shape) for index in range(len(spec.lanes))]
    return tuple(_useful(found, spec) for case in cases for rule in RULES for found in rule(case))


def _useful(found: Advice, spec: Spec) -> Advice:
    """The advice without a remedy that changes nothing, where a knob is already at the end of its range."""
    return replace(found, remedy=None, fix="") if found.remedy and found.remedy(spec) == spec else found
