"""Ways from noise to data: against the closed form of one Gaussian, and as jobs of an engine."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import NCSN, Denoising
from ncsn_viz.core.samplers import Langevin
from ncsn_viz.core.targets import Mixture
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Particles, Spec, View
from ncsn_viz.lab.experiment.commands import RunRace
from ncsn_viz.lab.sampling.flow_trace import LINES, POINTS, REACH, FlowTrace, mesh_points
from ncsn_viz.lab.snapshot import Translation
from ncsn_viz.lab.worker.frame_scheduler import FrameScheduler

MEAN, STD = (1.0, -2.0), 0.5
GAUSSIAN = Mixture(weights=(1.0,), means=(MEAN,), stds=(STD,))
NET = ScoreMLP(hidden=16, layers=2)


def traced(start=(4.0, 3.0), noise=(5.0, 0.05), seed=3, mesh=None):
    trace = FlowTrace(GAUSSIAN.build(dtype=torch.float64), noise, start, seed, torch.device("cpu"), mesh)
    for _ in trace.compute():
        pass
    return trace.result


def closed_form(start, high, sigma):
    """The flow of N(μ, s²): x(σ) = μ + (x(σ₁) − μ) √((s² + σ²)/(s² + σ₁²))."""
    shrunk = np.sqrt((STD**2 + sigma**2) / (STD**2 + high**2))
    return np.array(MEAN) + (np.array(start) - MEAN) * shrunk


def test_the_flow_of_a_gaussian_is_the_closed_form():
    flow = traced()
    assert flow.sigmas[0] == 5.0
    assert flow.sigmas[-1] == 0.0
    expected = np.stack([closed_form((4.0, 3.0), 5.0, sigma) for sigma in flow.sigmas])
    np.testing.assert_allclose(flow.ode, expected, atol=0.02)  # Heun's steps, and Euler's last one


def test_the_mesh_is_carried_along_by_the_same_flow():
    flow = traced(mesh=(MEAN, STD))
    assert flow.mesh.shape == (len(flow.sigmas), 2 * LINES, POINTS, 2)
    for level in (0, 20, 60, 61):
        expected = closed_form(flow.mesh[0], 5.0, flow.sigmas[level])
        np.testing.assert_allclose(flow.mesh[level], expected, atol=0.02 + 0.005 * np.abs(expected - MEAN).max())


def test_the_mesh_is_straight_at_first_and_reaches_beyond_the_noise():
    lines = mesh_points((1.0, -2.0), 3.0).numpy()
    assert np.ptp(lines[:LINES, :, 0], axis=1).max() == 0  # upwards: one x each
    assert np.ptp(lines[LINES:, :, 1], axis=1).max() == 0
    assert (lines.min((0, 1)) == (-2.0, -5.0)).all()
    assert (lines.max((0, 1)) == (4.0, 1.0)).all()
    half = np.abs(traced(mesh=(MEAN, STD)).mesh[0] - MEAN).max()
    assert half == pytest.approx(REACH * math.hypot(5.0, STD), rel=1e-6)


def test_the_noise_of_the_sde_is_that_of_the_seed_for_every_start():
    """For one Gaussian the SDE is linear: two starts with the same noise differ by a factor that has no noise in it."""
    one, other, again = traced((4.0, 3.0)), traced((1.0, 3.0)), traced((4.0, 3.0))
    np.testing.assert_array_equal(one.sde, again.sde)
    assert np.abs(one.sde[:, 1] - other.sde[:, 1]).max() < 1e-5  # the same y at the start, the same everywhere
    assert np.abs(traced(seed=4).sde[-1] - one.sde[-1]).max() > 1e-3


def test_ends_of_the_sde_are_spread_as_the_data():
    ends = np.stack([traced(seed=seed).sde[-1] for seed in range(300)])
    assert np.abs(ends.mean(0) - MEAN).max() < 5 * STD / math.sqrt(300)
    assert np.abs(ends.std(0) / STD - 1).max() < 0.25


# -- in an engine ----------------------------------------------------------------------------------------------------


def spec_with(*layers, **view):
    spec = Spec(
        target=GAUSSIAN,
        lanes=(
            LaneSpec(objective=NCSN(sigma_max=4.0, sigma_min=0.1, levels=4), net=NET),
            LaneSpec(name="B", slot=1, objective=Denoising(sigma=0.3), net=NET, sampler=Langevin()),
            LaneSpec(name="C", slot=2, objective=Denoising(), net=NET, sampler=Langevin(), score_from="true"),
        ),
        particles=Particles(count=20),
        view=View(pixels=32, layers=layers, **view),
    )
    return replace(spec, playback=replace(spec.playback, training=False, sampling=False))


def run(spec):
    scheduler = FrameScheduler(Engine("cpu"))
    scheduler.apply(spec)
    snapshot = scheduler.frame()
    for _ in range(400):
        if scheduler.engine.lane_to_trace() is None:
            break
        snapshot = scheduler.frame()
    return scheduler, snapshot


def test_lanes_trace_between_the_noise_levels_that_they_know():
    _, snapshot = run(spec_with("flow", flow_start=((2.0, 2.0),)))
    first, second, third = (lane.flow for lane in snapshot.lanes)
    assert (first.sigmas[0], first.sigmas[-2]) == (4.0, pytest.approx(0.1))
    assert second is None  # one level: there is no way from noise to data
    assert third.sigmas[0] == 10.0
    assert first.mesh is None
    np.testing.assert_allclose(third.ode[0], (2.0, 2.0))
    expected = np.stack([closed_form((2.0, 2.0), 10.0, sigma) for sigma in third.sigmas])
    np.testing.assert_allclose(third.ode, expected, atol=0.03)


def test_networks_learn_while_ways_are_traced_and_samplers_race():
    spec = spec_with("flow", "mesh")
    spec = replace(spec, playback=replace(spec.playback, training=True))
    scheduler = FrameScheduler(Engine("cpu"))
    scheduler.apply(spec, [RunRace(0, ("ddim",))])
    for _ in range(4):
        scheduler.frame()
        assert torch.is_grad_enabled()
        scheduler.engine.train()
    assert [lane.trainer.step for lane in scheduler.engine.lanes] == [4, 4, 4]
    assert not any(lane.failure for lane in scheduler.engine.lanes)


def test_it_is_computed_again_after_a_step_of_training_or_another_start_and_not_otherwise():
    scheduler, snapshot = run(spec_with("flow", "mesh"))
    engine, first = scheduler.engine, snapshot.lanes[0].flow
    assert first.mesh is not None
    assert engine.lane_to_trace() is None
    engine.train()
    assert engine.lane_to_trace() is engine.lanes[0]  # the truth of the third has not changed
    while engine.lane_to_trace() is not None:
        scheduler.frame()
    spec = engine.user_spec
    scheduler.apply(replace(spec, view=replace(spec.view, flow_start=((0.0, 1.0),))))
    while engine.lane_to_trace() is not None:
        snapshot = scheduler.frame()
    np.testing.assert_allclose(snapshot.lanes[0].flow.ode[0], (0.0, 1.0))
    scheduler.apply(replace(spec, view=replace(spec.view, layers=("field",))))
    assert scheduler.frame().lanes[0].flow is None


def test_positions_are_in_the_users_coordinates():
    _, snapshot = run(spec_with("flow", "mesh"))
    flow = snapshot.lanes[2].flow
    moved = Translation().lane(snapshot.lanes[2], 100.0).flow
    np.testing.assert_allclose(moved.ode, flow.ode + 100, rtol=1e-6)
    np.testing.assert_allclose(moved.mesh, flow.mesh + 100, rtol=1e-6)
    far = replace(spec_with("flow", flow_start=((102.0, 101.0),)), window=(92.0, 108.0), target=Mixture(
        weights=(1.0,), means=((101.0, 98.0),), stds=(STD,)))  # fmt: skip
    _, snapshot = run(replace(far, view=replace(far.view, region=(92.0, 108.0, 92.0, 108.0))))
    np.testing.assert_allclose(snapshot.lanes[2].flow.ode[0], (102.0, 101.0), rtol=1e-6)
    np.testing.assert_allclose(snapshot.lanes[2].flow.ode[-1], (101.05, 98.15), atol=0.1)
