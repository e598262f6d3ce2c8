"""Commands: values that are requested once. A command without an example and an expectation fails."""

from __future__ import annotations

import itertools
import pickle
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from ncsn_viz.core.knobs import knobs
from ncsn_viz.lab.experiment import Experiment, Playback, Spec, View, commands
from ncsn_viz.lab.experiment.commands import (
    Command,
    DropParticles,
    HoldNoiseLevel,
    HoldParticle,
    LetGo,
    MoveParticle,
    RecordStep,
    ReleaseParticles,
    RestartLane,
    RestartTraining,
    RunRace,
    SampleStep,
    ShowTime,
    TrainStep,
)

EXAMPLES = (  # two different ones of each kind that has fields
    TrainStep(),
    SampleStep(),
    RestartTraining(),
    RestartLane(0),
    RestartLane(1),
    ReleaseParticles(),
    DropParticles((1.0, 2.0), 10, 0.5),
    DropParticles((1.0, 2.0), 20, 0.5),
    HoldParticle(0, (1.0, 2.0), (3.0, 4.0)),
    HoldParticle(1, (1.0, 2.0), (3.0, 4.0)),
    MoveParticle((1.0, 2.0)),
    MoveParticle((3.0, 4.0)),
    HoldNoiseLevel(1.0),
    HoldNoiseLevel(2.0),
    HoldNoiseLevel(1.0, slot=1),
    HoldNoiseLevel(2.0, slot=1),
    RunRace(0, ("heun",)),
    RunRace(1, ("heun", "ddim")),
    ShowTime(0.5),
    ShowTime(0.5, forward=True),
    LetGo(),
    RecordStep(1),
    RecordStep(2),
)
SUPERSEDED = {  # what a command makes pointless that is next to it: all else is carried out
    MoveParticle: lambda new, earlier: True,
    HoldNoiseLevel: lambda new, earlier: new.slot == earlier.slot,
    RunRace: lambda new, earlier: new.slot == earlier.slot,
    ShowTime: lambda new, earlier: True,
}


def test_every_command_has_an_example():
    assert {type(each) for each in EXAMPLES} == set(Command.__subclasses__())


@pytest.mark.parametrize("command", EXAMPLES, ids=str)
def test_commands_are_frozen_values(command):
    assert pickle.loads(pickle.dumps(command)) == command
    assert hash(replace(command)) == hash(command)
    assert [each for each in EXAMPLES if each == command] == [command]
    for item in fields(command):
        with pytest.raises(FrozenInstanceError):
            setattr(command, item.name, None)


def test_what_makes_an_earlier_command_pointless():
    """Only the next position of a drag: a step, a drop or a restart is carried out as often as it was requested."""
    for new, earlier in itertools.product(EXAMPLES, repeat=2):
        wanted = type(new) is type(earlier) and SUPERSEDED.get(type(new), lambda *_: False)(new, earlier)
        assert new.supersedes(earlier) == wanted, (new, earlier)


def test_commands_are_in_no_spec():
    """Neither in files nor in undo: a Spec holds nothing that is requested once."""
    names = {item.name for each in EXAMPLES for item in fields(each)} - {"slot"}
    for cls in (Experiment, Spec, Playback, View):
        assert not names & set(knobs(cls))


def test_points_reach_as_far_as_a_view():
    (item,) = [item for name, item in knobs(View).items() if name == "region"]
    assert commands.FAR == item.high == -item.low
