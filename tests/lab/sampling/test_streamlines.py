"""Moving streamlines against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from engines import PAUSE, SPEC, engine, evaluate, fields

from ncsn_viz.lab.sampling.streamlines import LIFE, SOFTENING, SPEED, StreamlineParticles, softening_of
from ncsn_viz.lab.worker.frame_scheduler import FrameScheduler

REGION = (-8.0, 8.0, -8.0, 8.0)
CPU = torch.device("cpu")
STEP = SPEED * 16


class Rotation:
    """s = ω (−y, x)."""

    def score(self, x, sigma):
        return 3.0 * torch.stack([-x[:, 1], x[:, 0]], dim=1)


class Sink:
    """s = −x."""

    def score(self, x, sigma):
        return -x


class Nothing:
    def score(self, x, sigma):
        return torch.full_like(x, float("nan"))


def at(*points):
    made = StreamlineParticles(REGION, CPU, len(points))
    made.x = torch.tensor(points, dtype=torch.float64)
    made.age = torch.zeros(len(points))
    return made


def test_in_a_rotation_they_move_on_circles_at_their_speed():
    made, softening = at((3.0, 0.0), (0.0, -6.0)), 2.0
    speeds = [made.move(Rotation(), 1.0, softening) for _ in range(100)]
    radius = torch.tensor([3.0, 6.0], dtype=torch.float64)
    speed = 3 * radius / ((3 * radius).square() + softening**2).sqrt()
    assert torch.linalg.vector_norm(made.x, dim=1) == pytest.approx(radius, rel=1e-5)
    turned = torch.atan2(made.x[:, 1], made.x[:, 0]) - torch.tensor([0.0, -math.pi / 2], dtype=torch.float64)
    assert turned == pytest.approx(100 * STEP * speed / radius, rel=1e-4)
    assert speeds[-1] == pytest.approx(speed, rel=1e-4)


def test_into_a_sink_they_follow_the_closed_form_and_stop():
    made, softening, start = at((5.0, 0.0), (0.6, 0.8)), 0.7, np.array([5.0, 1.0])
    for _ in range(25):
        made.move(Sink(), 1.0, softening)
    radius = torch.linalg.vector_norm(made.x, dim=1).numpy()

    def clock(r):  # dr/dt = −r/√(r² + c²) has the integral t = F(r₀) − F(r)
        root = np.sqrt(r**2 + softening**2)
        return root - softening * np.arctanh(softening / root)

    assert clock(start) - clock(radius) == pytest.approx(25 * STEP, rel=1e-4)
    assert made.x[0, 1] == pytest.approx(0)


def test_a_field_that_is_not_a_number_moves_nothing():
    made = StreamlineParticles(REGION, CPU)
    before = made.x.clone()
    made.move(Nothing(), 1.0, 1.0)
    assert (made.x != before).any(1).sum() <= made.started - len(before) < 10  # only those that started again
    assert made.rasterize(Nothing(), 1.0, 1.0, 50).image.max() == 0


def test_they_start_evenly_and_again_after_their_life():
    made = StreamlineParticles((-8.0, 8.0, -2.0, 6.0), CPU, 640)
    for _ in range(LIFE + 7):
        counts, _, _ = np.histogram2d(*made.x.numpy().T, bins=(8, 4), range=((-8, 8), (-2, 6)))  # 20 a cell
        made.move(Nothing(), 1.0, 1.0)
        assert counts.sum() == 640
        assert 14 <= counts.min() <= counts.max() <= 26
    assert made.started > 2 * 640
    assert made.age.max() < LIFE


def test_the_image_shows_where_they_were_and_fades():
    made = at((3.0, 0.0))
    made.age += LIFE / 2
    for _ in range(40):
        shown = made.rasterize(Rotation(), 1.0, 0.1, 200)
    rows, columns = np.nonzero(shown.image > 20)
    x, y = (columns + 0.5) * 16 / 200 - 8, (rows + 0.5) * 16 / 200 - 8
    assert np.abs(np.hypot(x, y) - 3).max() < 0.2
    bow = np.arctan2(y, x)
    assert bow.min() > -0.1
    assert bow.max() == pytest.approx(40 * STEP / 3, abs=0.08)
    newest, oldest = bow > bow.max() - 0.1, bow < bow.min() + 0.1
    light = shown.image[rows, columns]
    assert light[newest].max() > 1.5 * light[oldest].max()


def test_the_softening_is_a_share_of_the_median_score():
    score = torch.zeros(1, 2, 5, 5)
    score[0, 0], score[0, 1] = 3.0, 4.0
    assert softening_of(score) == pytest.approx(5 * SOFTENING)


def streaming(layers, **more):
    made = engine(replace(SPEC, view=replace(SPEC.view, layers=layers), **more))
    evaluate(made)
    return made


def test_they_move_while_everything_else_is_paused():
    made = streaming(("streamlines",), playback=PAUSE)
    first, second = (made.snapshot().lanes[0].streamlines for _ in range(2))
    assert first.image.shape == (32, 32)
    assert not np.array_equal(first.image, second.image)
    assert first.region == made.spec.view.region
    assert made.streamlines_shown
    scheduler = FrameScheduler(made)
    scheduler.frame()
    assert scheduler.has_news
    made = streaming(("field",), playback=PAUSE)
    assert made.snapshot().lanes[0].streamlines is None
    assert not made.streamlines_shown
    scheduler = FrameScheduler(made)
    scheduler.frame()
    assert not scheduler.has_news


def test_they_start_again_in_another_region():
    made = streaming(("streamlines",))
    made.snapshot()
    made.apply(replace(made.spec, view=replace(made.spec.view, region=(0.0, 4.0, 0.0, 2.0))))
    assert made.snapshot().lanes[0].streamlines is None  # nothing is evaluated there yet
    evaluate(made)
    shown = made.snapshot().lanes[0].streamlines
    assert shown.region == (0.0, 4.0, 0.0, 2.0)
    assert shown.image.shape == (16, 32)
    x = made.lanes[0].streamlines.particles.x
    assert ((x > -0.2) & (x < 4.2)).all()


def test_layers_that_need_no_evaluation_leave_the_field_as_it_is():
    made = streaming(("density", "particles"))
    before = fields(made)[0]
    made.apply(replace(made.spec, view=replace(made.spec.view, layers=("streamlines", "trails", "field"))))
    assert fields(made)[0] is before
    made.apply(replace(made.spec, view=replace(made.spec.view, layers=("curl",))))
    assert fields(made)[0] is None


def test_a_lane_may_have_layers_of_its_own():
    own = replace(SPEC.lanes[1], own_layers=True, layers=("curl", "energy", "streamlines"))
    made = engine(replace(SPEC, lanes=(SPEC.lanes[0], own)))
    evaluate(made)
    one, two = made.snapshot().lanes
    assert (one.streamlines, dict(one.field.maps), one.field.contours) == (None, {}, ())
    assert one.particles is not None
    assert two.particles is None
    assert set(two.field.maps) == {"curl"}
    assert two.field.contours
    assert two.streamlines is not None
    before = made.lanes[1].trainer
    made.apply(SPEC)  # the layers of all lanes again: nothing is restarted
    assert made.lanes[1].trainer is before
    assert made.snapshot().lanes[1].streamlines is None
