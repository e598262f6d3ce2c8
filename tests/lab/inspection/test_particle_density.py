"""The density of the particles, drawn for a network that has only a score."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from engines import DENOISING, SPEC, change, engine, evaluate, go, particles
from helpers import generator

from ncsn_viz.core.nets import EnergyMLP
from ncsn_viz.core.numerics import regions
from ncsn_viz.core.targets import Moons
from ncsn_viz.lab.experiment import View
from ncsn_viz.lab.inspection.grid_evaluation import GridEvaluation
from ncsn_viz.lab.inspection.particle_density import BANDWIDTH_EVERY, EVERY, WITH_FIELD, ParticleDensity

REGION = (-8.0, 8.0, -8.0, 8.0)
CPU = torch.device("cpu")


class ScoreOnly:
    """The score of moons."""

    truth = Moons().build(CPU)

    def score(self, x, sigma):
        return self.truth.score(x, sigma)

    def energy(self, x, sigma):
        return None


def evaluated(region=REGION):
    return GridEvaluation(ScoreOnly(), region, 0.0, CPU, View(layers=("density",))).evaluate_now()[0]


def shown_density(field):
    """The density that the bytes stand for, normalised over the grid."""
    density = (field.density / 255.0) ** (1 / 0.6)
    return density / density.sum()


def test_it_is_the_density_of_the_points_blurred_by_the_bandwidth_that_is_told():
    truth = ScoreOnly.truth
    field = ParticleDensity().drawn(evaluated(), truth.sample(20_000, generator(1)))
    points = regions.grid(REGION, *field.density.shape)
    wanted = truth.log_density(points, field.bandwidth).exp().reshape(field.density.shape).numpy()
    assert 0.1 < field.bandwidth < 0.3
    assert np.abs(shown_density(field) - wanted / wanted.sum()).sum() / 2 < 0.06
    assert field.density.max() == 255


def test_it_is_refreshed_every_few_frames_while_particles_move():
    field, density, x = evaluated(), ParticleDensity(), torch.randn(300, 2, generator=generator(2))
    first = density.drawn(field, x)
    assert all(density.drawn(field, x) is first for _ in range(3 * EVERY))
    found = [density.drawn(field, x + 0.01 * k) for k in range(1, 3 * EVERY)]
    assert len({id(each) for each in found}) in (3, 4)


def test_a_field_that_was_evaluated_again_is_shown_at_once_and_takes_over_a_density_that_is_not_old():
    field, density, x = evaluated(), ParticleDensity(), torch.randn(300, 2, generator=generator(2))
    first = density.drawn(field, x)
    for frame in range(1, WITH_FIELD + 1):
        other = evaluated()
        found = density.drawn(other, x + 2)
        assert found.score is other.score
        assert (found.density is first.density) == (frame < WITH_FIELD)
    alone = ParticleDensity().drawn(other, x + 2)
    assert np.array_equal(found.density, alone.density)  # and of the particles where they are now
    wider = evaluated((-9.0, 9.0, -9.0, 9.0))  # on another grid it cannot be taken over
    assert np.array_equal(density.drawn(wider, x).density, ParticleDensity().drawn(wider, x).density)


def test_its_bandwidth_follows_a_little_and_a_jump_at_once():
    field, density, x = evaluated(), ParticleDensity(), torch.randn(4000, 2, generator=generator(3))

    def after(points, refreshes):
        moved = (points.clone() for _ in range(EVERY * refreshes))
        return [density.drawn(field, each).bandwidth for each in moved][-1]

    first = after(2 * x, 1)
    assert first == pytest.approx(2 * 4000 ** (-1 / 6), rel=0.3)
    little = after(2.5 * x, BANDWIDTH_EVERY)
    assert first < little < 1.15 * first
    assert after(2.5 * x, 40) == pytest.approx(1.25 * first, rel=0.02)
    assert after(5 * x, BANDWIDTH_EVERY) == pytest.approx(2.5 * first, rel=0.02)


def test_particles_that_are_lost_or_one_alone_are_no_error():
    for x in (torch.full((50, 2), torch.nan), torch.zeros(1, 2), torch.full((9, 2), 1e30), torch.zeros(0, 2)):
        field = ParticleDensity().drawn(evaluated(), x)
        assert field.bandwidth >= 16 / 95
        assert field.density.max() in (0, 255)


def test_a_score_shows_its_particles_and_an_energy_itself():
    energy = replace(DENOISING, name="energy", net=EnergyMLP(hidden=16, layers=2), slot=1)
    made = engine(replace(SPEC, lanes=(DENOISING, energy)), steps=3)
    evaluate(made)
    score, own = (lane.field for lane in made.snapshot().lanes)
    assert (score.own_energy, own.own_energy) == (False, True)
    assert (score.bandwidth is not None, own.bandwidth is None) == (True, True)
    inside = particles(made)[0].tolist()
    column, row = (round((value - low) / (high - low) * (count - 1)) for value, low, high, count in zip(
        inside, score.region[::2], score.region[1::2], score.density.shape[::-1], strict=True))  # fmt: skip
    assert score.density[row, column] > 0
    peak = np.exp(-0.6 * own.energy.clip(0))
    assert np.abs(own.density / 255 - peak).max() < 0.01
    go(made, frames=EVERY + 1)
    for _ in range(EVERY + 1):
        go(made, frames=1)
        shown = made.snapshot().lanes[0].field
    assert shown is not score
    assert shown.score is score.score  # its density alone is new
    change(made, view=replace(made.spec.view, layers=("density", "field", "curl")))
    evaluate(made)
    assert made.snapshot().lanes[0].field.bandwidth is None  # nothing is seen of it
