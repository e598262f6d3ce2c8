"""The maps of a grid evaluation against closed forms in float64."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from engines import DENOISING, SLICED, SPEC, engine, evaluate, fields

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import FlowMatching
from ncsn_viz.core.schedules import SCHEDULES, Geometric, LinearPath
from ncsn_viz.core.targets import Mixture, Moons, TwoModes
from ncsn_viz.lab.experiment import LaneSpec, View
from ncsn_viz.lab.inspection.data_density import DataDensity
from ncsn_viz.lab.inspection.grid_evaluation import GridEvaluation, evaluation_region

VIEW = View(region=(-8.0, 8.0, -6.0, 6.0))
CPU = torch.device("cpu")


def evaluated(field, layers, sigma=1.0, region=(-9.0, 9.0, -8.0, 8.0), truth=None, **more):
    return GridEvaluation(field, region, sigma, CPU, replace(VIEW, layers=layers), truth, **more).evaluate_now()[0]


def nodes(field):
    rows, columns = field.energy.shape
    x0, x1, y0, y1 = field.region
    return np.meshgrid(np.linspace(x0, x1, columns), np.linspace(y0, y1, rows))


def log_density(target, x, y, sigma):
    """log p_σ of a mixture, written down once more, in float64."""
    built = target.build(dtype=torch.float64)
    weights, means, stds = (part.numpy() for part in (built.log_weights.exp(), built.means, built.stds))
    variance = stds**2 + sigma**2
    away = (x[..., None] - means[:, 0]) ** 2 + (y[..., None] - means[:, 1]) ** 2
    return np.log((weights / (2 * np.pi * variance) * np.exp(-away / (2 * variance))).sum(-1))


@pytest.mark.parametrize("sigma", [0.5, 3.0])
def test_the_true_density_is_exact_and_its_peak_in_the_view_is_1(sigma):
    truth = TwoModes().build(CPU)
    field = evaluated(truth, ("true_density",), sigma, truth=truth)
    x, y = nodes(field)
    wanted = log_density(TwoModes(), x, y, sigma)
    seen = (np.abs(x) <= 8) & (np.abs(y) <= 6)
    wanted = np.minimum(np.exp(wanted - wanted[seen].max()), 1)
    assert np.abs(field.maps["true_density"] - wanted).max() < 2e-5
    assert field.maps["true_density"][seen].max() == 1


def test_the_energy_map_counts_from_the_least_in_the_view():
    truth = TwoModes().build(CPU)
    field = evaluated(truth, ("energy_map",), 1.0)
    x, y = nodes(field)
    energy = -log_density(TwoModes(), x, y, 1.0)
    seen = (np.abs(x) <= 8) & (np.abs(y) <= 6)
    assert np.abs(field.maps["energy_map"] - (energy - energy[seen].min())).max() < 1e-3
    assert field.maps["energy_map"] is field.energy or np.array_equal(field.maps["energy_map"], field.energy)


class At:
    """A field that answers for one noise level, whatever it is asked for; `scored` ones have no energy."""

    def __init__(self, field, sigma, scored=False):
        self.field, self.sigma, self.scored = field, sigma, scored

    def score(self, x, sigma):
        return self.field.score(x, self.sigma)

    def energy(self, x, sigma):
        return None if self.scored else self.field.energy(x, self.sigma)


def test_a_field_less_itself_is_nothing():
    truth = TwoModes().build(CPU)
    field = evaluated(truth, ("difference",), 2.0, other=truth)
    assert np.abs(field.maps["difference"]).max() < 1e-4
    field = evaluated(truth, ("score_difference",), 2.0, other=truth)
    assert field.maps["score_difference"].max() == 0


@pytest.mark.parametrize("scored", [False, True])
def test_the_difference_of_two_noise_levels_is_that_of_the_closed_forms(scored):
    truth, wide = TwoModes().build(CPU), (-22.0, 22.0, -22.0, 22.0)  # holds nearly all of both densities
    field = evaluated(At(truth, 2.0, scored), ("difference",), 2.0, wide, other=At(truth, 3.5, scored))
    x, y = nodes(field)
    wanted = log_density(TwoModes(), x, y, 2.0) - log_density(TwoModes(), x, y, 3.5)
    seen = np.hypot(x, y) < 9
    assert wanted[seen].max() > 0.5
    assert wanted[seen].min() < -0.5
    # where there is only a score, the potential has the error of the grid
    assert np.abs(field.maps["difference"] - wanted)[seen].max() < (0.12 if scored else 2e-3)


def test_of_a_score_an_energy_is_recovered_where_something_is_drawn_of_it():
    truth = TwoModes().build(CPU)
    for layer in ("energy", "energy_map", "surface", "difference"):
        assert evaluated(At(truth, 1.0, scored=True), (layer,), other=truth).energy is not None
    for layer in ("density", "field", "curl", "error"):
        assert evaluated(At(truth, 1.0, scored=True), (layer,), truth=truth).energy is None
    assert evaluated(truth, ("density",)).opacity is None  # an energy of its own is known everywhere


def test_a_recovered_energy_counts_from_the_least_at_the_data_and_fades_without_them():
    class Wrong(At):
        """Right within three standard deviations of its one mode; beyond, it leads away."""

        def score(self, x, sigma):
            away = x - torch.tensor([4.0, 3.0])
            radius = away.norm(dim=1, keepdim=True)
            return torch.where(radius < 3, -away, 5 * away / radius)

    truth = Mixture(weights=(1,), means=((4.0, 3.0),), stds=(1.0,)).build(CPU)
    layers = ("energy_map", "energy")
    data = DataDensity.draw(truth, 0, CPU)
    field = evaluated(Wrong(truth, 0.0, scored=True), layers, 0.0, VIEW.region, data=data)
    x, y = nodes(field)
    radius = np.hypot(x - 4, y - 3)
    wanted = radius**2 / 2
    assert np.abs(field.maps["energy_map"] - wanted)[radius < 2].max() < 0.25
    assert (field.opacity[radius < 2.5] == 1).all()
    assert (field.opacity[radius > 6] == 0).all()
    assert field.maps["energy_map"][radius > 9].max() < 0  # as the score says, were it known there
    lines = np.concatenate(field.contours)
    assert np.hypot(lines[:, 0] - 4, lines[:, 1] - 3).max() < 5


def test_a_recovered_energy_is_compared_where_it_is_known():
    truth = TwoModes().build(CPU)
    data = DataDensity.draw(truth, 0, CPU)
    wide = (-22.0, 22.0, -22.0, 22.0)
    field = evaluated(At(truth, 2.0, scored=True), ("difference",), 2.0, wide, other=At(truth, 2.0), data=data)
    assert np.abs(field.maps["difference"])[field.opacity > 0.5].max() < 0.1


def test_scores_are_compared_by_their_distance():
    truth = TwoModes().build(CPU)
    field = evaluated(truth, ("score_difference",), 2.0, other=At(truth, 3.5))
    x, y = nodes(field)
    points = torch.tensor(np.stack([x, y], axis=-1).reshape(-1, 2), dtype=torch.float64)
    exact = TwoModes().build(dtype=torch.float64)
    wanted = (exact.score(points, 2.0) - exact.score(points, 3.5)).norm(dim=1).reshape(x.shape)
    assert np.abs(field.maps["score_difference"] - wanted.numpy()).max() < 1e-4


def lanes_of(layers, baseline=0, **more):
    lanes = (replace(DENOISING, slot=0), replace(SLICED, slot=1, **more))
    made = engine(replace(SPEC, lanes=lanes, view=replace(SPEC.view, layers=layers, baseline=baseline)), steps=5)
    evaluate(made)
    return made


def test_a_lane_is_compared_with_the_baseline_which_shows_its_density():
    made = lanes_of(("difference", "score_difference"))
    shown = made.snapshot().lanes
    assert shown[0].field.maps == {}
    field = shown[1].field
    x, y = nodes(field)
    points = torch.tensor(np.stack([x, y], axis=-1).reshape(-1, 2), dtype=torch.float32)
    scores = [lane.trainer.learned_field.score(points, field.sigma) for lane in made.lanes]
    wanted = (scores[0] - scores[1]).norm(dim=1).reshape(x.shape).numpy()
    assert wanted.max() > 0.1
    assert np.abs(field.maps["score_difference"] - wanted).max() < 1e-3 * wanted.max()


def test_without_a_baseline_it_is_the_truth_that_is_subtracted():
    made = lanes_of(("error", "score_difference"), baseline=-1)
    for lane in made.snapshot().lanes:
        assert np.abs(lane.field.maps["score_difference"] - lane.field.maps["error"]).max() < 1e-4
    made.apply(replace(made.spec, view=replace(made.spec.view, baseline=1)))
    assert fields(made)[0] is None  # another baseline: evaluated again
    evaluate(made)
    assert "score_difference" not in made.snapshot().lanes[1].field.maps
    made.apply(replace(made.spec, lanes=made.spec.lanes[:1]))  # the baseline is removed
    evaluate(made)
    field = made.snapshot().lanes[0].field
    assert np.abs(field.maps["score_difference"] - field.maps["error"]).max() < 1e-4


def test_only_the_maps_that_are_wanted_are_made():
    truth = TwoModes().build(CPU)
    for name in ("true_density", "energy_map", "error", "weighted_error", "divergence", "curl"):
        assert set(evaluated(truth, (name, "field"), truth=truth).maps) == {name}
    assert evaluated(truth, ("density",), truth=truth).maps == {}


@pytest.mark.parametrize("reference", [(), ((1.0, 2.0),)])
def test_evaluated_in_blocks_it_is_the_same_and_only_there_at_the_end(reference):
    truth = TwoModes().build(CPU)
    view = replace(VIEW, layers=("energy", "error", "curl"), reference=reference)
    field = At(truth, 1.0, scored=True)
    made = GridEvaluation(field, view.region, 1.0, CPU, view, truth)
    blocks, asked = 0, len(made.points)
    for _ in made.evaluate(1000):
        assert made.result is None
        blocks += 1
    lines = 8 * asked / 1000 if reference else 0  # one costs as much as eight points
    rows = 0 if reference else made.rows / 8  # of the recovery of the energy
    assert asked / 1000 + lines + rows - 2 <= blocks <= asked / 1000 + lines + rows + 2
    whole = GridEvaluation(field, view.region, 1.0, CPU, view, truth).evaluate_now()[0]
    drawn, grid = made.result
    assert np.abs(drawn.energy - whole.energy).max() < 1e-4
    assert all(np.abs(drawn.maps[name] - whole.maps[name]).max() < 1e-4 for name in ("error", "curl"))
    assert (drawn.reference is not None) == bool(reference)
    assert grid.region == view.region


class Narrow:
    """E = ‖x − m‖²/(2·0.1²) in one place, with an offset: log Z = log(2π 0.01) + 2."""

    def score(self, x, sigma):
        return -(x - torch.tensor([3.05, 2.2])) / 0.01

    def energy(self, x, sigma):
        return (x - torch.tensor([3.05, 2.2])).square().sum(1) / 0.02 - 2


def test_log_z_is_that_of_the_whole_plane_whatever_is_seen_and_however_narrow_an_energy_is():
    wanted = np.log(2 * np.pi * 0.01) + 2
    for region in ((-8.0, 8.0, -8.0, 8.0), (-8.0, -4.0, -8.0, -6.0), (3.0, 3.01, 2.0, 2.01)):
        field = evaluated(Narrow(), (), 0.0, region, window=(-8.0, 8.0, -8.0, 8.0))
        assert field.log_z == pytest.approx(wanted, abs=2e-3)
    assert evaluated(TwoModes().build(CPU), (), 0.0, (-8.0, -4.0, -8.0, -6.0)).log_z == 0  # the truth is normalised


def test_a_z_that_does_not_stand_is_none():
    class Thin(Narrow):
        def energy(self, x, sigma):
            return (x[:, 0] - 0.3 * x[:, 1]).square() * 1e9

    assert evaluated(Thin(), (), 0.0, held_out=torch.rand(3000, 2)).log_z is None


def test_the_error_of_particles_that_are_interpolated_is_measured():
    truth = Moons().build(CPU)
    x = truth.sample(3000, torch.Generator().manual_seed(1))
    field, grid = GridEvaluation(truth, (-9.0, 9.0, -8.0, 8.0), 0.1, CPU, VIEW, particles=x).evaluate_now()
    exact = truth.score(x, 0.1)
    wanted = float((grid.score(x, 0.1) - exact).norm(dim=1).mean() / exact.norm(dim=1).mean())
    assert 1e-4 < wanted < 5e-3
    assert field.grid_error == pytest.approx(wanted, rel=0.4)
    far = evaluated(truth, (), 0.1, (-30.0, 30.0, -30.0, 30.0), window=(-8.0, 8.0, -8.0, 8.0), particles=x)
    assert far.score.shape == (192, 192, 2)  # what is seen must not coarsen what moves
    assert far.grid_error < 0.03
    assert evaluated(truth, (), 0.1).grid_error is None
    assert evaluated(truth, (), 0.1, particles=torch.full((9, 2), torch.nan)).grid_error is None


def test_the_grid_reaches_to_the_particles_and_stays_the_same_while_they_move_a_little():
    window, view = (-8.0, 8.0), (-1.0, 1.0, -1.0, 1.0)
    x = torch.tensor([[-9.3, 0.0], [10.4, 3.0], [0.0, 0.0]])
    found = evaluation_region(view, x, window, 0.5)
    assert all(low <= -9.3 and high >= 10.4 for low, high in [found[:2]])
    assert found[2:] == (-9.5, 9.5)  # where p_σ has its mass, and no particle is beyond
    assert evaluation_region(view, x + 0.1, window, 0.5) == found
    assert evaluation_region(view, 1.1 * x, window, 0.5) != found
    far = evaluation_region(view, 1e3 * x, window, 0.5)
    assert far[:2] == (-8 - 4 * 0.5 - 4, 8 + 4 * 0.5 + 4)  # no farther than data and noise explain


@pytest.mark.parametrize("cls", SCHEDULES, ids=lambda cls: cls.kind)
def test_the_velocity_is_that_of_the_flow_towards_the_data(cls):
    """Points of the path a little later and a little earlier, along dx̂/dσ = −σ s: −dx_t/dt by their difference."""
    path, truth, sigma = cls(10.0, 0.1), Moons().build(dtype=torch.float64), 1.3
    drawn = evaluated(truth, ("velocity",), sigma, path=path)
    x = torch.as_tensor(np.stack(nodes(drawn), axis=-1)).double().reshape(-1, 2)
    slope, t, step = -sigma * truth.score(x, sigma), path.time(sigma), 1e-6
    moved = [path.alpha(at) * (x + (path.noise_level(at) - sigma) * slope) for at in (t - step, t + step)]
    wanted = (moved[0] - moved[1]) / (2 * step)
    assert np.abs(drawn.velocity.reshape(-1, 2) - wanted.numpy()).max() < 1e-3 * float(wanted.abs().max())
    assert drawn.time == (t if path.scales_data else None)
    # α = 1/√(1 + σ̂²) where the variance is preserved, 1/(1 + σ̂) on the straight path, 1 where noise is only added
    shrunk = {"vp_linear": 1 / math.hypot(1, sigma), "vp_cosine": 1 / math.hypot(1, sigma), "linear": 1 / (1 + sigma)}
    assert drawn.alpha == pytest.approx(shrunk.get(path.kind, 1.0), rel=1e-6)


def test_there_is_no_velocity_without_a_path_at_no_noise_or_where_none_is_wanted():
    truth = Moons().build()
    assert evaluated(truth, ("velocity",)).velocity is None
    assert evaluated(truth, ("velocity",), 0.0, path=LinearPath()).velocity is None
    assert evaluated(truth, (), path=LinearPath()).velocity is None
    assert evaluated(truth, (), path=LinearPath()).time == 0.5
    assert evaluated(truth, (), path=Geometric()).time is None


def test_a_lane_draws_the_velocity_of_its_own_path():
    spec = replace(SPEC, lanes=(LaneSpec(name="flow", objective=FlowMatching(), net=ScoreMLP(hidden=8)), DENOISING))
    made = engine(replace(spec, view=replace(spec.view, layers=("velocity",))))
    evaluate(made, 0, 1)
    flow, denoising = fields(made)
    assert made.lanes[0].spec.path == LinearPath(100.0, 0.05)
    assert flow.velocity.shape == flow.score.shape
    assert flow.time == pytest.approx(flow.sigma / (1 + flow.sigma))
    assert (denoising.velocity, denoising.time) == (None, None)
