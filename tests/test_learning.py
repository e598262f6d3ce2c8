"""Every objective learns what it should, on the network and the number of steps of the README's experiment."""

from __future__ import annotations

import pytest
import torch

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import (
    NCSN,
    Denoising,
    Explicit,
    Implicit,
    MaximumLikelihood,
    NoiseContrastive,
    Sliced,
)
from ncsn_viz.core.samplers import AnnealedLangevin
from ncsn_viz.core.targets import TwoModes
from ncsn_viz.lab import headless
from ncsn_viz.lab.spec import LaneSpec, Optimizer, Particles, Spec

LEARNERS = {
    "explicit": Explicit(),
    "implicit": Implicit(),
    "sliced": Sliced(),
    "denoising": Denoising(sigma=0.1),
    "ncsn": NCSN(sigma_max=10, sigma_min=0.1, levels=10),
    "maximum_likelihood": MaximumLikelihood(),
    "noise_contrastive": NoiseContrastive(),
}


def learn(name, seed, steps=10_000):
    """The summary of a lane that has trained `steps` steps with the example's network and optimiser."""
    objective = LEARNERS[name]
    net = (EnergyMLP if objective.needs_energy else ScoreMLP)(hidden=128, layers=2, activation="softplus")
    sampler = AnnealedLangevin(step_size=0.001, sigma_max=10, sigma_min=0.1, levels=10, steps_per_level=100)
    lane = LaneSpec(
        name=name,
        objective=objective,
        net=net,
        optimizer=Optimizer(learning_rate=0.001, batch_size=128),
        sampler=sampler,
    )
    run = headless.start(
        Spec(seed=seed, target=TwoModes(), lanes=(lane,), particles=Particles(count=4000)), steps, "cpu"
    )
    torch.set_num_threads(1)
    run.go(lambda *_: None)
    return headless.summary(run)["lanes"][0]


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", LEARNERS)
def test_ten_thousand_steps_on_two_modes_learn_the_score(name):
    found = learn(name, seed=0)
    assert found["status"] == "ok"
    assert found["fisher_data"] <= 0.03
    if name == "ncsn":
        assert abs(found["mode_weights"][1] - 0.8) <= 0.05
    if name == "maximum_likelihood":
        assert found["loss"] - found["loss_floor"] <= 0.02  # nats above the entropy of the target
