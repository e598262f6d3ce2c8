"""Trouble: what has gone wrong in a lane, its likely causes, likeliest first, and a remedy for each that has one.

Advice is said before anything happens, and only where a threshold is known to be crossed. Here something has happened,
so that a cause may also be a guess; the rules of advice that apply come first, for they are none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ncsn_viz.core.objectives import ContrastiveDivergence
from ncsn_viz.lab.advice import noise_rules, step_rules, training_rules
from ncsn_viz.lab.advice.rule_context import Advice, Found, Remedy, RuleContext
from ncsn_viz.lab.advice.target_statistics import target_statistics
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.lab.snapshot.snapshot import DIVERGED, LaneSnapshot

Anew = Callable[[Spec, Advice], Spec]

LOST = 0.02  # a larger share of the particles that has flown off is told
UNHELD = 1e-4  # α below which nothing holds the energies of contrastive divergence
FEW = 512  # a smaller batch may be what makes a loss of second derivatives run away


@dataclass(frozen=True)
class Diagnosis:
    """What has happened, in a sentence, and why: the first of `causes` is the likeliest. `bad` is worse than a warning.

    The remedy of a cause makes a Spec in which the lane starts anew, without that cause.
    """

    sentence: str
    causes: tuple[Advice, ...] = ()
    bad: bool = True

    @property
    def first(self) -> Advice | None:
        """The likeliest cause that can be mended."""
        return next((cause for cause in self.causes if cause.remedy is not None), None)


def diagnose(spec: Spec, index: int, lane: LaneSnapshot) -> Diagnosis | None:
    """The trouble that `lane`, the one at `index` of `spec`, is in, or None. Needs no torch."""
    case = RuleContext(index, spec, target_statistics(spec.target))
    if lane.status.state == DIVERGED:
        mended = lane.status.settings is not None and _learning(lane.status.settings) != _learning(case.lane)
        return Diagnosis(
            lane.status.message, (_changed_since(case),) if mended else causes(case, LEARNING, _trained_anew)
        )
    lost = lane.metrics.get("lost", 0.0)
    if lost > LOST:
        told = f"{lost:.0%} of the particles have flown off."
        return Diagnosis(told, causes(case, SAMPLING, _released_anew), bad=False)
    return None


def causes(case: RuleContext, rules: tuple[Callable[[RuleContext], Found], ...], anew: Anew) -> tuple[Advice, ...]:
    """What the rules find, one cause a knob, each with a remedy after which the lane starts `anew`."""
    found: dict[str, Advice] = {}
    for rule in rules:
        for cause in rule(case):
            found.setdefault(cause.knob, cause)
    return tuple(replace(cause, remedy=_and_then(case, cause, anew)) for cause in found.values())


def _and_then(case: RuleContext, cause: Advice, anew: Anew) -> Remedy | None:
    remedy = cause.remedy
    return None if remedy is None else case.while_it_fits(lambda spec: anew(remedy(spec), cause))


def _learning(lane: LaneSpec) -> LaneSpec:
    """The lane with no more of its own than what it learns with."""
    return LaneSpec(objective=lane.objective, net=lane.net, optimizer=lane.optimizer)


def _changed_since(case: RuleContext) -> Advice:
    """What is set now has not failed yet, and is no cause."""
    return case.note("optimizer", "That was with other settings. Start it again to try those that are set now.")


def restarted(spec: Spec, index: int) -> Spec:
    """The lane at `index` trained anew, from fresh weights."""
    return replace(spec, run=replace(spec.run, restarted=(*spec.run.restarted, spec.lanes[index].name)))


def _trained_anew(spec: Spec, cause: Advice) -> Spec:
    return restarted(spec, cause.lane)


def _released_anew(spec: Spec, cause: Advice) -> Spec:
    """The particles released again, along a field that is learned again where learning was the cause."""
    learns = cause.knob.split(".", maxsplit=1)[0] in ("optimizer", "objective", "net")
    spec = replace(spec, run=replace(spec.run, releases=spec.run.releases + 1))
    return restarted(spec, cause.lane) if learns else spec


# -- causes that are guesses ----------------------------------------------------------------------------------------


def unheld_energies(case: RuleContext) -> Found:
    """Contrastive divergence without its regulariser."""
    objective = case.lane.objective
    if isinstance(objective, ContrastiveDivergence) and objective.regulariser < UNHELD:
        yield case.set("objective.regulariser", f"With α = {objective.regulariser:g} nothing holds the energies near "
                       "0: data and samples of the model can part without end.", regulariser=0.001)  # fmt: skip


def a_smaller_rate(case: RuleContext) -> Found:
    """What helps against most divergence."""
    rate = case.lane.optimizer.learning_rate
    yield case.set("optimizer.learning_rate", f"The learning rate {rate:g} may be too large for this loss and this "
                   "network: one bad step throws the weights so far that none leads back.",
                   learning_rate=min(rate / 10, 0.003))  # fmt: skip


def few_points(case: RuleContext) -> Found:
    """Losses that have no lower bound on a handful of points."""
    batch = case.lane.optimizer.batch_size
    if case.lane.objective.needs_second_derivatives and batch < FEW:
        yield case.set("optimizer.batch_size", f"On {batch} points a step, Tr ∇s can be driven towards −∞ at those "
                       "points alone: the loss has no lower bound there.", batch_size=4 * FEW)  # fmt: skip


def smaller_steps(case: RuleContext) -> Found:
    """What helps against most flying off."""
    eta = getattr(case.lane.sampler, "step_size", None)
    if eta is not None:
        yield case.set("sampler.step_size", f"The step {eta:g} may be too large for the learned field, which can be "
                       "steeper than the true one.", step_size=eta / 10)  # fmt: skip


def still_learning(case: RuleContext) -> Iterator[Advice]:
    """A field that has not been learned yet."""
    if case.learned:
        yield case.note("run", "The field that moves them may not be learned yet: release them again later.",
                        "release again", lambda spec: spec)  # fmt: skip


LEARNING = (
    training_rules.learns_too_fast,
    training_rules.grid_misses,
    training_rules.chain_step_too_large,
    unheld_energies,
    a_smaller_rate,
    few_points,
)
SAMPLING = (
    step_rules.step_too_large,
    step_rules.annealed_step_too_large,
    noise_rules.asks_what_was_not_learned,
    training_rules.learns_too_fast,
    smaller_steps,
    still_learning,
)
