"""Slow motion in a plot: points and arrows of every stage."""

from __future__ import annotations

import numpy as np
import pytest
from fake_snapshots import difference, lane, pixels_of
from ui.slow_motion.test_card import REGION, particles, rows, step, training

from ncsn_viz.core.samplers import ProbabilityFlow, ReverseSDE, UnderdampedLangevin
from ncsn_viz.lab.snapshot import StepTrace
from ncsn_viz.ui.plots.plot import Plot
from ncsn_viz.ui.plots.step_trace_layer import LONGEST, StepTraceLayer, score_scales, step_factor
from ncsn_viz.ui.slow_motion.stages import (
    BATCH,
    DRIFT,
    INERTIA,
    NEGATIVES,
    NOISE,
    PUSH,
    SCORE,
    SUM,
    TERMS,
    UPDATE,
)
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Camera


@pytest.fixture
def plot(qtbot, qapp):
    theme.apply(qapp)
    made = Plot("#56b4e9")
    qtbot.addWidget(made)
    made.resize(400, 400)
    made.set_region(REGION)
    made.show()
    return made


def test_the_target_ends_at_the_clean_point():
    made, camera = training(), Camera(400, 400)
    tips = camera.to_pixels(made.points) + score_scales(made, camera)[:, None] * made.target * (1, -1)
    assert np.allclose(tips, camera.to_pixels(made.data), atol=1e-3)


def test_scores_without_noise_have_a_fixed_longest_length():
    made = training(sigma=np.zeros(2, np.float32))
    lengths = np.linalg.norm(made.score, axis=1) * score_scales(made, Camera(400, 400))
    assert lengths.max() == pytest.approx(LONGEST)
    assert lengths[0] / lengths[1] == pytest.approx(0.25)


def test_small_steps_are_enlarged():
    assert step_factor(particles(), Camera(400, 400)) == 1
    tiny = particles(drift=particles().drift / 1000, noise=particles().noise / 1000)
    assert step_factor(tiny, Camera(400, 400)) in (500, 1000)


@pytest.mark.parametrize("key", [BATCH, NOISE, NEGATIVES, SCORE, TERMS, UPDATE, DRIFT, INERTIA, PUSH, SUM])
def test_every_stage_is_drawn_and_no_stage_draws_nothing(plot, key):
    heavy = particles(inertia=rows((1, 0), (1, 0)), formula=UnderdampedLangevin().step_formula(1))
    made = StepTrace(1, training(negatives=rows((6, 6))), heavy)
    plot.show_lane(lane(step_trace=made), ())
    empty = pixels_of(plot)
    plot.set_stage(key, 1.0)
    drawn = pixels_of(plot)
    assert (np.abs(drawn - empty).sum(-1) > 60).sum() > 40
    plot.set_stage("", 1.0)
    assert np.array_equal(pixels_of(plot), empty)


def test_points_move_from_the_data_to_their_noisy_places(plot):
    plot.show_lane(lane(step_trace=step()), ())
    for share, places in ((0.0, [(1, 1), (-4, 2)]), (0.5, [(2, 1.5), (-5, 3)]), (1.0, [(3, 2), (-6, 4)])):
        plot.set_stage(NOISE, share)
        pixels = pixels_of(plot)
        for place in places:
            x, y = plot.to_pixel(*place)
            assert pixels[round(y), round(x)].sum() > 350


def test_the_legend_says_what_the_sampler_adds():
    layer = StepTraceLayer("#56b4e9")
    lines = {kind: [text for _, text in layer._particle_legend(particles(formula=kind().step_formula(0)), 5)]
             for kind in (ReverseSDE, ProbabilityFlow)}  # fmt: skip
    assert lines[ReverseSDE] == ["drift  (σᵢ² − σᵢ₊₁²) s", "noise  √(σᵢ² − σᵢ₊₁²) z", "the step  × 5"]
    assert lines[ProbabilityFlow] == ["drift  ½(σᵢ − σᵢ₊₁) (σᵢ sᵢ + σᵢ₊₁ sᵢ₊₁)", "the step  × 5"]


def test_a_particle_arrives_at_the_sum_of_drift_and_noise(plot):
    plot.show_lane(lane(step_trace=step()), ())
    plot.set_stage(SUM, 1.0)
    pixels = pixels_of(plot)
    for place in ((2, 2), (3, 6)):
        x, y = plot.to_pixel(*place)
        assert difference(pixels, "#56b4e9")[round(y), round(x)] < 150
    assert (difference(pixels, theme.colors().drift) < 40).sum() > 10
