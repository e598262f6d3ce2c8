"""Networks that learn as one: they learn what each would learn alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from helpers import norm

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import NCSN, ContrastiveDivergence, Denoising, Explicit, Implicit, Sliced
from ncsn_viz.core.samplers import Langevin
from ncsn_viz.core.targets import EightGaussians, Moons
from ncsn_viz.lab import team
from ncsn_viz.lab.engine import Engine
from ncsn_viz.lab.learner import LOOK_EVERY, Learner
from ncsn_viz.lab.spec import LaneSpec, Optimizer, Particles, Spec
from ncsn_viz.lab.team import MOST, Team, likeness

CPU = torch.device("cpu")
SCORE, ENERGY = ScoreMLP(hidden=16, layers=2), EnergyMLP(hidden=16, layers=2)
TRUTH = Moons().build()


def lane(objective=None, net=SCORE, rate=1e-3, batch=32, **changes):
    optimizer = Optimizer(batch_size=batch, learning_rate=rate)
    return LaneSpec(objective=objective or Denoising(), net=net, optimizer=optimizer, **changes)


def learners(count, spec):
    return [Learner(spec, weights=n, noise=10 + n, device=CPU) for n in range(count)]


def weights(learner):
    return torch.cat([w.detach().flatten() for w in (*learner.net.parameters(), *learner.average.parameters())])


def batches(count, step, bad=()):
    drawn = [TRUTH.sample(32, torch.Generator().manual_seed(100 * step + n)) for n in range(count)]
    return [torch.full_like(batch, float("nan")) if n in bad else batch for n, batch in enumerate(drawn)]


@pytest.mark.parametrize("net", [SCORE, ENERGY], ids=["score", "energy"])
@pytest.mark.parametrize("objective", [Denoising(), NCSN(levels=4), Implicit(), Sliced(), Explicit()])
def test_a_team_learns_what_each_would_learn_alone(objective, net):
    spec = lane(objective, net)
    alone, together = learners(3, spec), learners(3, spec)
    made, start = Team(together), weights(together[1])
    for step in range(12):
        given = batches(3, step)
        made.train(given, TRUTH)
        for learner, batch in zip(alone, given, strict=True):
            learner.train(batch, TRUTH)
    for one, other in zip(alone, together, strict=True):
        assert other.step == 12
        assert norm(weights(one) - weights(other)) < 1e-5
        assert float(other.terms.loss) == pytest.approx(float(one.terms.loss), rel=1e-4)
        assert other.terms.parts.keys() == one.terms.parts.keys()
    assert norm(weights(together[1]) - start) > 1e-3
    assert sum(learner.seconds for learner in together) > 0


def test_one_that_diverges_does_not_hold_the_others_back():
    alone, together = learners(3, lane()), learners(3, lane())
    made = Team(together)
    for step, bad in enumerate([(), (), (1,)]):
        given = batches(3, step, bad)
        made.train(given, TRUTH)
        for learner, batch in zip(alone, given, strict=True):
            learner.train(batch, TRUTH)
    assert [learner.diverged for learner in together] == [False, True, False]
    assert likeness(together[1]) is None  # so that the engine leaves it out from now on
    kept, rest = weights(together[1]), Team([together[0], together[2]])
    given = batches(3, 3)
    rest.train([given[0], given[2]], TRUTH)
    for n in (0, 2):
        alone[n].train(given[n], TRUTH)
        assert norm(weights(alone[n]) - weights(together[n])) < 1e-5
    assert torch.equal(weights(together[1]), kept)
    assert [learner.step for learner in together] == [4, 2, 4]


def test_an_alarm_on_the_device_holds_back_the_one_that_raised_it():
    """What CUDA does in place of looking at each loss: here on the CPU, whose optimiser knows the same signal."""
    together = learners(2, lane())
    for learner in together:
        learner._alarm = torch.zeros(())
    made = Team(together)
    for step in range(LOOK_EVERY - 2):
        made.train(batches(2, step), TRUTH)
    kept = [weights(learner) for learner in together]
    made.train(batches(2, 99, bad=(0,)), TRUTH)
    assert not together[0].diverged  # nobody has looked yet
    made.train(batches(2, 100), TRUTH)
    assert [learner.diverged for learner in together] == [True, False]
    network = sum(parameter.numel() for parameter in together[0].net.parameters())
    assert torch.equal(weights(together[0])[:network], kept[0][:network])
    assert norm(weights(together[1]) - kept[1]) > 1e-5


def test_a_learner_goes_on_alone_after_it_was_in_a_team():
    alone, together = learners(2, lane()), learners(2, lane())
    Team(together).train(batches(2, 0), TRUTH)
    for learner, batch in zip(alone, batches(2, 0), strict=True):
        learner.train(batch, TRUTH)
    for made in (alone, together):
        made[1].train(batches(2, 1)[1], TRUTH)
    Team(together[::-1]).train(batches(2, 2)[::-1], TRUTH)
    for learner, batch in zip(alone, batches(2, 2), strict=True):
        learner.train(batch, TRUTH)
    for one, other in zip(alone, together, strict=True):
        assert norm(weights(one) - weights(other)) < 1e-5


def test_who_is_alike():
    one = learners(1, lane())[0]
    assert likeness(one) == likeness(learners(1, lane(rate=0.01, sampler=Langevin()))[0])  # each has its own optimiser
    for other in (lane(Denoising(sigma=0.7)), lane(net=ENERGY), lane(batch=16), lane(Explicit(sigma=0.3))):
        assert likeness(learners(1, other)[0]) not in (None, likeness(one))
    assert likeness(learners(1, lane(ContrastiveDivergence(), ENERGY))[0]) is None
    assert likeness(learners(1, lane(net=ScoreMLP(hidden=128, layers=3), batch=512))[0]) is None  # too dear for a CPU


# -- in the engine --------------------------------------------------------------------------------------------------


def engine(*lanes, **changes):
    made = Engine("cpu", curve_points=64)
    made.apply(Spec(target=Moons(), lanes=lanes, particles=Particles(count=50), **changes))
    return made


def train(made, steps):
    for _ in range(steps):
        made.train()
    return made


def parties(made):
    """How many learn as one, a step's pieces in their order."""
    counts = []
    made.train_some()
    while made.steps.under_way:
        counts.append(len(made.steps._waiting[0].members))
        made.train_some()
    return counts


def test_equal_lanes_and_repeats_form_teams():
    made = train(engine(lane(), lane(Sliced()), lane(sampler=Langevin()), repeats=3), 2)
    assert [len(each.learners) for each in made.steps._teams] == [MOST, 2, 3]
    assert [learner.step for each in made.lanes for learner in each.learners] == [2] * 9
    before = list(made.steps._teams)
    made.apply(replace(made.spec, view=replace(made.spec.view, region=(0.0, 1.0, 0.0, 1.0))))
    train(made, 2)
    assert made.steps._teams == before  # nothing was built anew


TWINS = ScoreMLP(hidden=32, layers=2, activation="relu")  # whose kinks make the most of a rounding


@pytest.mark.parametrize("count", [5, 6])
def test_equal_lanes_stay_equal_however_many_there_are(count):
    """Or five lanes that differ by their samplers alone would show different fields."""
    made = train(engine(*[lane(NCSN(levels=4), TWINS)] * count), 60)
    assert [len(each.learners) for each in made.steps._teams] == [4, count - 4]
    made.train_some()  # the first four
    made.apply(replace(made.spec, lanes=made.spec.lanes[:5]))  # the sixth, if there is one, goes while it waits
    train(made, 5)
    first = weights(made.lanes[0].learner)
    for other in made.lanes[1:]:
        assert other.learner.step == made.lanes[0].learner.step
        assert torch.equal(weights(other.learner), first)


def test_an_engine_with_teams_learns_what_one_without_learns(monkeypatch):
    lanes = (lane(), lane(NCSN(levels=3)), lane(sampler=Langevin()))
    made, other = engine(*lanes, repeats=2), engine(*lanes, repeats=2)
    for each in (made, other):
        each.settle()
        train(each, 45)
        monkeypatch.setattr(team, "DEAR", 0)
    assert made.steps._teams
    assert not other.steps._teams
    for one, two in zip(made.lanes, other.lanes, strict=True):
        for here, there in zip(one.learners, two.learners, strict=True):
            assert norm(weights(here) - weights(there)) < 1e-4
            assert [step for step, _ in here.history.rows] == [step for step, _ in there.history.rows] == [20, 40]
            assert here.history.last("fisher") == pytest.approx(there.history.last("fisher"), rel=1e-3)


def test_another_spec_in_the_middle_of_a_step():
    made = train(engine(lane(), lane(), lane(NCSN(levels=3)), lane(NCSN(levels=3))), 3)
    made.train_some()  # the first two as one
    assert len(made.steps._waiting[0].members) == 2
    lanes = (*made.spec.lanes[:2], replace(made.spec.lanes[2], objective=NCSN(levels=5)), made.spec.lanes[3])
    made.apply(replace(made.spec, lanes=lanes))
    assert [len(party.members) for party in made.steps._waiting] == [1, 1]
    made.apply(replace(made.spec, lanes=(*lanes[:2], lanes[3]), target=EightGaussians()))
    train(made, 2)
    assert [each.learner.step for each in made.lanes] == [5, 5, 5]
    assert [len(each.learners) for each in made.steps._teams if len(each.learners) > 1] == [2]


def test_a_removed_lane_leaves_its_team_at_once():
    made = train(engine(lane(), lane(), lane()), 2)
    made.apply(replace(made.spec, lanes=made.spec.lanes[1:], run=replace(made.spec.run, training=False)))
    assert made.steps._teams == []
    made.apply(replace(made.spec, run=replace(made.spec.run, training=True)))
    train(made, 1)
    assert [len(each.learners) for each in made.steps._teams] == [2]


def test_a_watched_step_is_taken_by_each_alone():
    made = train(engine(lane(), lane()), 2)
    made.apply(replace(made.spec, run=replace(made.spec.run, slow="A", slow_steps=1)))
    assert parties(made) == [1]
    assert made.lanes[0].slow.training.step == 3
    made.apply(replace(made.spec, run=replace(made.spec.run, slow="")))
    train(made, 1)
    assert [each.learner.step for each in made.lanes] == [4, 4]
    assert [len(each.learners) for each in made.steps._teams] == [2]
    assert norm(weights(made.lanes[0].learner) - weights(made.lanes[1].learner)) < 1e-5  # twins


def test_a_diverged_repeat_is_left_out():
    made = train(engine(lane(), repeats=3), 2)
    with torch.no_grad():
        next(made.lanes[0].learners[1].net.parameters()).fill_(float("nan"))
    train(made, 3)
    assert [learner.step for learner in made.lanes[0].learners] == [5, 2, 5]
    assert [len(each.learners) for each in made.steps._teams] == [2]


@pytest.mark.cuda
def test_cuda_records_eight_as_one():
    made = Engine("cuda")
    made.apply(Spec(target=Moons(), lanes=(lane(NCSN(levels=4)),), particles=Particles(count=50), repeats=8))
    made.settle()
    first = [learner.yardstick.fisher_data(learner.learned) for learner in made.lanes[0].learners]
    train(made, 600)
    assert made.steps.captured.recorded, made.steps.captured.reason
    assert [len(each.learners) for each in made.steps._teams] == [8]
    for learner, before in zip(made.lanes[0].learners, first, strict=True):
        assert learner.step == 600
        assert learner.yardstick.fisher_data(learner.learned) < 0.7 * before
    assert norm(weights(made.lanes[0].learners[0]) - weights(made.lanes[0].learners[7])) > 1e-2
