"""Height fields: projection, visibility and shading."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ncsn_viz.ui.surface.height_field import HEIGHT, HeightField, Projection, ViewAngle, chords, pack_colors, render

GREY = (200.0, 200.0, 200.0)


def height_field(height, color=None, size=96):
    """A height field from functions of x and y."""
    x, y = np.meshgrid(np.linspace(-1, 1, size), np.linspace(-1, 1, size))
    colors = np.full((size, size, 3), 200.0) if color is None else color(x, y)
    return HeightField(height(x, y) + 0 * x, colors, GREY)


def hue(pixels):
    """The channels (rows, columns, 3) of packed pixels."""
    return np.stack([pixels >> 16 & 255, pixels >> 8 & 255, pixels & 255], axis=-1).astype(int)


def test_known_points_are_projected_to_known_pixels():
    projection = Projection(ViewAngle(0, 90), 400, 400)  # straight from above, unturned: a map
    projected = projection.project(np.array([[0, 0], [0.5, 0], [0, 0.5]]), np.array([0, 0.3, 1.0]))
    s = projection.scale
    assert projected[:, :2] == pytest.approx(np.array([[200, 200], [200 + s / 2, 200], [200, 200 - s / 2]]))
    side = Projection(ViewAngle(0, 0), 400, 400)  # from the side: heights only
    projected = side.project(np.array([[0.0, -1], [0, 1], [1, 0]]), np.array([0, 1.0, 0.5]))
    assert projected[:, 1] == pytest.approx([200 + HEIGHT / 2 * s, 200 - HEIGHT / 2 * s, 200])
    assert projected[:, 0] == pytest.approx([200, 200, 200 + s])
    assert projected[:, 2] == pytest.approx([-1, 1, 0])


def test_the_projection_is_two_turns_and_a_scale():
    view_angle = ViewAngle(-37, 28)
    a, e = math.radians(-37), math.radians(28)
    turn = np.array([[math.cos(a), math.sin(a), 0], [-math.sin(a), math.cos(a), 0], [0, 0, 1]])
    tilt = np.array([[1, 0, 0], [0, math.sin(e), math.cos(e)]])  # right and up, as seen
    projection = Projection(view_angle, 300, 200)
    rng = np.random.default_rng(1)
    points, heights = rng.uniform(-1, 1, (50, 2)), rng.uniform(0, 1, 50)
    solid = np.column_stack([points, HEIGHT * (heights - 0.5)])
    right, up = tilt @ turn @ solid.T
    wanted = np.column_stack([150 + right * projection.scale, 100 - up * projection.scale])
    assert projection.project(points, heights)[:, :2] == pytest.approx(wanted)


def test_turning_stays_within_bounds():
    assert ViewAngle(170, 40).turned(20, 0).azimuth == pytest.approx(-170)
    assert ViewAngle(0, 80).turned(0, 50).elevation == 90
    assert ViewAngle(0, 20).turned(0, -50).elevation == 5


@pytest.mark.parametrize("azimuth", [-170, -90, -32, 0, 45, 90, 123])
def test_chords_are_the_lines_inside_the_turned_square(azimuth):
    ca, sa, _, _ = ViewAngle(azimuth, 30).cos_sin
    right = np.linspace(-1.6, 1.6, 301, dtype=np.float32)
    near, far = chords(right, ca, sa)
    away = np.linspace(-1.6, 1.6, 1601)[:, None]
    inside = (np.abs(right * ca - away * sa) <= 1) & (np.abs(right * sa + away * ca) <= 1)
    drawn = (away >= near) & (away <= far)
    assert (inside != drawn).mean() < 2e-3
    assert ((near > far) == ~inside.any(0)).mean() > 0.98


def test_from_above_it_is_a_map_with_the_right_side_up():
    quarters = height_field(
        lambda x, y: 0.2, lambda x, y: np.stack([255.0 * (x > 0), 255.0 * (y > 0), 0 * x + 100], axis=-1)
    )
    frame = render(quarters, Projection(ViewAngle(0, 90), 200, 200), 200)
    for x, y in ((-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5)):
        column, row = frame.projection.project(np.array([x, y]), 0.2)[:2].astype(int)
        red, green, _ = hue(frame.pixels)[row, column]
        assert (red > 100, green > 100) == (x > 0, y > 0)


def test_a_wall_hides_what_is_behind_it_from_both_sides():
    def height(x, y):
        return np.where(np.abs(y) < 0.1, 1.0, 0.0)

    def color(x, y):  # red in front of the wall, blue behind it, green on top
        return np.stack([255.0 * (y < -0.2), 255.0 * (np.abs(y) < 0.1), 255.0 * (y > 0.2)], axis=-1)

    wall = height_field(height, color, 201)
    near, far = np.array([[0.0, -0.5]]), np.array([[0.0, 0.3]])
    front = render(wall, Projection(ViewAngle(0, 25), 160, 160), 300)
    assert front.visible(front.projection.project(near, 0.0)).tolist() == [True]
    assert front.visible(front.projection.project(far, 0.0)).tolist() == [False]
    assert front.visible(front.projection.project(far, 1.0)).tolist() == [True]  # high above it
    back = render(wall, Projection(ViewAngle(180, 25), 160, 160), 300)
    assert back.visible(back.projection.project(np.array([[0.0, 0.5]]), 0.0)).tolist() == [True]
    assert back.visible(back.projection.project(np.array([[0.0, -0.3]]), 0.0)).tolist() == [False]
    for elevation in (25, 50, 70):  # of the 0.9 behind the wall, its shadow is hidden: HEIGHT / tan(elevation)
        middle = hue(render(wall, Projection(ViewAngle(0, elevation), 160, 160), 300).pixels)[:, 80]
        behind, before = (middle[:, 2] > 60) & (middle[:, 0] < 50), (middle[:, 0] > 60) & (middle[:, 2] < 50)
        angle = math.radians(elevation)
        left_over = max(0.0, 0.9 - HEIGHT / math.tan(angle)) * math.sin(angle) * front.projection.scale
        assert behind.sum() == pytest.approx(left_over, abs=2)
        assert before.any()


@pytest.mark.parametrize("view_angle", [ViewAngle(-32, 40), ViewAngle(100, 20), ViewAngle(0, 60)])
def test_visibility_agrees_with_ray_casting(view_angle):
    def height(x, y):
        return 0.5 + 0.3 * np.sin(5 * x) * np.cos(4 * y)

    frame = render(height_field(height, size=513), Projection(view_angle, 480, 400), 900)
    rng = np.random.default_rng(0)
    points = rng.uniform(-0.95, 0.95, (400, 2))
    projected = frame.projection.project(points, height(*points.T))
    found = frame.visible(projected)
    ca, sa, ce, se = view_angle.cos_sin
    toward = np.array([sa, -ca]) * ce  # to the viewer: the ground's part; it rises by sin(elevation)
    steps = np.linspace(0.06, 3, 1500)[:, None, None]
    path = points + steps * toward
    over = height(path[..., 0], path[..., 1]) - (height(*points.T) + steps[..., 0] * se / HEIGHT)
    inside = (np.abs(path) <= 1).all(-1)
    clear = np.where(inside, over, -9).max(0)
    sure = np.abs(clear) > 0.03  # but for grazing rays
    assert sure.mean() > 0.5
    assert (found == (clear < 0))[sure].mean() > 0.99


def test_the_point_at_a_pixel_is_the_visible_one():
    def height(x, y):
        return 0.4 + 0.2 * x

    frame = render(height_field(height, size=257), Projection(ViewAngle(-32, 40), 200, 180), 400)
    for point in ((0.0, 0.0), (0.6, -0.3), (-0.7, 0.5)):
        x, y = frame.projection.project(np.array(point), height(*point))[:2]
        assert frame.point_at(x, y) == pytest.approx(point, abs=0.03)
    assert frame.point_at(1, 1) is None
    assert frame.point_at(-5, 900) is None


def test_slopes_towards_the_light_are_brighter():
    def tent(x, y):
        return 0.8 - 0.6 * np.abs(x)

    light = hue(render(height_field(tent), Projection(ViewAngle(0, 60), 200, 200), 300).pixels)
    row = 100
    assert light[row, 70].sum() > 1.2 * light[row, 130].sum()  # it comes from the left
    turned = hue(render(height_field(tent), Projection(ViewAngle(180, 60), 200, 200), 300).pixels)
    assert turned[row, 70].sum() > 1.2 * turned[row, 130].sum()  # of the viewer, wherever he stands


def test_the_block_has_the_height_of_its_heights_and_an_empty_background():
    frame = render(height_field(lambda x, y: 0.5), Projection(ViewAngle(0, 30), 200, 200), 300)
    inside = frame.pixels != 0
    rows, columns = np.nonzero(inside)
    s = frame.projection.scale
    assert columns.max() - columns.min() + 1 == pytest.approx(2 * s, abs=2)
    up = 2 * math.sin(math.radians(30)) + 0.5 * HEIGHT * math.cos(math.radians(30))
    assert rows.max() - rows.min() + 1 == pytest.approx(up * s, abs=2)
    wall = hue(frame.pixels)[rows.max() - 3, 100]
    assert wall.tolist() == hue(pack_colors(np.array([GREY]) * 0.44))[0].tolist()


def test_heights_out_of_range_are_clipped():
    """A wall as wide as the right half, from the foot of the block to beyond the upper edge; left of it nothing."""
    broken = height_field(lambda x, y: np.where(x > 0, 1e9, -1e9))
    frame = render(broken, Projection(ViewAngle(0, 40), 40, 30), 50)
    angle, s = math.radians(40), frame.projection.scale
    foot = 15 + (math.sin(angle) + HEIGHT / 2 * math.cos(angle)) * s
    wanted = np.zeros((30, 40), bool)
    wanted[: round(foot), 20 : 20 + round(s)] = True
    assert np.array_equal(frame.pixels != 0, wanted)
