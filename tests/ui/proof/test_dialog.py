"""The dialog of the proof, with checks that end at once or never."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from ncsn_viz.lab.checks import CHECKS, Outcome
from ncsn_viz.lab.experiment import Particles, Spec
from ncsn_viz.ui.proof.dialog import CLAIM, EXPECTED, MEASURED, TIME, VERDICT, ProofDialog
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.window import Window
from ncsn_viz.ui.widgets import theme

LONG = 20_000


@dataclass
class Fake:
    """A check that finds what it was told to find, once the gate is open."""

    name: str
    measured: float = 1.0
    broken: str = ""
    gate: threading.Event = field(default_factory=threading.Event)
    what: str = "One is one."
    source: str = "Peano 1889"

    def outcome(self, note=""):
        passed = self.measured == 1 and not note
        return Outcome(self.name, self.what, 1.0, self.measured, 0.125, 0.5, "chalk", passed, self.source, 2.5, note)

    def run(self, stopped):
        while not self.gate.wait(0.005):
            if stopped():
                return None
        if self.broken:
            raise ValueError(self.broken)
        return self.outcome()

    def failed(self, error):
        return self.outcome(note=f"{type(error).__name__}: {error}")


@pytest.fixture
def show(qtbot):
    theme.apply(QApplication.instance())
    shown = []

    def make(*checks):
        dialog = ProofDialog(checks=checks)
        shown.append(dialog)
        dialog.show()
        return dialog

    yield make
    for dialog in shown:
        dialog.close()
        dialog.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def text(dialog, row, column):
    return dialog.table.item(row, column).text()


def ink(dialog, row):
    return dialog.table.item(row, VERDICT).foreground().color()


def proving():
    return [thread for thread in threading.enumerate() if thread.name == "ncsn-viz checks"]


def test_rows_fill_as_the_checks_end(qtbot, show):
    one, other = Fake("one"), Fake("other", measured=3.0)
    dialog = show(one, other)
    assert [text(dialog, row, CLAIM) for row in (0, 1)] == ["One is one."] * 2
    assert text(dialog, 0, VERDICT) == "measuring …"
    assert "0 of 2" in dialog.summary.text()
    one.gate.set()
    qtbot.waitUntil(lambda: "1 of 2" in dialog.summary.text(), timeout=LONG)
    assert [text(dialog, 0, column) for column in (EXPECTED, MEASURED, TIME)] == ["1.0000", "1.0000 ± 0.1250", "2.5 s"]
    assert text(dialog, 0, VERDICT) == "✓ agrees"
    assert ink(dialog, 0) == QColor(theme.colors().good)
    assert text(dialog, 1, VERDICT) == "measuring …"
    assert text(dialog, 1, MEASURED) == ""
    other.gate.set()
    qtbot.waitUntil(lambda: "2 of 2" in dialog.summary.text(), timeout=LONG)
    assert text(dialog, 1, VERDICT) == "✗ differs"
    assert ink(dialog, 1) == QColor(theme.colors().bad)
    assert "1 agree, 1 differ" in dialog.summary.text()


def test_the_tool_tip_has_the_source_and_the_tolerance(qtbot, show):
    check = Fake("one")
    dialog = show(check)
    assert dialog.table.item(0, CLAIM).toolTip() == "Peano 1889"
    check.gate.set()
    qtbot.waitUntil(lambda: "1 of 1" in dialog.summary.text(), timeout=LONG)
    for column in range(TIME + 1):
        assert dialog.table.item(0, column).toolTip().split("\n") == [
            "Off by 0 where 1.1250 is allowed", "|measured − expected| ≤ 5 standard errors + 0.5 (chalk)", "Peano 1889",
        ]  # fmt: skip


def test_a_broken_check_differs_and_does_not_hide_the_next(qtbot, show):
    checks = Fake("broken", broken="no chalk"), Fake("well")
    dialog = show(*checks)
    for check in checks:
        check.gate.set()
    qtbot.waitUntil(lambda: "2 of 2" in dialog.summary.text(), timeout=LONG)
    assert text(dialog, 0, VERDICT) == "✗ differs"
    assert "ValueError: no chalk" in dialog.table.item(0, CLAIM).toolTip()
    assert text(dialog, 1, VERDICT) == "✓ agrees"


@pytest.mark.parametrize("how", ["close", "escape"])
def test_closing_stops_and_joins_the_thread(qtbot, show, how):
    dialog = show(Fake("never"), Fake("after"))
    assert len(proving()) == 1
    begin = time.monotonic()
    if how == "close":
        dialog.close()
    else:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not proving()
    assert not dialog.isVisible()
    assert time.monotonic() - begin < 5
    assert not dialog.isModal()


def test_the_real_checks_stop_between_two_seeds(qtbot, show):
    dialog = show(*CHECKS)
    assert dialog.table.rowCount() == len(CHECKS)
    qtbot.wait(200)
    dialog.close()
    assert not proving()


def test_the_file_menu_opens_it_once_and_the_window_closes_it(qtbot, monkeypatch):
    monkeypatch.setattr("ncsn_viz.ui.proof.dialog.ProofDialog", lambda parent: ProofDialog(parent, [Fake("never")]))
    theme.apply(QApplication.instance())
    window = Window(Session(Spec(particles=Particles(count=200)), "cpu"))
    window.show()
    actions = {action.text(): action for action in window.toolbar.files.menu().actions()}
    for _ in range(2):
        actions["Prove the mathematics …"].trigger()
    first = window.proof_launcher.proof
    assert first.isVisible()
    assert len(proving()) == 1
    first.close()
    assert window.proof_launcher.proof is None
    actions["Prove the mathematics …"].trigger()
    assert window.proof_launcher.proof is not first
    window.close()
    assert not proving()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
