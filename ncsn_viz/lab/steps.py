"""The training steps of all lanes together, a piece at a time; where the device records them, whole."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from time import perf_counter
from typing import NamedTuple

from ncsn_viz.core.field import Density
from ncsn_viz.core.lazy import torch
from ncsn_viz.lab import capture, team
from ncsn_viz.lab.batches import Batches
from ncsn_viz.lab.capture import Baked, Captured
from ncsn_viz.lab.lane import Lane
from ncsn_viz.lab.learner import Learner
from ncsn_viz.lab.spec import Spec
from ncsn_viz.lab.team import Team
from ncsn_viz.lab.watch import Watch


class Member(NamedTuple):
    """One of a lane's repeats."""

    lane: Lane
    copy: int

    @property
    def learner(self) -> Learner:
        """Its network and all that belongs to that."""
        return self.lane.learners[self.copy]


class Party(NamedTuple):
    """Those who take a step as one; or one alone, where it is not done `together`.

    A network alone multiplies in another order. So one that is left over of many that are alike does as the others do:
    equal lanes stay equal.
    """

    members: list[Member]
    together: bool

    @property
    def learners(self) -> list[Learner]:
        """Of the members, in their order."""
        return [member.learner for member in self.members]


class Steps:
    """Takes them, on data that all lanes share or not. `begun` counts those that were begun."""

    def __init__(self, device: torch.device, watch: Watch) -> None:
        self.batches = Batches(device)
        self.watch = watch
        self.begun = 0
        self.captured = capture.for_device(device)
        self._most = team.MOST if device.type == "cpu" else None
        self._branches = capture.Branches(device)
        self._teams: list[Team] = []
        self._waiting: list[Party] = []  # who has not done the present step yet

    @property
    def under_way(self) -> bool:
        """Whether a step was begun that not every lane has done."""
        return bool(self._waiting)

    @property
    def pace(self) -> str:
        """How steps are taken on this device, where there is something to tell."""
        return self.captured.note if self.captured is not None else ""

    def adopt(self, spec: Spec, anew: bool) -> None:
        """Serve `spec`, with all data `anew` or going on."""
        self.batches.adopt(spec, anew)
        if anew:
            self._waiting = []

    def keep(self, lanes: Sequence[Lane], repeats: int) -> None:
        """Go on with these lanes, whose settings may be others now, and so many repeats of each."""
        waiting, self._waiting = self._waiting, []
        for party in waiting:
            left = [each for each in party.members if each.lane in lanes and each.copy < repeats]
            self._waiting += self._parties(left, party.together)
        there = {member.learner for member in _members(lanes)}
        self._teams = [each for each in self._teams if there.issuperset(each.learners)]

    def take_some(self, lanes: Sequence[Lane], truth: Density) -> bool:
        """The next piece of a step: that of one network, or of some as one; or a measuring. Whether it is complete."""
        if self.captured is not None and not self.watch.asked and not self._waiting:
            return self._take_whole(self.captured, lanes, truth)
        if not self._waiting:
            self._begin()
            self._waiting = self._parties(_members(lanes))
            self.watch.begin()
        party = self._waiting[0]
        if _measured(party.members):
            return False
        batches = self._batches(party, truth)
        if party.together:
            self._team(party).train(batches, truth)
        else:
            (member,) = party.members
            self.watch.train(member.lane, member.learner, batches[0], truth)
        del self._waiting[0]
        return not self._waiting

    def _begin(self) -> None:
        self.begun += 1
        self.batches.next()

    def _batches(self, party: Party, truth: Density) -> list[torch.Tensor]:
        return [self.batches.of(member.lane.spec, member.copy, truth) for member in party.members]

    def _parties(self, members: Sequence[Member], together: bool = False) -> list[Party]:
        """Who learns as one, in the order of the lanes; each alone where a step is watched.

        `together` says of members that all of them were in one party until now.
        """
        groups: dict[Hashable, list[Member]] = {}
        for member in members:
            like = None if self.watch.asked and not together else team.likeness(member.learner)
            groups.setdefault(member if like is None else like, []).append(member)
        parties: list[Party] = []
        for like, group in groups.items():
            most = self._most or len(group)
            as_one = like is not group[0] and (together or len(group) > 1)
            parties += [Party(group[first : first + most], as_one) for first in range(0, len(group), most)]
        return parties

    def _team(self, party: Party) -> Team:
        learners = party.learners
        known = next((each for each in self._teams if each.learners == learners), None)
        if known is None:  # it takes the weights of its learners along
            self._teams = [each for each in self._teams if not {*learners}.intersection(each.learners)]
            known = Team(learners)
            self._teams.append(known)
        return known

    def _take_whole(self, captured: Captured, lanes: Sequence[Lane], truth: Density) -> bool:
        """The next piece where a step of all networks is taken in one: that step, or one network's measuring."""
        running = [member for member in _members(lanes) if not member.learner.diverged]
        if _measured(running):
            return False
        self._begin()
        since = perf_counter()
        learners = [member.learner for member in running]
        parties = self._parties(running)
        teams = [self._team(party) for party in parties if party.together]

        def step() -> None:
            self._branches.run([self._work(party, truth) for party in parties])

        settings = [(each.spec.objective, each.spec.optimizer, each.place) for each in learners]
        fairness = self.batches.spec.fairness
        generators = [*self.batches.generators, *(learner.generator for learner in learners)]
        captured.take(step, Baked((truth, *learners, *teams), (fairness, self.watch.number, *settings)), generators)
        for learner in learners:
            learner.seconds += (perf_counter() - since) / len(learners)
            learner.note()
        return True

    def _work(self, party: Party, truth: Density) -> Callable[[], object]:
        batches = self._batches(party, truth)
        if party.together:
            return partial(self._team(party).compute, batches, truth)
        return partial(party.learners[0].compute, batches[0], truth)


def _members(lanes: Sequence[Lane]) -> list[Member]:
    return [Member(lane, copy) for lane in lanes for copy in range(len(lane.learners))]


def _measured(members: Sequence[Member]) -> bool:
    """Let one of them be held against its yardstick; whether there was one for which it is time."""
    due = next((member.learner for member in members if member.learner.record_due), None)
    if due is not None:
        due.record()
    return due is not None
