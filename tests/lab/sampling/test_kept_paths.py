"""Kept paths: every step while there is memory, then every second one; the picture shows where they went."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from engines import evaluate

from ncsn_viz.core.samplers import Langevin, ProbabilityFlow
from ncsn_viz.core.targets import Mixture
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Particles, Spec, View
from ncsn_viz.lab.experiment.commands import SampleStep, ShowTime
from ncsn_viz.lab.sampling import kept_paths
from ncsn_viz.lab.sampling.kept_paths import KeptPaths

REGION = (0.0, 10.0, 0.0, 10.0)


def walk(paths, x, velocity, steps, start=0):
    """`steps` steps of constant `velocity`; the position at time t is x + t v."""
    for time in range(start + 1, start + steps + 1):
        paths.record(x + time * velocity, time)


def test_every_step_is_kept_while_there_is_memory():
    x, velocity = torch.rand(5, 2), torch.rand(5, 2)
    paths = KeptPaths(x, 0)
    walk(paths, x, velocity, 40)
    for time in range(41):
        frame = paths.at(time)
        assert (frame.time, frame.step) == (time, time)
        torch.testing.assert_close(frame.x, x + time * velocity)


@pytest.mark.parametrize(("count", "steps"), [(10, 5000), (3000, 3000), (50_000, 300)])
def test_memory_is_bounded_whatever_the_number_of_particles_and_steps(count, steps, monkeypatch):
    monkeypatch.setattr(kept_paths, "MAX_BYTES", 2**20)
    monkeypatch.setattr(kept_paths, "MOST_FRAMES", 256)
    x, velocity = torch.rand(count, 2), torch.full((count, 2), 0.01)
    paths, most = KeptPaths(x, 0), 0
    for time in range(1, steps + 1):
        paths.record(x + time * velocity, time)
        most = max(most, paths.memory)
    assert most <= max(2**20, 3 * 8 * kept_paths.MOST_PARTICLES) + 8 * min(count, kept_paths.MOST_PARTICLES)
    assert paths.frames <= 256
    times = [paths.at(time).time for time in range(steps + 1)]
    gaps = np.diff(sorted(set(times)))
    assert times[-1] == steps  # the present one is always there
    assert len(set(gaps[:-1].tolist())) <= 1  # the others at even times
    nearest = paths.at(steps / 2)
    every = -(-count // kept_paths.MOST_PARTICLES)
    torch.testing.assert_close(nearest.x, (x + nearest.time * velocity)[::every])


def test_a_straight_way_is_drawn_where_it_goes_and_as_bright_however_many_steps_it_has():
    pictures = []
    for steps in (2, 20):
        x = torch.tensor([[1.0, 5.0]])
        paths = KeptPaths(x, 0)
        walk(paths, x, torch.tensor([[8.0 / steps, 0.0]]), steps)
        pictures.append(paths.rasterize(REGION, 100).image.astype(float))
    for image in pictures:
        lit = image > 20
        assert lit[48:52, 15:85].any(0).all()  # from x = 1.5 to 8.5 without a gap
        lit[48:52] = False
        assert not lit.any()
    np.testing.assert_allclose(pictures[0][48:52, 15:85].sum(0), pictures[1][48:52, 15:85].sum(0), rtol=0.35)


def test_pieces_that_are_added_give_the_picture_that_is_drawn_at_once():
    x, velocity = torch.rand(30, 2), torch.rand(30, 2) * 0.2
    grown, whole = KeptPaths(x, 0), KeptPaths(x, 0)
    for time in range(1, 41):
        grown.record(x + time * velocity, time)
        whole.record(x + time * velocity, time)
        image = grown.rasterize(REGION, 80)
    assert grown.rasterize(REGION, 80) is image  # nothing is new
    whole.rasterize(REGION, 80)
    pooled = [kept.image._counts.reshape(10, 8, 10, 8).sum((1, 3)) for kept in (grown, whole)]
    assert (pooled[0] - pooled[1]).abs().max() < 0.05 * pooled[1].max()
    zoomed = grown.rasterize((0.0, 5.0, 0.0, 5.0), 80)
    assert zoomed is not image
    assert zoomed.region == (0.0, 5.0, 0.0, 5.0)


def test_lines_have_the_length_of_the_way():
    """The sum over all pixels is the length of the lines in pixels."""
    start, end = torch.tensor([[1.0, 1.0], [2.0, 8.0]]), torch.tensor([[4.0, 5.0], [9.0, 8.0]])  # 5 and 7 long
    counts = kept_paths._lines(start, end, REGION, 200, 200)
    assert float(counts.sum()) == pytest.approx((5 + 7) * 20, rel=1e-4)


def test_what_is_not_finite_is_left_out():
    start, end = torch.tensor([[1.0, 1.0], [torch.nan, 8.0]]), torch.tensor([[4.0, 5.0], [torch.inf, 8.0]])
    assert float(kept_paths._lines(start, end, REGION, 50, 50).sum()) == pytest.approx(25, rel=1e-4)


# -- in an engine ----------------------------------------------------------------------------------------------------


def moving(sampler, count=60, layers=("particles",)):
    """An engine of one lane whose particles follow the true score of one Gaussian, paused."""
    spec = Spec(
        target=Mixture(weights=(1.0,), means=((1.0, -2.0),), stds=(0.5,)),
        lanes=(LaneSpec(sampler=sampler, score_from="true"),),
        particles=Particles(count=count),
        view=View(pixels=64, layers=layers),
    )
    spec = replace(spec, playback=replace(spec.playback, training=False, sampling=False))
    engine = Engine("cpu")
    engine.apply(spec)
    evaluate(engine)
    return engine


def steps(engine, count):
    """Moves the particles by `count` steps; where they were after each."""
    found = [engine.lanes[0].particles.state.x.clone()]
    for _ in range(count):
        engine.perform(SampleStep())
        engine.advance()
        found.append(engine.lanes[0].particles.state.x.clone())
    return found


def test_time_goes_back_without_a_step_and_the_way_goes_on_from_the_present():
    engine = moving(ProbabilityFlow(steps=20))
    seen = steps(engine, 8)
    particles = engine.lanes[0].particles
    engine.perform(ShowTime(share=3 / 21))
    torch.testing.assert_close(particles.shown_x, seen[3])
    lane = engine.snapshot().lanes[0]
    assert (lane.progress, lane.reached) == (pytest.approx(3 / 21), pytest.approx(8 / 21))
    assert lane.sigma == ProbabilityFlow(steps=20).sigma_at(3)
    assert particles.state.step == 8
    engine.perform(SampleStep())
    engine.advance()
    assert particles.shown is None
    assert particles.state.step == 9
    engine.perform(ShowTime(share=0.9))  # that is still to come
    torch.testing.assert_close(particles.shown_x, particles.state.x)


def test_moving_particles_end_it_and_a_release_begins_a_new_way():
    engine = moving(Langevin(steps=30))
    steps(engine, 5)
    engine.perform(ShowTime(share=0.0))
    assert engine.lanes[0].particles.shown is not None
    spec = engine.user_spec
    engine.apply(replace(spec, playback=replace(spec.playback, sampling=True)))
    assert engine.lanes[0].particles.shown is None
    engine.perform(ShowTime(share=0.0))  # refused while they move
    assert engine.lanes[0].particles.shown is None


def test_forward_the_data_have_the_noise_of_that_time():
    """x₀ + σz has variance s² + σ² around the mean of the data."""
    sampler = ProbabilityFlow(steps=20)
    engine = moving(sampler, count=4000)
    particles = engine.lanes[0].particles
    for share in (0.0, 0.4, 0.8):
        engine.perform(ShowTime(share=share, forward=True))
        sigma = engine.lanes[0].sigma
        assert sigma == sampler.sigma_at(round(share * 20))
        spread = (0.25 + sigma**2) ** 0.5
        torch.testing.assert_close(particles.shown_x.std(0), torch.full((2,), spread), rtol=0.06, atol=0.0)
        mean = torch.tensor([1.0, -2.0])
        assert (particles.shown_x.mean(0) - mean).abs().max() < 5 * spread / 4000**0.5
    near, far = particles.shown_x.clone(), None
    engine.perform(ShowTime(share=1.0, forward=True))
    far = particles.shown_x
    assert (near - far).norm(dim=1).mean() < 2 * sampler.sigma_at(16)  # the same data, each with its own z
    torch.testing.assert_close(far.std(0), torch.full((2,), 0.5), rtol=0.06, atol=0.0)


def test_whole_ways_are_drawn_where_the_layer_is_shown():
    engine = moving(ProbabilityFlow(steps=20), layers=("particles", "paths"))
    assert engine.snapshot().lanes[0].paths.image.max() == 0
    steps(engine, 10)
    lit = (engine.snapshot().lanes[0].paths.image > 0).mean()
    assert lit > 0.05
    engine.perform(ShowTime(share=0.1))
    assert (engine.snapshot().lanes[0].paths.image > 0).mean() == lit  # they stay while time goes back
