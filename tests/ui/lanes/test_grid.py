"""The grid of lanes: how many, where, and all looking at the same part of the plane."""

import gc
import weakref

import pytest
from fake_snapshots import bell, lane, particle_at, pixels_of, snapshot, spec
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage

from ncsn_viz.lab.experiment.commands import RestartLane
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.ui.charts import export
from ncsn_viz.ui.lanes.arrangement import rectangles
from ncsn_viz.ui.lanes.grid import LaneGrid
from ncsn_viz.ui.widgets import theme


@pytest.fixture
def grid(qtbot, qapp):
    theme.apply(qapp)
    made = LaneGrid()
    qtbot.addWidget(made)
    made.resize(1100, 640)
    made.show()
    return made


def regions(grid):
    """The regions that the grid makes those of the view, as they come."""
    found = []

    def note(edit, _):
        region = edit(spec()).view.region
        if region != spec().view.region:
            found.append(region)

    grid.edited.connect(note)
    return found


def lanes(count):
    return [lane(field=bell((1, 1)), particles=particle_at(3, 2)) for _ in range(count)]


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (2, 1), (4, 2), (5, 2), (6, 2)])
def test_arrangement(count, rows):
    placed = rectangles(count, 1100, 640)
    assert len(placed) == count
    assert len({place.top() for place in placed}) == rows
    assert max(place.right() for place in placed) == 1099
    assert max(place.bottom() for place in placed) == 639
    assert not any(a.intersects(b) for a in placed for b in placed if a is not b)


def test_three_lanes_stand_as_the_window_wants():
    assert len({place.top() for place in rectangles(3, 1800, 560)}) == 1
    assert len({place.top() for place in rectangles(3, 900, 800)}) == 2
    assert len({place.top() for place in rectangles(3, 400, 1500)}) == 3
    assert rectangles(0, 100, 100) == []


def test_cards_come_and_go_with_the_snapshot(grid, qtbot):
    for count in (2, 4, 1, 6, 3):
        grid.show_snapshot(snapshot(lanes(count)), 0)
        assert len(grid.cards) == count
        assert [card.index for card in grid.cards] == list(range(count))
        assert all(card.isVisible() for card in grid.cards)
        pixels = pixels_of(grid)
        for card in grid.cards:  # every one shows its own field, with its peak where (1, 1) is
            x, y = card.plot.to_pixel(1, 1)
            place = card.plot.mapTo(grid, QPoint(round(x), round(y)))
            assert pixels[place.y(), place.x()].sum() > 300


def test_all_lanes_look_where_one_looks(grid, qtbot):
    grid.show_snapshot(snapshot(lanes(4)), 1)
    said = regions(grid)
    qtbot.waitUntil(lambda: bool(said), timeout=2000)
    x0, x1, y0, y1 = said[-1]
    assert min(x1 - x0, y1 - y0) == pytest.approx(16, abs=0.2)
    grid.cards[2].plot.zoom(0.5, QPointF(100, 60))
    qtbot.waitUntil(lambda: len(said) == 2, timeout=2000)
    first = grid.cards[2].plot.camera
    for card in grid.cards:
        assert card.plot.camera.center == first.center
        assert card.plot.camera.half_extent == first.half_extent == pytest.approx(4)
    before = [card.plot.camera for card in grid.cards]
    grid.set_region(said[-1])  # as it comes back from the Spec
    assert [card.plot.camera for card in grid.cards] == before
    grid.set_region((0.0, 2.0, 0.0, 2.0))
    assert {card.plot.camera.center for card in grid.cards} == {(1.0, 1.0)}
    qtbot.waitUntil(lambda: len(said) == 3, timeout=2000)  # there is room for more than the square
    grid.set_region(said[1])  # undone
    assert [card.plot.camera.center for card in grid.cards] == [pytest.approx(first.center)] * 4
    qtbot.wait(100)
    assert len(said) == 3  # what was shown is not emitted


def test_the_signals_of_cards_are_passed_on(grid, qtbot):
    grid.show_snapshot(snapshot(lanes(3)), 0)
    emitted = []
    grid.edited.connect(lambda edit, _: emitted.append(edit(spec(3))))
    qtbot.mouseClick(grid.cards[2].plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert [found.chosen for found in emitted] == [2]
    with qtbot.waitSignal(grid.commanded) as said:
        grid.cards[1].banner.remedies.button.click()
    assert said.args == [RestartLane(1)]
    with qtbot.waitSignal(grid.cursorMoved) as said:
        qtbot.mouseMove(grid.cards[0].plot.viewport(), QPoint(60, 60))
    assert len(said.args[0]) == 2


def test_a_new_lane_looks_where_the_others_look(grid, qtbot):
    grid.set_region((-8.0, 8.0, -8.0, 8.0))  # before there are any
    grid.show_snapshot(snapshot(lanes(2)), 0)
    grid.cards[0].plot.zoom(0.25, QPointF(40, 60))
    camera = grid.cards[0].plot.camera
    assert camera.half_extent == pytest.approx(2)
    for count in (3, 6, 4):
        grid.show_snapshot(snapshot(lanes(count)), 0)
        qtbot.wait(50)
        assert {card.plot.camera.center for card in grid.cards} == {camera.center}
        assert {card.plot.camera.half_extent for card in grid.cards} == {camera.half_extent}


def test_particles_are_drawn_as_wide_as_the_widest_plot(qtbot, grid):
    heard = []
    grid.edited.connect(lambda edit, _: heard.append(edit(spec()).view.pixels))
    grid.resize(1000, 600)
    grid.show_snapshot(snapshot(lanes(1)), 0)
    qtbot.waitUntil(lambda: heard[-1:] == [960])
    grid.show_snapshot(snapshot(lanes(4)), 0)
    qtbot.waitUntil(lambda: heard[-1] < 960)
    assert {card.plot.width() for card in grid.cards} == {heard[-1]}  # all alike, and none is scaled


def test_a_card_that_is_removed_is_freed_at_once(grid, qtbot):
    """With its pictures, which are large; and without a search for cycles, which comes seldom."""
    gc.collect()
    gc.disable()
    try:
        grid.show_snapshot(snapshot(lanes(3)), 0)
        qtbot.wait(50)
        plots = [weakref.ref(card.plot) for card in grid.cards]
        grid.show_snapshot(snapshot(lanes(1)), 0)
        qtbot.waitUntil(lambda: [plot() is None for plot in plots] == [False, True, True])
    finally:
        gc.enable()


@pytest.mark.parametrize("layers", [("density",), ("surface",)])
def test_the_picture_of_a_lane_is_saved(grid, tmp_path, monkeypatch, layers):
    field = bell((0, 0))
    grid.show_snapshot(Snapshot(spec(2, layers=layers), (lane(field=field), lane(field=field))), 0)
    monkeypatch.setattr(export, "path_to_save", lambda parent, title, kinds, name: tmp_path / name)
    grid.save_picture(1, "png")
    assert not QImage(str(tmp_path / "lane B.png")).isNull()
    failed = []
    grid.failed.connect(failed.append)
    monkeypatch.setattr(export, "path_to_save", lambda *_: tmp_path / "missing" / "lane.png")
    grid.save_picture(0, "png")
    assert failed == ["“lane.png” could not be written: No such file or directory."]
