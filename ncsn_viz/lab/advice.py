"""Advice: what will go wrong in an experiment, said before it does.

Each rule looks at one lane and knows a threshold that is derived or was measured; the comments beside the thresholds
say how, and tests run the samplers on both sides of them. What cannot be built at all is refused by the knobs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ncsn_viz.lab import advice_ladder, advice_learning, advice_steps
from ncsn_viz.lab.case import Advice, Case, Found
from ncsn_viz.lab.shape import shape_of
from ncsn_viz.lab.spec import Spec

__all__ = ["RULES", "Advice", "advice"]

RULES: tuple[Callable[[Case], Found], ...] = (
    advice_steps.step_too_large,
    advice_steps.annealed_step_too_large,
    advice_steps.correction_too_bold,
    advice_steps.never_arrives,
    advice_ladder.modes_too_far,
    advice_ladder.anneals_from_too_little,
    advice_ladder.levels_too_few,
    advice_ladder.asks_what_was_not_learned,
    advice_learning.learns_too_fast,
    advice_learning.kinks,
    advice_learning.not_told_the_level,
    advice_learning.learns_too_few_levels,
    advice_learning.small_levels_drown,
    advice_learning.grid_misses,
    advice_learning.noise_misses_data,
    advice_learning.chains_stay_home,
    advice_learning.chain_step_too_large,
    advice_learning.truth_hides_the_network,
)


def advice(spec: Spec) -> tuple[Advice, ...]:
    """What will go wrong in `spec`, lane by lane, with a remedy where there is one. Needs no torch."""
    shape = shape_of(spec.target)
    cases = [Case(index, spec, shape) for index in range(len(spec.lanes))]
    return tuple(_useful(found, spec) for case in cases for rule in RULES for found in rule(case))


def _useful(found: Advice, spec: Spec) -> Advice:
    """The advice without a remedy that changes nothing, where a knob is already at the end of its range."""
    return replace(found, remedy=None, fix="") if found.remedy and found.remedy(spec) == spec else found
