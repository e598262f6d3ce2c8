"""Tips: one line, one at a time, once; broken or read-only settings are no trouble."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from ncsn_viz.ui.shell import appearance
from ncsn_viz.ui.shell.tips import TIPS, Tips

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def settings(tmp_path, monkeypatch):
    path = tmp_path / "settings.ini"
    monkeypatch.setattr(appearance, "settings_path", lambda: path)
    return path


@pytest.fixture
def tips(qtbot, settings):
    made = Tips()
    qtbot.addWidget(made)
    return made


def again(qtbot):
    made = Tips()
    qtbot.addWidget(made)
    made.start_once()
    return made


def test_one_after_the_other_and_then_no_more(qtbot, tips):
    assert not tips.isVisible()
    tips.start_once()
    seen = []
    for _ in TIPS:
        assert tips.isVisible()
        seen.append(tips.label.text())
        qtbot.mouseClick(tips.next, LEFT)
    assert seen == list(TIPS)
    assert not tips.isVisible()
    assert not again(qtbot).isVisible()


def test_closed_they_stay_away_and_come_back_from_the_menu(qtbot, tips):
    tips.start_once()
    qtbot.mouseClick(tips.close_button, LEFT)
    assert not tips.isVisible()
    assert not again(qtbot).isVisible()
    menu = QMenu()
    qtbot.addWidget(menu)
    menu.addAction("Quit")
    tips.put_into(menu)
    assert [action.text() for action in menu.actions()] == ["Tips", "Quit"]
    menu.actions()[0].trigger()
    assert tips.isVisible()
    assert tips.label.text() == TIPS[0]


@pytest.mark.parametrize("content", [b"", b"\x00\xff[[[", b"[General]\ntips_seen=@Invalid()\n"])
def test_broken_settings_show_them_once_more(qtbot, settings, content):
    settings.write_bytes(content)
    assert again(qtbot).isVisible()


def test_settings_that_cannot_be_written_still_close_them(qtbot, tips, settings, monkeypatch):
    settings.write_text("a file")
    monkeypatch.setattr(appearance, "settings_path", lambda: settings / "no" / "folder.ini")
    tips.start()
    tips.finish()
    assert not tips.isVisible()


@pytest.mark.parametrize("width", [1280, 1003])
def test_every_tip_is_equally_high(tips, width):
    heights = set()
    tips.start()
    for _ in TIPS:
        heights.add(max(tips.layout().totalHeightForWidth(width), tips.layout().minimumSize().height()))
        tips._next()
    assert len(heights) == 1
