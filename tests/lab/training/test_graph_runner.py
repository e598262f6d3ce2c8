"""Training steps as one graph: the logic on any device, with a recorder that replays on the same memory."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import torch
from engines import PAUSE, complete
from tape import Tape, on_device

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import NCSN, OBJECTIVES, ContrastiveDivergence, Denoising, Implicit, Sliced
from ncsn_viz.core.targets import EightGaussians, Moons
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Spec
from ncsn_viz.lab.experiment.commands import TrainStep
from ncsn_viz.lab.training.ema import EMA
from ncsn_viz.lab.training.graph_runner import BURST, WARM, GraphKey, GraphRunner
from ncsn_viz.lab.training.trainer import LARGEST, LOOK_EVERY, Trainer

SMALL = ScoreMLP(hidden=16, layers=2)


def refuse(step, generators):
    raise RuntimeError("operation would wait for a value\nwith details below")


def key(*settings, objects=()):
    return GraphKey(objects, settings)


def test_the_first_steps_are_executed_eagerly_and_the_others_replayed():
    tape, taken = Tape(), torch.zeros(())
    steps = GraphRunner(tape)
    for number in range(WARM + 4):
        steps.run(lambda: taken.add_(1), key("a"), [])
        assert steps.recorded == (number >= WARM)
        assert float(taken) == number + 1
    assert (tape.recordings, tape.replays) == (1, 4)


def test_other_settings_or_other_objects_are_recorded_again():
    tape, one, twin = Tape(), [1], [1]
    steps = GraphRunner(tape)
    for each in (key("a", objects=(one,)), key("b", objects=(one,)), key("b", objects=(twin,))):
        for _ in range(WARM + 1):
            steps.run(lambda: None, each, [])
        assert steps.recorded
    assert tape.recordings == 3


def test_what_cannot_be_recorded_stays_eager_and_says_why():
    taken = []
    steps = GraphRunner(refuse)
    for _ in range(WARM + 3):
        steps.run(lambda: taken.append(1), key(), [])
    assert len(taken) == WARM + 3
    assert not steps.recorded
    assert steps.reason == "operation would wait for a value"
    steps.run(lambda: taken.append(1), key("new"), [])
    assert steps.reason == ""  # it is tried again


def test_the_host_waits_for_the_device_once_a_burst():
    waits = []
    steps = GraphRunner(Tape(), lambda: waits.append(1))
    for _ in range(3 * BURST):
        steps.run(lambda: None, key(), [])
    assert len(waits) == 3


def lane(objective, net=SMALL, **optimizer):
    return LaneSpec(objective=objective, net=net, optimizer=Optimizer(batch_size=32, **optimizer))


POOLED = lane(ContrastiveDivergence(chain=2), EnergyMLP(hidden=16, layers=2))


def experiment(**changes):
    lanes = (lane(NCSN(levels=4)), lane(Denoising()), lane(Implicit()))
    return replace(Spec(target=Moons(), lanes=lanes, particles=Particles(count=50)), **changes)


def pair(spec, tape):
    """The same experiment twice: one network after the other, and all of them in one recorded step."""
    plain, whole = Engine("cpu"), Engine("cpu")
    whole.training.graph_runner = GraphRunner(tape)
    tape.objects = lambda: [whole.training.batches.generators, *(lane.trainers for lane in whole.lanes)]
    for made in (plain, whole):
        take(made, spec)
    return plain, whole


def take(made, spec):
    """Apply `spec`; what a trainer on CUDA keeps on the device is in tensors here too, so that nothing waits for it."""
    made.apply(spec)
    for each in (each for lane in made.lanes for each in lane.trainers):
        on_device(each)


def weights(made):
    return [torch.cat([p.detach().flatten() for p in lane.trainer.average.parameters()]) for lane in made.lanes]


@pytest.mark.parametrize("repeats", [1, 2])
def test_a_step_of_all_networks_is_the_same_as_one_after_the_other(repeats):
    tape = Tape()
    spec = experiment(repeats=repeats)
    plain, whole = pair(spec, tape)
    for _ in range(WARM + 10):
        plain.train()
        whole.train()
    assert tape.replays == 10
    assert len(tape.generators) == repeats + 3 * repeats  # of the data, and of every network's noise
    for one, other in zip(weights(plain), weights(whole), strict=True):
        assert torch.equal(one, other)
    assert [lane.trainer.step for lane in whole.lanes] == [WARM + 10] * 3


def test_a_hot_knob_and_another_target_are_recorded_again():
    tape = Tape()
    spec = experiment()
    _, whole = pair(spec, tape)
    for change in (
        {},
        {"lanes": (spec.lanes[0], lane(Denoising(sigma=1.0)), spec.lanes[2])},
        {"target": EightGaussians()},
    ):
        spec = replace(spec, **change)
        take(whole, spec)
        for _ in range(WARM + 2):
            whole.train()
    assert tape.recordings == 3
    assert [lane.trainer.step for lane in whole.lanes] == [3 * (WARM + 2)] * 3


def test_histories_are_recorded_between_the_steps():
    tape = Tape()
    plain, whole = pair(experiment(), tape)
    for made in (plain, whole):
        complete(made.prepare())
        for _ in range(45):
            made.train()
    for one, other in zip(plain.lanes, whole.lanes, strict=True):
        assert [step for step, _ in other.trainer.history.rows] == [20, 40]
        assert one.trainer.history.rows == other.trainer.history.rows


@pytest.mark.parametrize("recorded", [True, False])
def test_a_single_step_while_paused_is_taken_also_where_records_come_first(recorded):
    """The request is used up by the step, not by the records of the history that are due before it."""
    _, whole = pair(experiment(), Tape())
    if not recorded:
        whole.training.graph_runner = None
    complete(whole.prepare())
    for _ in range(20):
        whole.train()
    whole.apply(replace(whole.spec, playback=PAUSE), (TrainStep(),))
    pieces = 0
    while whole.trains:
        next(whole.training_pieces(), None)  # given up after each piece, as by an edit
        pieces += 1
    assert [lane.trainer.step for lane in whole.lanes] == [21] * 3
    assert pieces > 3  # of which three are records on the device, and the last ones before it
    assert all(lane.trainer.history.rows[-1][0] == 20 for lane in whole.lanes)


def test_a_diverged_lane_is_left_out_and_the_others_continue():
    tape = Tape()
    _, whole = pair(experiment(lanes=(lane(Denoising()), lane(Implicit()))), tape)
    for _ in range(WARM + 2):
        whole.train()
    with torch.no_grad():
        next(whole.lanes[1].trainer.net.parameters()).fill_(float("nan"))
    for _ in range(LOOK_EVERY - WARM - 2):
        assert not whole.lanes[1].diverged  # the alarm is read now and then
        whole.train()
    assert whole.lanes[1].diverged
    before = whole.lanes[0].trainer.step
    whole.train()
    assert whole.lanes[0].trainer.step == before + 1
    assert whole.lanes[1].trainer.step < before + 1


def test_the_state_of_an_objective_keeps_its_memory():
    """A persistent pool is written where a recording will read it."""
    plain, whole = pair(experiment(lanes=(POOLED,)), Tape())
    whole.train()
    pooled = whole.lanes[0].trainer
    address, pool = pooled.objective_state.data_ptr(), pooled.objective_state.clone()
    for _ in range(WARM + 3):
        whole.train()
    assert pooled.objective_state.data_ptr() == address
    assert float((pooled.objective_state - pool).abs().max()) > 1e-3
    for _ in range(WARM + 4):
        plain.train()
    assert torch.equal(plain.lanes[0].trainer.objective_state, pooled.objective_state)


def fresh(owner, name):
    """Replace a tensor by an equal one: an entry of a list, or an attribute."""
    if isinstance(owner, list):
        owner[name] = owner[name].clone()
    else:
        setattr(owner, name, getattr(owner, name).detach().clone())


def last_weight(net):
    return list(net.parameters())[-1]


REPLACED = {
    "net": lambda made: fresh(last_weight(made.net), "data"),
    "average": lambda made: fresh(last_weight(made.average), "data"),
    "optimizer.parameters": lambda made: fresh(made.optimizer.parameters, -1),
    "optimizer.means": lambda made: fresh(made.optimizer.means, 0),
    "optimizer.squares": lambda made: fresh(made.optimizer.squares, 0),
    "optimizer.steps": lambda made: fresh(made.optimizer.steps, 0),
    "_ema._steps": lambda made: fresh(made._ema, "_steps"),
    "_alarm": lambda made: fresh(made, "_alarm"),
    "objective_state": lambda made: fresh(made, "objective_state"),
    "terms.loss": lambda made: setattr(made, "terms", replace(made.terms, loss=made.terms.loss.clone())),
    "generator": lambda made: setattr(made, "generator", made.generator.clone_state()),
}


@pytest.mark.parametrize("name", REPLACED)
def test_what_a_recording_holds_must_not_be_replaced(name):
    """Of the stand-in itself: a device graph would go on with the old memory without an error."""
    tape = Tape()
    _, whole = pair(experiment(lanes=(POOLED,)), tape)
    for _ in range(WARM + 2):
        whole.train()
    assert (tape.recordings, tape.replays) == (1, 2)
    pooled = whole.lanes[0].trainer
    REPLACED[name](pooled)
    whole.train()
    assert re.search(rf"replaced: .*{name}", whole.training.note)


def test_a_state_that_is_replaced_in_the_step_is_an_error(monkeypatch):
    def keep(self, terms):
        self.objective_state = terms.state
        self.terms = terms

    monkeypatch.setattr(Trainer, "_keep", keep)
    _, whole = pair(experiment(lanes=(POOLED,)), Tape())
    for _ in range(WARM):
        whole.train()
    whole.train()
    assert re.search(r"replaced: .*objective_state", whole.training.note)


def test_a_step_that_waits_for_a_value_is_not_recorded():
    tape = Tape()
    steps = GraphRunner(tape)
    for _ in range(WARM + 2):
        steps.run(lambda: float(torch.ones(())), key(), [])
    assert (tape.recordings, steps.recorded) == (0, False)
    assert "waits for a value" in steps.reason


def test_a_recording_is_replayed_without_python():
    """Recording does not execute the step, and a replay does not read Python's variables again."""
    total, share = torch.zeros(()), [1.0]
    replay = Tape()(lambda: total.add_(share[0]), [])
    assert float(total) == 0
    share[0] = 100.0
    replay()
    replay()
    assert float(total) == 2


def trainer(**optimizer):
    return Trainer(lane(Denoising(), **optimizer), 0, 0, torch.device("cpu"))


def test_an_alarm_on_the_device_holds_the_optimiser_back():
    """What CUDA does instead of reading each loss: here on the CPU, whose optimiser takes the same signal."""
    made, truth = trainer(), Moons().build()
    made._alarm = torch.zeros(())
    batch = truth.sample(32, torch.Generator().manual_seed(0))
    for _ in range(LOOK_EVERY - 2):
        made.train(batch, truth)
    kept = [parameter.detach().clone() for parameter in made.net.parameters()]
    bad = batch.clone()
    bad[3] = float("inf")
    made.train(bad, truth)
    assert not made.diverged  # the alarm has not been read yet
    made.train(batch, truth)
    assert made.diverged
    assert "no longer a number" in made.status.message or "reached" in made.status.message
    for before, now in zip(kept, made.net.parameters(), strict=True):
        assert torch.equal(before, now)


def test_the_mean_of_the_weights_is_the_same_on_the_device():
    """The number of steps as a tensor against the number itself."""
    weights = [torch.zeros(3, 2), torch.zeros(4)]
    here, there = ([w.clone() for w in weights] for _ in range(2))
    generator = torch.Generator().manual_seed(1)
    plain, on_device = (EMA(weights, means, torch.device("cpu")) for means in (here, there))
    on_device.keep_on_device()
    for step in range(1, 200):
        for weight in weights:
            weight.copy_(torch.randn(weight.shape, generator=generator))
        plain.update(step, 0.9)
        on_device.update(step, 0.9)
    for one, other in zip(here, there, strict=True):
        assert float((one - other).abs().max()) < 1e-6
        assert float(one.abs().max()) > 0.05


def test_the_network_is_evaluated_at_many_points_in_blocks():
    made = trainer().learned_field
    x = torch.randn(LARGEST + 5, 2, generator=torch.Generator().manual_seed(2))
    found = made.score(x, 0.3)
    assert found.shape == x.shape
    assert float((found[-9:] - made.score(x[-9:], 0.3)).abs().max()) < 1e-5


@pytest.mark.cuda
def test_cuda_records_eight_seeds_as_branches():
    made = Engine("cuda")
    made.apply(experiment(lanes=(lane(NCSN(levels=4)),), repeats=8))
    complete(made.prepare())
    trainers = made.lanes[0].trainers
    first = [trainer.evaluation_set.own.on_data(trainer.learned_field).mean for trainer in trainers]
    for _ in range(600):
        made.train()
    assert made.training.graph_runner.recorded, made.training.graph_runner.reason
    assert [trainer.step for trainer in trainers] == [600] * 8
    last = [trainer.evaluation_set.own.on_data(trainer.learned_field).mean for trainer in trainers]
    shares = sorted(after / before for before, after in zip(first, last, strict=True))
    assert shares[4] < 0.7  # on the CPU they are .35 to .92, with a median of .45
    assert shares[-1] < 1


@pytest.mark.cuda
@pytest.mark.parametrize(
    "objective", [NCSN(levels=4), NCSN(levels=4, distribution="log_uniform"), Denoising(), Implicit()]
)
def test_cuda_records_and_learns(objective):
    made = Engine("cuda")
    made.apply(experiment(lanes=(lane(objective), lane(Denoising(sigma=0.5)))))
    complete(made.prepare())
    first = made.lanes[0].trainer.evaluation_set.own.on_data(made.lanes[0].trainer.learned_field).mean
    for _ in range(600):
        made.train()
    assert made.training.graph_runner.recorded, made.training.graph_runner.reason
    assert made.training.graph_runner.reason == ""
    last = made.lanes[0].trainer.evaluation_set.own.on_data(made.lanes[0].trainer.learned_field).mean
    assert last < 0.7 * first


VARIANTS = [NCSN(levels=4, distribution="log_uniform"), Sliced(variance_reduced=False), Denoising(antithetic=False)]


@pytest.mark.cuda
@pytest.mark.parametrize("objective", [*(kind() for kind in OBJECTIVES), *VARIANTS], ids=lambda each: each.kind)
def test_cuda_gives_the_same_recorded_and_step_by_step(objective):
    """Two lanes of two seeds: the same random numbers, so that the weights agree to rounding."""
    net = EnergyMLP(hidden=32, layers=2) if objective.needs_energy else SMALL
    plain, whole = Engine("cuda"), Engine("cuda")
    plain.training.graph_runner = None
    for made in (plain, whole):
        made.apply(experiment(lanes=(lane(objective, net), lane(Denoising(sigma=0.5))), repeats=2))
        start = weights(made)
        for _ in range(WARM + 40):
            made.train()
    assert whole.training.graph_runner.recorded, whole.training.graph_runner.reason
    for one, other, begin in zip(weights(plain), weights(whole), start, strict=True):
        moved = float((one - begin).norm())
        assert moved > 0.01
        assert float((one - other).norm()) < 1e-3 * moved
