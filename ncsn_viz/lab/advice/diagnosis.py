"""Diagnosis: what has gone wrong in a lane, its likely causes, likeliest first, and a remedy for each that has one.

Advice is given only where a threshold is known to be crossed. Here something has gone wrong, so that a cause may also
be a guess; causes found by the rules of advice come first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ncsn_viz.lab.advice import noise_rules, step_rules, training_rules
from ncsn_viz.lab.advice.rule_context import Advice, Findings, RuleContext, target_statistics
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.lab.experiment.commands import Command, ReleaseParticles, RestartLane
from ncsn_viz.lab.snapshot import DIVERGED, LaneSnapshot

Restart = Callable[[RuleContext, Advice], tuple[Command, ...]]

LOST = 0.02  # the fraction of lost particles above which there is a diagnosis
MIN_PENALTY = 1e-4  # α below which energies are unbounded
GOOD_PENALTY, GOOD_STEP = 0.01, 0.02  # α and η of chains with which none of the presets collapsed
MIN_BATCH = 512  # below it a loss of second derivatives may diverge


@dataclass(frozen=True)
class Diagnosis:
    """What has happened, in one sentence, and why: the first of `causes` is the likeliest. `bad` is an error, else a
    warning. The remedy of a cause restarts the lane without that cause.
    """

    sentence: str
    causes: tuple[Advice, ...] = ()
    bad: bool = True

    @property
    def first(self) -> Advice | None:
        """The likeliest cause that has a remedy."""
        return next((cause for cause in self.causes if cause.remedy is not None), None)


def diagnose(spec: Spec, index: int, lane: LaneSnapshot) -> Diagnosis | None:
    """What is wrong with `lane`, the one at `index` of `spec`, or None. Needs no torch."""
    settings, lost = spec.lanes[index], lane.metrics.get("lost", 0.0)
    if lane.status.state == DIVERGED:
        changed = lane.status.settings is not None and _learning(lane.status.settings) != _learning(settings)
        context = _context(spec, index)
        return Diagnosis(
            lane.status.message, (_changed_since(context),) if changed else causes(context, LEARNING, _restart)
        )
    if sentence := settings.objective.failure(lane.terms):
        return Diagnosis(sentence, causes(_context(spec, index), COLLAPSING, _restart))
    if lost > LOST:
        sentence = f"{lost:.0%} of the particles have flown off."
        return Diagnosis(sentence, causes(_context(spec, index), SAMPLING, _release), bad=False)
    return None


def _context(spec: Spec, index: int) -> RuleContext:
    """Only for a lane in which something is wrong: the statistics of a painting take milliseconds."""
    return RuleContext(index, spec, target_statistics(spec))


def causes(
    context: RuleContext, rules: tuple[Callable[[RuleContext], Findings], ...], restart: Restart
) -> tuple[Advice, ...]:
    """What the rules find, one cause a knob, each with a remedy that ends with the commands of `restart`."""
    found: dict[str, Advice] = {}
    for rule in rules:
        for cause in rule(context):
            found.setdefault(cause.knob, cause)
    return tuple(_followed_by(cause, restart(context, cause)) for cause in found.values())


def _followed_by(cause: Advice, commands: tuple[Command, ...]) -> Advice:
    return cause if cause.remedy is None else replace(cause, remedy=replace(cause.remedy, commands=commands))


def _learning(lane: LaneSpec) -> LaneSpec:
    """A lane with only the settings on which training depends."""
    return LaneSpec(objective=lane.objective, net=lane.net, optimizer=lane.optimizer)


def _changed_since(context: RuleContext) -> Advice:
    """The present settings have not failed yet and are no cause."""
    return context.note("optimizer", "That was with other settings. Start it again to try those that are set now.")


def _restart(context: RuleContext, cause: Advice) -> tuple[Command, ...]:  # noqa: ARG001
    return (RestartLane(context.lane.slot),)


def _release(context: RuleContext, cause: Advice) -> tuple[Command, ...]:
    """Release the particles again, and restart the training where learning was the cause."""
    learns = cause.knob.split(".", maxsplit=1)[0] in ("optimizer", "objective", "net")
    return (ReleaseParticles(), *(_restart(context, cause) if learns else ()))


# -- causes that are guesses ----------------------------------------------------------------------------------------


def weak_energy_penalty(context: RuleContext) -> Findings:
    """Chains that sample an energy without a bound."""
    penalty = context.lane.objective.energy_penalty
    if penalty is not None and penalty < MIN_PENALTY:
        yield context.set_knobs("objective.regulariser", f"With α = {penalty:g} nothing holds the energies near "
                                "0: data and samples of the model can part without end.",
                                regulariser=GOOD_PENALTY)  # fmt: skip


def chains_lag_behind(context: RuleContext) -> Findings:
    """Chains that do not follow the data: their steps are too large for the learned energy, or the penalty is small."""
    chains, penalty = context.lane.objective.chains, context.lane.objective.energy_penalty
    if chains is not None and penalty is not None:
        step = min(chains.step_size / 2.5, GOOD_STEP) if chains.step_size > GOOD_STEP else chains.step_size / 2
        yield context.set_knobs("objective.step_size", f"Chain steps of {chains.step_size:g} may be too large where "
                                "the learned energy is steep: then chains jump over the data, whose energy falls "
                                "without end.", step_size=step, regulariser=max(penalty, GOOD_PENALTY))  # fmt: skip


def smaller_learning_rate(context: RuleContext) -> Findings:
    """The remedy for most divergence."""
    rate = context.lane.optimizer.learning_rate
    yield context.set_knobs("optimizer.learning_rate", f"The learning rate {rate:g} may be too large for this loss and "
                            "this network: one bad step throws the weights so far that none leads back.",
                            learning_rate=min(rate / 10, 0.003))  # fmt: skip


def small_batch(context: RuleContext) -> Findings:
    """Losses without a lower bound on a few points."""
    batch = context.lane.optimizer.batch_size
    if context.lane.objective.needs_second_derivatives and batch < MIN_BATCH:
        yield context.set_knobs("optimizer.batch_size", f"On {batch} points a step, Tr ∇s can be driven towards −∞ at "
                                "those points alone: the loss has no lower bound there.",
                                batch_size=4 * MIN_BATCH)  # fmt: skip


def smaller_sampler_step(context: RuleContext) -> Findings:
    """The remedy for most particles that are lost."""
    sampler = context.lane.sampler
    eta = sampler.step_size_at(sampler.sigmas()[-1])
    if eta is not None:
        yield context.set_knobs("sampler.step_size", f"The step {eta:g} may be too large for the learned field, which "
                                "can be steeper than the true one.", step_size=eta / 10)  # fmt: skip


def not_trained_yet(context: RuleContext) -> Findings:
    """A field that has not been learned yet."""
    if context.learned:
        yield context.note("run", "The field that moves them may not be learned yet: release them again later.",
                           "Release again", lambda spec: spec)  # fmt: skip


LEARNING = (
    training_rules.learning_rate_too_large,
    training_rules.quadrature_too_small,
    training_rules.chain_step_too_large,
    weak_energy_penalty,
    smaller_learning_rate,
    small_batch,
)
COLLAPSING = (chains_lag_behind, training_rules.learning_rate_too_large, smaller_learning_rate)
SAMPLING = (
    step_rules.step_too_large,
    step_rules.annealed_step_too_large,
    noise_rules.levels_not_learned,
    training_rules.learning_rate_too_large,
    smaller_sampler_step,
    not_trained_yet,
)
