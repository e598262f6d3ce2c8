"""Every objective with every sampler that the menus allow keeps its particles, or is advised before it runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from ncsn_viz.core.nets import EnergyMLP
from ncsn_viz.core.objectives import NCSN, OBJECTIVES, ContrastiveDivergence, Denoising, Sliced
from ncsn_viz.core.samplers import HMC, SAMPLERS
from ncsn_viz.core.targets import TARGETS, Moons, Painted, Spiral, TwoModes
from ncsn_viz.lab.advice import LOST, advice
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Particles, Spec, with_sampler_kind
from ncsn_viz.lab.experiment.companions import unfit
from ncsn_viz.lab.sampling.particle_system import ParticleSystem

PRESETS = tuple(kind for kind in TARGETS if kind is not Painted)
STEPS = 200  # of training: fields that are half learned are the steepest ones far from the data
FEW = Particles(count=200)


def chosen(objective, preset, sampler, net=None):
    """The Spec after an objective and a sampler have been chosen in the menus, or None where that is refused."""
    lane = LaneSpec(objective=objective(), **({} if net is None else {"net": net}))
    lane = with_sampler_kind(lane, sampler)
    if sampler.needs_energy and not lane.net.gives_energy:
        return None  # as Experiment does
    return Spec(target=preset(), lanes=(lane,), particles=FEW)


def nets(objective):
    """Those that the menus allow: the one that is brought, and an energy network."""
    return (None, EnergyMLP()) if not objective.needs_energy else (None,)


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda kind: kind.kind)
def test_what_does_not_fit_is_advised_before_it_runs(objective):
    for preset in PRESETS:
        for sampler in SAMPLERS:
            for net in nets(objective):
                spec = chosen(objective, preset, sampler, net)
                if spec is not None and unfit(spec.lanes[0].sampler, spec.lanes[0]):
                    assert any(found.knob.startswith("sampler") for found in advice(spec)), (preset, sampler)


def trained(spec, steps):
    """The truth, and the field of a lane after some steps of training."""
    engine = Engine("cpu", curve_points=16)
    engine.apply(spec)
    for _ in range(steps):
        engine.train()
    return engine.truth, engine.lanes[0].trainer.learned_field


def lost(spec, truth, field):
    """The share of the particles that has flown off at the end of a run."""
    sampler = spec.lanes[0].sampler
    if isinstance(sampler, HMC):
        sampler = replace(sampler, steps=100)  # of nine evaluations each
    particles = ParticleSystem(1, 2, torch.device("cpu"))
    particles.release(FEW, sampler, truth)
    while not particles.finished(sampler):
        particles.step(sampler, field)
    return particles.lost


def check(objective, preset, samplers, net=None, steps=STEPS):
    """Train once, and run the samplers that fit; how many there were."""
    specs = [chosen(objective, preset, sampler, net) for sampler in samplers]
    specs = [spec for spec in specs if spec is not None and not unfit(spec.lanes[0].sampler, spec.lanes[0])]
    truth, field = trained(specs[0], steps)
    for spec in specs:
        assert lost(spec, truth, field) <= LOST, spec.lanes[0].sampler
    return len(specs)


@pytest.mark.parametrize(("objective", "preset"), [(Denoising, Spiral), (Sliced, Moons)])
def test_particles_stay_on_a_sample_of_the_product(objective, preset):
    kinds = {"langevin", "gradient_flow", "underdamped_langevin"}
    assert check(objective, preset, [kind for kind in SAMPLERS if kind.kind in kinds], steps=60) == 3


def test_particles_stay_on_a_ladder():
    kinds = {"annealed_langevin", "reverse_sde", "probability_flow"}
    assert check(NCSN, TwoModes, [kind for kind in SAMPLERS if kind.kind in kinds], steps=60) == 3


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("preset", PRESETS, ids=lambda kind: kind.kind)
@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda kind: kind.kind)
def test_particles_stay_on_the_whole_product(objective, preset):
    assert check(objective, preset, SAMPLERS) >= 3
    if not objective.needs_energy:
        metropolis = [kind for kind in SAMPLERS if kind.needs_energy]
        assert check(objective, preset, metropolis, EnergyMLP()) == len(metropolis)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("preset", PRESETS, ids=lambda kind: kind.kind)
def test_contrastive_divergence_does_not_collapse(preset, seed):
    spec = Spec(target=preset(), seed=seed, lanes=(LaneSpec(objective=ContrastiveDivergence()),), particles=FEW)
    engine = Engine("cpu", curve_points=16)
    engine.apply(spec)
    for _ in range(2000):
        engine.train()
    assert engine.lanes[0].trainer.failure == ""
