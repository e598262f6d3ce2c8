"""Far from 0 an experiment is the same one, moved: everything is computed relative to the middle of its canvas."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from ncsn_viz import notebook
from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import NCSN, Denoising
from ncsn_viz.core.samplers import Langevin, ReverseSDE
from ncsn_viz.core.targets import Mixture, Painted
from ncsn_viz.core.targets.painting import Blob, point_cloud
from ncsn_viz.lab import headless
from ncsn_viz.lab.advice import advice
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Particles, Spec, View, centred
from ncsn_viz.lab.experiment.commands import DropParticles, HoldParticle, MoveParticle, RecordStep
from ncsn_viz.lab.storage import experiment_files

LAYERS = ("density", "energy", "truth", "field", "particles", "trails", "streamlines", "negatives", "followed",
          "surface")  # fmt: skip
MEANS, NET = ((-2.0, 1.0), (3.0, -1.5)), ScoreMLP(hidden=8, layers=1)


def spec(by, target="mixture", **changes):
    """The same experiment, moved `by` along both axes."""
    window, means = (by - 8, by + 8), tuple((x + by, y + by) for x, y in MEANS)
    if isinstance(target, Painted):
        made = target
    elif target == "mixture":
        made = Mixture(weights=(0.3, 0.7), means=means, stds=(0.5, 1.0))
    else:
        made = Painted(strokes=tuple(Blob(mean=mean, std_1=0.6, std_2=0.8) for mean in means), window=window)
    lane = LaneSpec(name="one", objective=Denoising(sigma=0.5), net=NET, sampler=Langevin(sigma=0.5, step_size=0.01))
    view = View(
        layers=LAYERS, pixels=32, region=(*window, *window), cursor=((by + 1, by + 2),), reference=((by + 0.5, by),)
    )
    made = Spec(target=made, window=window, lanes=(lane,), view=view, particles=Particles(count=60), seed=3)
    return replace(made, **changes)


def run(made, commands=(), steps=6):
    engine = Engine("cpu", curve_points=64)
    engine.apply(made)
    for _ in engine.prepare():
        pass
    for _ in range(steps):
        engine.train()
        engine.advance()
    engine.apply(made, commands)
    engine.evaluate_now(0)
    while not engine.probe_next():
        pass
    for _ in engine.measure(0):
        pass
    return engine


@pytest.mark.parametrize("by", [108.0, -4096.0])
def test_training_and_particles_are_those_of_the_same_experiment_at_zero(by):
    """By powers of two the moved means have the same digits, so that every number is the same to the last one."""
    here, there = (run(spec(distance)).snapshot().lanes[0] for distance in (0.0, by))
    assert there.loss == here.loss
    assert there.terms == here.terms
    assert there.metrics.keys() == here.metrics.keys()
    for name, value in here.metrics.items():
        assert there.metrics[name] == pytest.approx(value, nan_ok=True), name
    assert there.mode_weights == here.mode_weights
    assert np.array_equal(there.particles.image, here.particles.image)
    assert np.array_equal(there.field.score, here.field.score)
    assert np.array_equal(there.streamlines.image, here.streamlines.image)


def test_a_painting_far_from_zero_is_learned_as_at_zero():
    here, there = (run(spec(distance, "painted")).snapshot().lanes[0] for distance in (0.0, 1000.0))
    assert there.loss == pytest.approx(here.loss, rel=1e-4)
    assert np.abs(there.field.score - here.field.score).max() < 1e-3


def test_every_position_of_a_snapshot_is_the_users():
    by = 108.0
    commands = [[HoldParticle(0, (d + 1, d + 1), (d + 2, d - 3)), MoveParticle((d + 2.5, d - 3))] for d in (0.0, by)]
    here, there = (run(spec(distance), made).snapshot() for distance, made in zip((0.0, by), commands, strict=True))
    assert there.spec == spec(by)
    one, other = here.lanes[0], there.lanes[0]
    assert other.field.region == (100, 116, 100, 116) or other.field.region == tuple(
        end + by for end in one.field.region
    )
    assert other.particles.region == other.streamlines.region == (100, 116, 100, 116)
    assert other.field.reference == (by + 0.5, by)
    assert other.point_reading.point == (by + 1, by + 2)
    assert other.point_reading.score == one.point_reading.score
    assert other.point_reading.true_log_p == pytest.approx(one.point_reading.true_log_p, rel=1e-6)
    for name in ("path", "start", "end"):
        assert np.allclose(getattr(other.tracked, name), getattr(one.tracked, name) + by, atol=1e-4)
    assert np.allclose(other.tracked.path[-1], (by + 2.5, by - 3))
    assert np.allclose(other.sample, one.sample + by, atol=1e-4)
    for lines in ("contours", "true_contours"):
        for line, moved in zip(getattr(one.field, lines), getattr(other.field, lines), strict=True):
            assert np.allclose(moved, line + by, atol=1e-4)


def test_slow_motion_and_drops_are_in_the_users_coordinates():
    found = {}
    for by in (0.0, 108.0):
        made = spec(by)
        engine = run(made, [DropParticles((by + 4, by + 4), 20, 0.1)], steps=2)
        dropped = engine.lanes[0].particles.state.x
        assert int(((dropped - 4).norm(dim=1) < 1).sum()) >= 20
        engine.apply(replace(made, playback=replace(made.playback, slow_motion="one")), [RecordStep(1)])
        engine.train()
        engine.advance()
        found[by] = engine.snapshot().lanes[0].step_trace
    for part, names in (("training", ("data", "points")), ("particles", ("x", "start", "end"))):
        for name in names:
            here, there = (getattr(getattr(found[by], part), name) for by in (0.0, 108.0))
            assert np.allclose(there, here + 108, atol=1e-4), name
        assert np.allclose(found[108.0].particles.drift, found[0.0].particles.drift, atol=1e-6)


def test_an_unchanged_field_is_the_same_object_so_that_views_draw_it_once():
    engine = run(spec(108.0))
    assert engine.snapshot().lanes[0].field is engine.snapshot().lanes[0].field


def test_another_window_moves_the_experiment():
    """The target is built anew around another middle, although it is the same."""
    engine = run(spec(0.0))
    moved = replace(spec(0.0), window=(-4.0, 12.0))
    engine.apply(moved)
    assert engine.spec.window == (-8, 8)
    assert torch.allclose(engine.truth.means, torch.tensor(MEANS) - 4)
    assert centred(spec(0.0)) == spec(0.0)


def test_the_reverse_sde_is_as_wide_as_the_data_far_from_zero():
    """One Gaussian of .02 at 4e5 deviations from 0, where the numbers of single precision are 5e−4 apart."""
    spread = {}
    for offset in (0.0, 8000.0):
        target = Mixture(weights=(1,), means=((offset, offset),), stds=(0.02,))
        sampler = ReverseSDE(steps=300, sigma_min=0.002)
        lane = LaneSpec(score_from="true", net=NET, objective=NCSN(), sampler=sampler)
        made = Spec(
            target=target, window=(offset - 8, offset + 8), lanes=(lane,),
            particles=Particles(count=4000, start="data", exact=True),
        )  # fmt: skip
        result = notebook.run(made, 0, "cpu")
        samples = result.lanes[0].samples
        assert samples.mean(0) == pytest.approx([offset, offset], abs=5 * 0.02 / math.sqrt(4000))
        assert result.grid[0, 0] == pytest.approx([offset - 8, offset - 8])
        truth = result.truth.log_density(torch.tensor([[offset, offset]]), 0.0)
        assert float(truth) == pytest.approx(-math.log(2 * math.pi * 0.02**2), rel=1e-4)
        spread[offset] = samples.std()
    assert spread[0.0] / 0.02 == pytest.approx(1, abs=0.03)
    assert spread[8000.0] == pytest.approx(spread[0.0], rel=1e-5)


def test_files_hold_the_users_coordinates(tmp_path):
    results = headless.start(spec(108.0), 2, "cpu")
    results.go(lambda *_: None)
    headless.write(results, tmp_path)
    particles, grids = np.load(tmp_path / "particles.npz")["lane0"], np.load(tmp_path / "fields.npz")["grid"]
    assert np.abs(np.median(particles, axis=0) - 108).max() < 8
    assert (grids.min(), grids.max()) == (100, 116)
    assert experiment_files.read(tmp_path / "experiment.json").window == (100, 116)


def test_files_hold_the_own_coordinates_of_fitted_points_too(tmp_path):
    points = np.random.default_rng(0).normal((481_230, 5_500_100), (2, 0.5), (300, 2))
    target = Painted(strokes=(point_cloud(points, "map", (-8.0, 8.0)),))
    made = spec(0.0, target=target, particles=Particles(count=2000, start="data"))
    results = headless.start(made, 0, "cpu")
    headless.write(results, tmp_path)
    with np.load(tmp_path / "particles.npz") as particles, np.load(tmp_path / "fields.npz") as found:
        own = particles["lane0_own"]
        assert own.dtype == np.float64
        assert own.mean(0) == pytest.approx(points.mean(0), abs=0.2)
        assert own.std(0) == pytest.approx(points.std(0), rel=0.1)
        assert found["grid_own"][0, 0] == pytest.approx(own[0] + (found["grid"][0, 0] - particles["lane0"][0]) *
                                                        target.coordinates.scale, abs=1e-3)  # fmt: skip
    assert np.abs(np.load(tmp_path / "particles.npz")["lane0"]).max() < 16


def test_a_painting_somewhere_else_is_measured_and_seen_where_it_is(tmp_path):
    """A file that says no more than where the canvas lies; and one that is opened in the view of another."""
    text = '{"target": {"kind": "painted", "window": [100, 116], "strokes": [{"points": [[108, 108]]}]}}'
    found = experiment_files.from_text(text)
    assert (found.window, found.view.region, found.origin) == ((100, 116), (100, 116, 100, 116), 108)
    assert Spec().with_experiment(found.experiment).view.region == (100, 116, 100, 116)
    closer = replace(found, view=replace(found.view, region=(101, 103, 115, 117)))
    assert closer.with_experiment(found.experiment) == closer
    away = replace(found, view=replace(found.view, region=(0.0, 9.0, 0.0, 9.0)))
    assert experiment_files.from_text(experiment_files.to_text(away)) == away


def test_advice_is_the_same_far_from_zero():
    here, there = ([item.sentence for item in advice(spec(by))] for by in (0.0, 3000.0))
    assert here == there
