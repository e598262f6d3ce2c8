"""A small experiment and an engine that runs it, for the tests of all that an engine does."""

from __future__ import annotations

from dataclasses import replace

import torch

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import Denoising, Sliced
from ncsn_viz.core.samplers import Langevin
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Playback, Spec, View, restarted

NET = ScoreMLP(hidden=16, layers=2)
LANGEVIN = Langevin(step_size=0.02, steps=50)
DENOISING = LaneSpec(name="one", objective=Denoising(), net=NET, optimizer=Optimizer(batch_size=64), sampler=LANGEVIN)
SLICED = replace(DENOISING, name="two", objective=Sliced())
SPEC = Spec(
    lanes=(DENOISING, SLICED),
    particles=Particles(count=40, speed=3),
    view=View(pixels=32, layers=("density", "particles")),
)
PAUSE = Playback(training=False, sampling=False)


def engine(spec=SPEC, steps=0, frames=0):
    """An engine that runs `spec`, after some training steps and frames of particles."""
    made = Engine("cpu", curve_points=64)
    made.apply(spec)
    go(made, steps, frames)
    return made


def go(made, steps=0, frames=0):
    """Training steps, then frames of particles."""
    for _ in range(steps):
        made.train()
    for _ in range(frames):
        made.advance()


def complete(work):
    """Run all of a generator; how many pieces it had."""
    return 1 + sum(1 for _ in work)


def evaluate(made, *indices):
    """Evaluate the fields of these lanes, or of all, at once."""
    for index in indices or range(len(made.lanes)):
        made.evaluate_now(index)


def measure(made, *indices):
    """Compute the live metrics of these lanes, or of all."""
    for index in indices or range(len(made.lanes)):
        complete(made.measure(index))


def fields(made):
    """What is drawn of the field of each lane."""
    return [each.field_cache.present and each.field_cache.present.drawn for each in made.lanes]


def weights(made, index=0, replica=0):
    """All weights of a network as one vector."""
    net = made.lanes[index].trainers[replica].net
    return torch.cat([parameter.detach().flatten() for parameter in net.parameters()])


def particles(made, index=0):
    """The positions (n, 2) of a lane's particles."""
    return made.lanes[index].particles.state.x


def change(made, **changes):
    """Apply a Spec with these changes."""
    made.apply(replace(made.spec, **changes))


def change_lane(made, index, **changes):
    """Apply a Spec with changes of one lane."""
    lanes = list(made.spec.lanes)
    lanes[index] = replace(lanes[index], **changes)
    made.apply(replace(made.spec, lanes=tuple(lanes)))


def play(made, **changes):
    """Start or pause training or particles."""
    change(made, playback=replace(made.spec.playback, **changes))


def restart(made, *slots):
    """Start the lanes in these slots again, or all of them."""
    made.apply(restarted(made.user_spec, slots or None))
