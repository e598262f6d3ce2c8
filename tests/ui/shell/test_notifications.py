"""Messages above the lanes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from ncsn_viz.ui.shell import notifications
from ncsn_viz.ui.shell.notifications import NotificationBar


@pytest.fixture
def bar(qtbot, monkeypatch):
    monkeypatch.setattr(notifications, "DURATION", 20)
    made = NotificationBar()
    qtbot.addWidget(made)
    return made


def test_a_message_is_shown_for_a_while(bar, qtbot):
    bar.notify("Saved.")
    assert (bar.text(), bar.isHidden()) == ("Saved.", False)
    qtbot.waitUntil(bar.isHidden, timeout=1000)


def test_a_lasting_one_until_it_is_read(bar, qtbot):
    bar.notify("Soon gone.")
    bar.notify("The experiment has stopped.", lasting=True)
    qtbot.wait(60)
    assert not bar.isHidden()
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton)
    assert bar.isHidden()
