"""The marginals of a lane: in strips of their own, above and beside what they are marginals of."""

from __future__ import annotations

import numpy as np
import pytest
from fake_snapshots import lane, particle_at, pixels_of
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtWidgets import QApplication

from ncsn_viz.lab.snapshot import Marginal

EDGES = np.linspace(-8, 8, 17, dtype=np.float32)


def peak(at):
    """All particles in the bin that begins at `at`; the truth is level."""
    particles = np.where(EDGES[:-1] == at, 1.0, 0.0).astype(np.float32)
    return Marginal(EDGES, particles, np.full(16, 1 / 16, np.float32))


def shown(plot, x, y):
    full = lane(marginals=(peak(x), peak(y)), particles=particle_at(x + 0.5, y + 0.5))
    plot.show_lane(full, ("particles", "marginals"))
    plot.frame._throttle.flush()
    QApplication.processEvents()
    return pixels_of(plot)


@pytest.mark.parametrize(("x", "y"), [(2.0, 4.0), (-5.0, -3.0)])
def test_bars_stand_above_and_beside_the_particles(plot, x, y):
    plot.show_lane(lane(marginals=(peak(np.nan), peak(np.nan))), ("marginals",))
    nothing = pixels_of(plot)
    ink = np.abs(shown(plot, x, y) - nothing).sum(-1) > 60
    scene = plot.view.sceneBoundingRect()
    left, top, right, bottom = scene.left(), scene.top(), scene.right(), scene.bottom()
    assert 30 < top < 60
    assert 30 < 500 - right < 60
    above, beside = ink[: round(top), : round(right)].sum(0), ink[round(top) :, round(right) + 1 :].sum(1)
    column, row = (np.nonzero(part > 15)[0].mean() for part in (above, beside))
    wanted = plot.to_pixel(x + 0.5, y + 0.5)
    assert (column, row + round(top)) == pytest.approx(wanted, abs=1.5)
    # and by the particle in the field: an independent mapping
    field = ink[round(top) : round(bottom), round(left) + 40 : round(right)]
    rows, columns = np.nonzero(field)
    inside = (abs(columns + 40 - wanted[0]) < 12) & (abs(rows + top - wanted[1]) < 12)
    assert inside.sum() > 20


def test_strips_are_taken_from_the_view_and_given_back(plot):
    region, rect = plot.region(), plot.view.rect()
    plot.show_lane(lane(), ("marginals",))  # before there are any numbers
    assert plot.view.rect().height() < rect.height()
    assert plot.camera.half_extent == pytest.approx(8)
    shown(plot, 2.0, 4.0)
    plot.zoom(0.5, QPointF(200, 200))
    top, right = plot.frame.marginals
    for strip, axis in ((top, 0), (right, 1)):
        assert strip.viewRange()[axis] == pytest.approx(plot.view.viewRange()[axis])
    plot.resize(420, 380)
    QApplication.processEvents()
    for strip, axis in ((top, 0), (right, 1)):
        assert strip.viewRange()[axis] == pytest.approx(plot.view.viewRange()[axis])
        assert strip.viewRange()[1 - axis] == pytest.approx((0, 1.12 * 3 / 16))  # no bar makes the truth a flat line
    plot.resize(500, 400)
    plot.set_region((-8, 8, -8, 8))
    plot.show_lane(lane(), ())
    assert (plot.region(), plot.view.rect()) == (pytest.approx(region), rect)
    assert not top.isVisible()


def test_nothing_is_under_the_cursor_in_a_strip(plot, qtbot):
    shown(plot, 2.0, 4.0)
    read = []
    plot.cursorMoved.connect(read.append)
    for pixel in ((200, 200), (200, 10), (490, 200)):
        qtbot.mouseMove(plot.viewport(), QPoint(*pixel))
    assert read[0] == pytest.approx(plot.to_plane(QPointF(200, 200)))
    assert read[-2:] == [None, None]
