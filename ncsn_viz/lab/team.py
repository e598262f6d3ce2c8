"""Networks that learn as one: their weights lie side by side, so that one pass through the layers serves all."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from time import perf_counter

from ncsn_viz.core.field import Density
from ncsn_viz.core.lazy import torch
from ncsn_viz.core.objectives import ScoreMatching, Terms
from ncsn_viz.lab.capture import Branches
from ncsn_viz.lab.learner import Learner

MOST = 4  # networks that learn as one on a CPU: a step of all of them keeps a picture waiting
DEAR = 4.5e6  # products in one network's step above which a CPU gains nothing: they, and not the calls, take the time


class Team:
    """Learners that are alike (see `likeness`). Each keeps its noise, its optimiser, its running mean, its history."""

    def __init__(self, learners: Sequence[Learner]) -> None:
        from ncsn_viz.core.nets.modules import stacked

        self.learners = list(learners)
        self._net, self._weights = stacked([learner.net for learner in learners])
        self._branches = Branches(learners[0].device)

    def train(self, batches: list[torch.Tensor], truth: Density) -> None:
        """One training step of each, on points (n, 2) of its own."""
        begin = perf_counter()
        for learner in self.compute(batches, truth):
            learner.note()
        spent = (perf_counter() - begin) / len(self.learners)
        for learner in self.learners:
            learner.seconds += spent

    def compute(self, batches: list[torch.Tensor], truth: Density) -> list[Learner]:
        """The work of a step on the device; which learners have done it, as far as that is known here.

        One that diverges does not hold the others back: none of their weights depends on its loss.
        """
        objective = self.learners[0].spec.objective
        assert isinstance(objective, ScoreMatching)
        for weight in self._weights:
            weight.grad = None
        generators = [learner.generator for learner in self.learners]
        terms = objective.loss(self._net, torch.stack(batches), truth, generators)
        terms.loss.sum().backward()  # type: ignore[no-untyped-call]
        done: list[Learner] = []
        self._branches.run([partial(self._follow, place, terms, done) for place in range(len(self.learners))])
        return done

    def _follow(self, place: int, terms: Terms, done: list[Learner]) -> None:
        learner, mine = self.learners[place], terms.of(place)
        if not learner.judge(mine.loss.detach()):
            return
        for parameter, weight in zip(learner.net.parameters(), self._weights, strict=True):
            parameter.grad = None if weight.grad is None else weight.grad[place]
        learner.follow(mine)
        done.append(learner)


def likeness(learner: Learner) -> Hashable | None:
    """What learners must have in common to learn as one; None for one that learns alone."""
    spec, points = learner.spec, learner.spec.optimizer.batch_size
    if learner.diverged or not isinstance(spec.objective, ScoreMatching):
        return None
    dear = learner.device.type == "cpu" and points * learner.size > DEAR
    return None if dear else (spec.net, spec.objective, points)
