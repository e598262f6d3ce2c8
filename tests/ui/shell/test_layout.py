"""The window fits the screen, shows only what is essential at the first start, and keeps what was chosen."""

from __future__ import annotations

import pytest
from fake_snapshots import lane, snapshot
from PySide6.QtCore import QEvent, QPoint, QRect, QSize
from PySide6.QtWidgets import QApplication, QWidget

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.shell import appearance, layout
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.window import Window
from ncsn_viz.ui.widgets import theme

SMALL = QRect(0, 0, 1280, 800)


@pytest.fixture
def opened(qapp, tmp_path, monkeypatch):
    """Opens windows that share their settings."""
    monkeypatch.setattr(appearance, "settings_path", lambda: tmp_path / "settings.ini")
    theme.apply(qapp)
    windows = []

    def open_window(lanes=2):
        spec = Spec()
        for _ in range(lanes - 2):
            spec = edits.duplicate_lane(spec, 0)
        window = Window(Session(spec, "cpu"))
        window.panels.restore()
        windows.append(window)
        window.show()
        window.display.show_snapshot(snapshot([lane(metrics={"sliced_w2": 0.1}) for _ in range(lanes)]))
        QApplication.processEvents()
        return window

    yield open_window
    for window in windows:
        window.close()
        window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.mark.parametrize(
    "rect",
    [QRect(), QRect(100, 100, 1500, 940), QRect(-4000, 9000, 1500, 940), QRect(1200, 700, 400, 300),
     QRect(0, 0, 9999, 9999), QRect(300, 200, 900, 500)],
)  # fmt: skip
@pytest.mark.parametrize("screen", [SMALL, QRect(0, 0, 1920, 1080), QRect(-1920, 200, 1280, 1024)])
def test_the_window_is_always_within_the_screen(rect, screen):
    placed = layout.inside(rect, screen)
    assert screen.contains(placed)
    assert placed.top() - screen.top() >= 30  # the title bar can be reached
    if rect.isValid() and screen.adjusted(0, layout.FRAME, 0, 0).contains(rect):
        assert placed == rect


def test_size_and_place_are_kept(opened):
    window = opened()
    window.setGeometry(40, 60, 1100, 700)
    layout.save_place(window)
    again = opened()
    layout.place(again)
    assert again.geometry() == layout.inside(QRect(40, 60, 1100, 700), again.screen().availableGeometry())


@pytest.mark.parametrize("text", ["", "1 2 3", "a b c d e", "0 0 -5 10 0", "9 9 99999999999 9 0", "1 2 3 4 5 6"])
def test_a_broken_place_is_no_trouble(opened, text):
    appearance.settings().setValue(layout.PLACE, text)
    window = opened()
    layout.place(window)
    assert window.screen().availableGeometry().contains(window.geometry())


def test_the_first_start_shows_what_is_essential_and_one_click_everything(opened, qtbot):
    window = opened()
    panel, target = window.bottom_panel, window.target
    calm = [target.canvas, target.presets, window.toolbar.play, *panel.curves, window.lanes.color_bars]
    more = [
        window.lane, window.cursor_readout, window.ladder, panel.modes, panel.legend, target.tools, target.brush,
        target.particles, window.toolbar.train, *(card.footer for card in window.lanes.cards),
    ]  # fmt: skip
    assert all(part.isVisible() for part in calm)
    assert not any(part.isVisible() for part in more)
    window.toolbar.all.click()
    assert all(part.isVisible() for part in calm + more)
    window.toolbar.all.click()
    assert not any(part.isVisible() for part in more)


def test_what_is_shown_is_kept_for_the_next_start(opened):
    window = opened()
    window.panels.actions["ladder"].trigger()
    window.panels.sections["particles"].set_folded(False)
    window.panels.sections["presets"].set_folded(True)
    window.panels.save()
    again = opened()
    others = dict.fromkeys(("buttons", "settings", "time", "measures"), False)
    assert again.panels.shown == {"ladder": True, **others}
    assert [name for name, section in again.panels.sections.items() if section.folded] == ["tools", "presets", "shape"]
    assert again.ladder.isVisible()
    assert not again.toolbar.all.isChecked()


def test_hidden_noise_levels_stay_hidden_after_slow_motion(opened):
    window = opened()
    window.session.edit(edits.toggle_slow_motion)
    assert window.slow.isVisible()
    window.session.edit(edits.end_slow_motion)
    assert not window.ladder.isVisible()


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("size", [layout.LEAST, QSize(1280, 760), QSize(1920, 1040)])
@pytest.mark.parametrize("lanes", [2, 4, 6])
def test_nothing_overlaps_or_leaves_the_window(opened, size, lanes, everything):
    window = opened(lanes)
    window.panels.show_all(everything)
    window.tips.start()
    window.resize(size)
    QApplication.processEvents()
    assert window.size() == size
    parts = [
        window.toolbar, window.arrangement._left, window.arrangement.right, window.tips, window.lanes.color_bars,
        window.ladder, *window.lanes.cards, *window.bottom_panel.curves, window.bottom_panel.modes,
    ]  # fmt: skip
    rects = [box(part) for part in parts if part.isVisible()]
    for index, rect in enumerate(rects):
        assert window.rect().contains(rect), parts[index]
        assert not any(rect.intersects(other) for other in rects[index + 1 :]), (rect, rects[index + 1 :])
    for curve in window.bottom_panel.curves:
        assert "…" not in curve.head.title.text()
    for card in window.lanes.cards:
        assert min(card.plot.width(), card.plot.height()) >= 60


def test_the_canvas_grows_with_the_window(opened):
    window, sides = opened(), []
    for size in (layout.LEAST, QSize(1280, 760), QSize(1920, 1040)):
        window.resize(size)
        QApplication.processEvents()
        canvas = window.target.canvas
        assert canvas.width() == canvas.height()
        sides.append(canvas.width())
    assert sides[0] < sides[1] < sides[2]
    assert sides[2] > 1.4 * sides[0]


@pytest.mark.parametrize("count", [1, 3, 4, 5, 6])
def test_the_squares_of_the_plots_are_as_large_as_the_better_place_of_the_curves_allows(opened, count):
    """Beside the lanes instead of below them, where two rows of lanes would become low and wide."""
    window = opened(max(count, 2))
    if count == 1:
        window.session.edit(lambda spec: edits.remove_lane(spec, 1))
        window.display.show_snapshot(snapshot([lane()]))
    window.resize(1500, 900)
    QApplication.processEvents()
    plots = [card.plot for card in window.lanes.cards]
    assert len(plots) == count
    used = sum(min(plot.width(), plot.height()) ** 2 for plot in plots)
    assert used / sum(plot.width() * plot.height() for plot in plots) > 0.55


def box(part: QWidget) -> QRect:
    return QRect(part.mapTo(part.window(), QPoint(0, 0)), part.size())
