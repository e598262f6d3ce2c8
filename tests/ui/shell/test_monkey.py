"""A monkey at the real window while it trains: nothing that it does breaks anything.

Another seed: `NCSN_VIZ_MONKEY=7 pytest tests/ui/test_monkey.py`.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer, qInstallMessageHandler
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMenu, QWidget

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import NCSN, Sliced
from ncsn_viz.core.samplers import Langevin
from ncsn_viz.lab.experiment import LaneSpec, Particles, Spec
from ncsn_viz.ui.proof.launcher import ProofLauncher
from ncsn_viz.ui.shell import appearance
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.window import Window
from ncsn_viz.ui.widgets import theme

SEED = int(os.environ.get("NCSN_VIZ_MONKEY", "1"))
EVENTS = 1000
SMALL = ScoreMLP(hidden=8, layers=1)
SPEC = Spec(
    lanes=(LaneSpec(objective=NCSN(levels=3), net=SMALL), LaneSpec(objective=Sliced(), net=SMALL, sampler=Langevin())),
    particles=Particles(count=100),
)
BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
MODIFIERS = (Qt.KeyboardModifier.NoModifier,) * 4 + (Qt.KeyboardModifier.ShiftModifier,)
KEYS = [
    *(getattr(Qt.Key, f"Key_{name}") for name in (
        "Tab", "Backtab", "Escape", "Return", "Up", "Down", "Left", "Right", "PageUp", "PageDown", "Home", "End",
        "Delete", "Backspace", "Space", "Plus", "Minus", "Period", "Comma", "BracketLeft", "BracketRight",
    )),
    *(getattr(Qt.Key, f"Key_{name}") for name in "0123456789EPRSTNXFHG"),
]  # fmt: skip
CONTROLLED = [getattr(Qt.Key, f"Key_{name}") for name in "ZYDRSOCVA"]
ALWAYS_SAID = ("This plugin does not support",)  # by the platform without a screen
HEAVY = ("Batch size", "Chain length", "Resolution", "Hidden", "Nodes", "Repeats", "Slices", "Steps", "Speed")


class Monkey:
    """Random events to whatever is visible."""

    def __init__(self, window: QWidget, seed: int) -> None:
        self.window, self.rng = window, random.Random(seed)
        self.did: list[str] = []
        self.seen: list[QWidget] = []
        self.popups = QTimer(window, interval=5)  # menus run a loop of their own: they are answered from a timer
        self.popups.timeout.connect(self.answer)
        self.popups.start()

    def answer(self) -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog):  # what it asks for would be kept beyond this test
            dialog.reject()
            return
        popup = QApplication.activePopupWidget()
        if popup is None:
            return
        if isinstance(popup, QMenu) and self.rng.random() < 0.6:
            choice = [a for a in popup.actions() if a.isEnabled() and not a.menu() and a.text() not in ("", "Quit")]
            if choice:
                action = self.rng.choice(choice)
                self.did.append(f"menu: {action.text()}")
                popup.close()
                action.trigger()
                return
        popup.close()

    def target(self) -> QWidget:
        """A visible widget; those that would only make each step cost seconds are left out."""
        if len(self.did) % 5 == 0:  # to find all of them takes longer than to act
            seen = [w for w in self.window.findChildren(QWidget) if not w.accessibleName().startswith(HEAVY)]
            self.seen = [self.window, *seen]
        there = [w for w in self.seen if shiboken6.isValid(w) and w.isVisible() and w.width() > 2 and w.height() > 2]
        return self.rng.choice(there)

    def place(self, widget: QWidget) -> QPoint:
        return QPoint(self.rng.randrange(widget.width()), self.rng.randrange(widget.height()))

    def act(self) -> None:
        widget = self.target()
        what = self.rng.choices(
            (self.click, self.drag, self.hover, self.double, self.wheel, self.key, self.combination, self.resize),
            (30, 15, 12, 5, 12, 18, 6, 2),
        )[0]
        self.did.append(f"{what.__name__} {type(widget).__name__} {widget.accessibleName()}")
        what(widget)

    def click(self, widget: QWidget) -> None:
        QTest.mouseClick(widget, self.rng.choice(BUTTONS), self.rng.choice(MODIFIERS), self.place(widget))

    def double(self, widget: QWidget) -> None:
        QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=self.place(widget))

    def hover(self, widget: QWidget) -> None:
        QTest.mouseMove(widget, self.place(widget))

    def drag(self, widget: QWidget) -> None:
        button = self.rng.choice(BUTTONS)
        QTest.mousePress(widget, button, self.rng.choice(MODIFIERS), self.place(widget))
        for _ in range(self.rng.randrange(1, 5)):
            if shiboken6.isValid(widget) and widget.isVisible():
                QTest.mouseMove(widget, self.place(widget))
                QApplication.processEvents()
        if shiboken6.isValid(widget) and widget.isVisible():
            QTest.mouseRelease(widget, button, pos=self.place(widget))

    def wheel(self, widget: QWidget) -> None:
        at = QPointF(self.place(widget))
        turn = QPoint(0, self.rng.choice((-360, -120, 120, 360)))
        event = QWheelEvent(
            at, QPointF(widget.mapToGlobal(at.toPoint())), QPoint(), turn, Qt.MouseButton.NoButton,
            self.rng.choice(MODIFIERS), Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)

    def key(self, widget: QWidget) -> None:
        QTest.keyClick(widget, self.rng.choice(KEYS), self.rng.choice(MODIFIERS))

    def combination(self, widget: QWidget) -> None:
        QTest.keyClick(widget, self.rng.choice(CONTROLLED), Qt.KeyboardModifier.ControlModifier)

    def resize(self, widget: QWidget) -> None:
        self.window.resize(self.rng.randrange(900, 1700), self.rng.randrange(560, 1050))


@pytest.fixture
def said(monkeypatch, tmp_path):
    """What Qt says; and nothing that opens a dialog of the system or writes outside of this test."""
    monkeypatch.setattr(QFileDialog, "exec", lambda *_: 0)
    monkeypatch.setattr(ProofLauncher, "prove", lambda _: None)  # minutes of work, with tests of its own
    monkeypatch.setattr(appearance, "settings_path", lambda: tmp_path / "settings.ini")
    heard: list[str] = []
    old = qInstallMessageHandler(lambda _kind, _where, text: heard.append(text))
    yield heard
    qInstallMessageHandler(old)
    theme.apply(QApplication.instance())


def settled():
    for _ in range(3):
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()


def test_a_thousand_random_events_while_it_trains(qtbot, qapp, said):
    theme.apply(qapp)
    session = Session(SPEC, "cpu")
    window = Window(session)
    seen, failures = [], []
    session.snapshotReady.connect(lambda snapshot: seen.__setitem__(slice(None), [snapshot]))
    session.snapshotReady.connect(lambda snapshot: failures.append(snapshot.failure) if snapshot.failure else None)
    window.show()
    session.start()
    qtbot.waitUntil(lambda: bool(seen) and seen[0].lanes[0].step > 2, timeout=30_000)
    widgets = len(qapp.allWidgets())
    monkey = Monkey(window, SEED)
    try:
        for _ in range(EVENTS):
            monkey.act()
            qapp.processEvents()
        monkey.popups.stop()
        assert not failures, (failures, monkey.did[-20:])
        # it still answers, and back at the start nothing has piled up
        assert session.edit(lambda spec: replace(SPEC, view=spec.view)) is None
        qtbot.waitUntil(lambda: seen[0].spec == session.spec and seen[0].lanes[0].step > 2, timeout=30_000)
        settled()
        grown = len(qapp.allWidgets()) - widgets
        assert grown < 150, grown
        warned = {text for text in said if not text.startswith(ALWAYS_SAID)}
        assert not warned, monkey.did[-20:]
    finally:
        monkey.popups.stop()
        window.close()
        window.deleteLater()
        settled()
