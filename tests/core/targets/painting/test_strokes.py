"""Strokes on a lattice: independent of the number of mouse events, exact while they grow, and cheap to extend."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest

from ncsn_viz.core.knobs import ValidationError, kind_from_json, to_json
from ncsn_viz.core.targets.painting import Painting, Stroke, draw_mark
from ncsn_viz.core.targets.painting.marks import ERASED_BELOW
from ncsn_viz.core.targets.painting.weights import enclosed_cells

WINDOW = (-8.0, 8.0)
EMPTY = np.zeros((128, 128))
CURVE = tuple((5 * np.cos(t), 3 * np.sin(2 * t)) for t in np.linspace(0, 6, 60))


def centres(cells=128, window=WINDOW):
    return window[0] + (np.arange(cells) + 0.5) * (window[1] - window[0]) / cells


def reference(stroke, cells=128, window=WINDOW):
    """The profile of the distance to the whole polyline, which is sampled densely."""
    x, y = np.meshgrid(centres(cells, window), centres(cells, window))
    points = np.array(stroke.points)
    share = np.linspace(0, 1, 400)[:, None]
    dense = np.concatenate([a + share * (b - a) for a, b in pairwise(points)] or [points])
    nearest = np.min([np.hypot(x - px, y - py) for px, py in dense], axis=0)
    floor = np.exp(-8)
    return np.maximum(np.exp(-2 * (nearest / stroke.size) ** 2) - floor, 0) / (1 - floor)


def test_a_stroke_is_the_profile_of_the_distance_to_the_whole_line():
    stroke = Stroke(size=0.9, strength=0.7, points=((-4, -3), (2, 1), (2, 5), (-3, 5.5)))
    assert np.abs(draw_mark(EMPTY, WINDOW, stroke) - 0.7 * reference(stroke)).max() < 1e-3


def test_rows_are_y_and_columns_are_x():
    weights = draw_mark(EMPTY, WINDOW, Stroke(points=((5.0, -6.0),)))
    row, column = np.unravel_index(weights.argmax(), weights.shape)
    assert centres()[column] == pytest.approx(5, abs=0.07)
    assert centres()[row] == pytest.approx(-6, abs=0.07)


def test_a_stroke_does_not_depend_on_how_many_points_its_line_has():
    corners = ((-6.0, -5.0), (6.0, 4.0), (-2.0, 6.5))
    cut = [corners[0]]
    for a, b in pairwise(corners):
        cut += [tuple(np.array(a) + s * (np.array(b) - np.array(a))) for s in np.linspace(0, 1, 38)[1:]]
    whole, pieces = (draw_mark(EMPTY, WINDOW, Stroke(points=tuple(points))) for points in (corners, cut))
    assert np.abs(whole - pieces).max() < 1e-12


@pytest.mark.parametrize("tool", ["brush", "eraser"])
def test_a_growing_stroke_equals_the_complete_one(tool):
    ground = draw_mark(EMPTY, WINDOW, Stroke(size=3, points=((-2, 0), (3, 0))))
    growing = Painting(ground, WINDOW)
    stroke = Stroke(tool=tool, points=CURVE[:1])
    growing.draw(stroke)
    for at in range(1, len(CURVE), 3):
        stroke = stroke.extended(*CURVE[at : at + 3])
        growing.extend(stroke)
        assert np.array_equal(growing.weights, draw_mark(ground, WINDOW, Stroke(tool=tool, points=stroke.points)))
    assert stroke == Stroke(tool=tool, points=CURVE)


def test_drawing_a_dab_twice_doubles_the_weights():
    painting, dab = Painting(EMPTY, WINDOW), Stroke(points=((1.0, 1.0),))
    painting.draw(dab)
    once = painting.weights.copy()
    painting.draw(dab)
    assert np.array_equal(painting.weights, 2 * once)


def test_one_more_point_costs_well_under_a_millisecond():
    painting, stroke = Painting(EMPTY, WINDOW), Stroke(points=CURVE[:1])
    painting.draw(stroke)
    costs = []
    for point in CURVE[1:]:
        longer = stroke.extended(point)
        start = time.perf_counter()
        painting.extend(longer)
        costs.append(time.perf_counter() - start)
        stroke = longer
    assert np.median(costs) < 1e-3


def test_the_eraser_leaves_no_weight_below_its_threshold_and_changes_nothing_far_away():
    ground = draw_mark(EMPTY, WINDOW, Stroke(size=2, points=((-3, 0), (3, 0))))
    wiped = draw_mark(ground, WINDOW, Stroke(tool="eraser", strength=1, size=1, points=((0.0, 0.0),)))
    x, y = np.meshgrid(centres(), centres())
    far = np.hypot(x, y) > 2
    assert np.array_equal(wiped[far], ground[far])
    assert wiped[63:65, 63:65].max() < 0.02 * ground[63:65, 63:65].min()
    for _ in range(30):
        wiped = draw_mark(wiped, WINDOW, Stroke(tool="eraser", size=10, points=((0.0, 0.0),)))
    assert not ((wiped > 0) & (wiped < ERASED_BELOW)).any()
    assert wiped[50:78, 50:78].max() == 0


def test_a_thin_brush_cannot_pass_between_the_cells():
    coarse = np.zeros((16, 16))
    assert draw_mark(coarse, WINDOW, Stroke(size=0.05, points=((0.0, 0.0),))).max() > 0.05


def test_strokes_outside_the_window_have_no_effect():
    for points in (((30.0, 2.0),), ((-500.0, -20.0), (500.0, -20.0)), ((-1e4, 1e4),)):
        assert draw_mark(EMPTY, WINDOW, Stroke(points=points)).max() == 0
    through = draw_mark(EMPTY, WINDOW, Stroke(points=((-1000.0, 0.0), (1000.0, 0.0))))
    assert (through.max(axis=0) > 0.5).all()


def test_drawing_changes_neither_its_input_nor_its_copies():
    ground = draw_mark(EMPTY, WINDOW, Stroke(points=CURVE))
    before, painting = ground.copy(), Painting(ground, WINDOW)
    painting.draw(Stroke(points=CURVE[:4]))
    replica, shown = painting.copy(), painting.weights.copy()
    replica.extend(Stroke(points=CURVE[:9]))
    replica.draw(Stroke(tool="eraser", points=CURVE))
    assert np.array_equal(painting.weights, shown)
    assert np.array_equal(ground, before)
    with pytest.raises(ValueError, match="read-only"):
        painting.weights[0, 0] = 1


def test_only_a_continuation_extends():
    painting = Painting(EMPTY, WINDOW)
    with pytest.raises(ValueError, match="continuation"):
        painting.extend(Stroke())
    painting.draw(Stroke(points=CURVE[:3]))
    for other in (Stroke(points=CURVE[:2]), Stroke(size=1, points=CURVE[:5]), Stroke(points=CURVE[1:9])):
        with pytest.raises(ValueError, match="continuation"):
            painting.extend(other)


def test_bad_strokes_are_refused():
    with pytest.raises(ValidationError, match=r"points\.?.* rows of 2"):
        Stroke(points=((1.0, 2.0, 3.0),))
    with pytest.raises(ValidationError, match="points must have 1 to"):
        Stroke(points=())
    with pytest.raises(ValidationError, match="finite"):
        Stroke().extended((float("nan"), 0.0))
    with pytest.raises(ValidationError, match="new stroke"):
        Stroke(points=((0.0, 0.0),) * 20_000).extended((1.0, 1.0))
    stroke = Stroke(tool="eraser", size=2, points=CURVE)
    assert kind_from_json((Stroke,), to_json(stroke)) == stroke


# -- filled shapes and symmetry -------------------------------------------------------------------------------------

SYMMETRIES = {"left_right": [lambda w: w[:, ::-1]], "up_down": [lambda w: w[::-1]],
              "both": [lambda w: w[:, ::-1], lambda w: w[::-1]], "turned": [np.rot90]}  # fmt: skip


def test_a_filled_shape_covers_its_inside_and_the_profile_around_its_edge():
    square = ((-3.0, -2.0), (4.0, -2.0), (4.0, 5.0), (-3.0, 5.0))
    weights = draw_mark(EMPTY, WINDOW, Stroke(size=0.4, strength=0.5, points=square, filled=True))
    x, y = np.meshgrid(centres(), centres())
    outside = np.hypot(np.maximum(np.maximum(-3 - x, x - 4), 0), np.maximum(np.maximum(-2 - y, y - 5), 0))
    floor = np.exp(-8)
    expected = 0.5 * np.maximum(np.exp(-2 * (outside / 0.4) ** 2) - floor, 0) / (1 - floor)
    assert np.abs(weights - expected).max() < 1e-12


def test_enclosed_cells_agree_with_winding_numbers():
    star = np.array([(6 * np.cos(t), 6 * np.sin(t)) for t in np.arange(5) * 4 * np.pi / 5 + 0.1])
    inside = enclosed_cells(centres(), star)
    x, y = np.meshgrid(centres(), centres())
    turned = np.zeros_like(x)
    for (ax, ay), (bx, by) in zip(star, np.roll(star, -1, axis=0), strict=True):
        turned += np.angle(((bx - x) + 1j * (by - y)) / ((ax - x) + 1j * (ay - y)))
    assert np.array_equal(inside, np.round(turned / (2 * np.pi)).astype(int) % 2 == 1)
    assert 0.05 < inside.mean() < 0.5


def test_a_growing_filled_stroke_equals_the_complete_one():
    growing = Painting(EMPTY, WINDOW)
    stroke = Stroke(points=CURVE[:1], filled=True, symmetry="turned", folds=3)
    growing.draw(stroke)
    for at in range(1, len(CURVE), 7):
        stroke = stroke.extended(*CURVE[at : at + 7])
        growing.extend(stroke)
        assert np.array_equal(growing.weights, draw_mark(EMPTY, WINDOW, stroke))


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize("symmetry", SYMMETRIES)
def test_symmetry_of_the_weights_is_exact(symmetry, filled):
    points = ((1.0, 2.0), (4.3, 5.1), (5.0, -1.7))
    weights = draw_mark(EMPTY, WINDOW, Stroke(points=points, symmetry=symmetry, folds=4, filled=filled))
    for reflect in SYMMETRIES[symmetry]:
        assert np.abs(weights - reflect(weights)).max() < 1e-12
    alone = draw_mark(EMPTY, WINDOW, Stroke(points=points, filled=filled))
    assert (weights >= alone - 1e-12).all()
    assert weights.sum() > 1.5 * alone.sum()


def test_images_of_the_rotation_are_evenly_spaced_around_the_middle():
    weights = draw_mark(np.zeros((128, 128)), (2.0, 18.0), Stroke(points=((15.0, 10.0),), symmetry="turned", folds=5))
    for k in range(5):
        x, y = 10 + 5 * np.cos(2 * np.pi * k / 5), 10 + 5 * np.sin(2 * np.pi * k / 5)
        assert weights[int((y - 2) * 8), int((x - 2) * 8)] > 0.5
    assert weights.max() < 0.61


@pytest.mark.parametrize("filled", [False, True])
def test_a_stroke_with_pressures_grows_exactly_and_full_pressure_equals_none(filled):
    pressures = tuple(np.linspace(0.1, 1, len(CURVE)))
    growing, stroke = Painting(EMPTY, WINDOW), Stroke(points=CURVE[:1], pressures=pressures[:1], filled=filled)
    growing.draw(stroke)
    for point, pressure in zip(CURVE[1:], pressures[1:], strict=True):
        stroke = stroke.extended(point, pressure=pressure)
        growing.extend(stroke)
    whole = Stroke(points=CURVE, pressures=pressures, filled=filled)
    assert stroke == whole
    assert np.array_equal(growing.weights, draw_mark(EMPTY, WINDOW, whole))
    full = Stroke(points=CURVE, pressures=(1.0,) * len(CURVE), filled=filled)
    assert np.array_equal(draw_mark(EMPTY, WINDOW, full), draw_mark(EMPTY, WINDOW, Stroke(points=CURVE, filled=filled)))
    assert not full.continues(Stroke(points=CURVE[:3], filled=filled))


def test_pressure_scales_strength_and_size():
    ends = ((-6.0, 0.0), (6.0, 0.0))
    hard, soft = (
        draw_mark(EMPTY, WINDOW, Stroke(size=2, strength=1, points=ends, pressures=(p, p))) for p in (1, 0.25)
    )
    assert soft.max() == pytest.approx(0.25, abs=0.01)
    column = 64
    widths = [(w[:, column] > w.max() / 2).sum() for w in (hard, soft)]
    assert widths[1] / widths[0] == pytest.approx(0.4 + 0.6 * 0.25, abs=0.08)
    with pytest.raises(ValidationError, match="one for each point"):
        Stroke(points=ends, pressures=(1.0,))
