"""Timers: in every locale, and none that can be put off for ever."""

from __future__ import annotations

import ast
from pathlib import Path
from time import perf_counter

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QObject

import ncsn_viz
from ncsn_viz.ui.widgets.timers import Debounce, timer

ROOT = Path(ncsn_viz.__file__).parent
QT = {name: found for part in (QtCore, QtGui, QtWidgets) for name, found in vars(part).items() if name.startswith("Q")}


def test_a_timer_that_repeats_and_one_that_does_not(qtbot, qapp):
    told = []
    for once in (False, True):
        made = timer(qapp, 5, lambda: told.append(1), once)
        made.start()
        qtbot.waitUntil(lambda: bool(told))
        qtbot.wait(40)
        assert (len(told) == 1) is once
        assert made.interval() == 5
        made.stop()
        made.deleteLater()
        told.clear()


def test_no_property_is_given_by_a_name_with_a_small_i():
    """PySide makes the setter's name with the locale's capital letter, and in Turkish that of i is not I."""
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}: {call.func.id}({word.arg}=…)"
        for path in ROOT.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and issubclass_of_qobject(call.func.id)
        for word in call.keywords
        if (word.arg or "i").startswith("i")
    ]
    assert not wrong


def issubclass_of_qobject(name):
    found = QT.get(name)
    return isinstance(found, type) and issubclass(found, QObject)


class Clock:
    """Notes when it is called."""

    def __init__(self):
        self.begin, self.done = perf_counter(), []

    @property
    def now(self):
        return perf_counter() - self.begin

    def note(self):
        self.done.append(self.now)


def test_what_is_requested_without_a_pause_is_done_at_the_latest_after_its_time(qtbot, qapp):
    clock = Clock()
    done = clock.done
    soon = Debounce(clock.note, quiet=60, latest=200, parent=qapp)
    while clock.now < 0.75:
        soon.request()
        qtbot.wait(5)
    assert 3 <= len(done) <= 4
    assert 0.19 < done[0] < 0.3
    soon.cancel()
    qtbot.wait(80)
    assert len(done) <= 4
    assert not soon.pending
    soon.deleteLater()


def test_after_a_pause_it_is_done_once(qtbot, qapp):
    clock = Clock()
    done = clock.done
    soon = Debounce(clock.note, quiet=30, latest=2000, parent=qapp)
    for _ in range(5):
        soon.request()
    assert soon.pending
    qtbot.waitUntil(lambda: bool(done), timeout=1000)
    qtbot.wait(60)
    assert len(done) == 1
    assert 0.025 < done[0] < 0.3
    soon.request()
    soon.flush()
    assert len(done) == 2
    assert not soon.pending
    soon.deleteLater()
