"""What holds for every test: one torch thread, no screen, and nothing left behind."""

from __future__ import annotations

import gc
import os
import sys
import threading

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anything imports Qt

import torch

torch.set_num_threads(1)

# Windows that Qt makes for itself and keeps.
QT_OWN = ("QTipLabel", "QComboBoxPrivateContainer", "QShortcutOverride")


def pytest_collection_modifyitems(config, items):
    """Tests that cannot or should not run here say so."""
    wants_slow = "slow" in (config.getoption("-m") or "")
    for item in items:
        if item.get_closest_marker("slow") and not wants_slow:
            item.add_marker(pytest.mark.skip(reason="slow: run with -m slow"))
        if item.get_closest_marker("cuda") and not torch.cuda.is_available():
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


@pytest.fixture(autouse=True)
def _screen(request, monkeypatch):
    """Tests marked `display` start the real window: they get the environment as it was."""
    if request.node.get_closest_marker("display"):
        monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)


@pytest.fixture(autouse=True)
def _few_threads():
    """The program sets the number of torch's threads itself; every test starts with one again."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _no_thread_left():
    """Fail a test that leaves a thread behind: one that is not a daemon, or one of ours."""
    before = set(threading.enumerate())
    yield
    left = [
        thread.name
        for thread in threading.enumerate()
        if thread not in before and (not thread.daemon or thread.name.startswith("ncsn-viz"))
    ]
    assert not left, f"threads left behind: {left}"


@pytest.fixture(autouse=True)
def _no_widget_left():
    """Fail a test that leaves a top-level widget behind."""
    before = {id(widget) for widget in _widgets()}
    yield
    if not _left(before):
        return
    _delete_what_waits()
    left = _left(before)
    assert not left, f"top-level widgets left behind: {left}"


def _application():
    widgets = sys.modules.get("PySide6.QtWidgets")
    return widgets.QApplication.instance() if widgets else None


def _widgets():
    application = _application()
    return application.topLevelWidgets() if application else []


def _left(before):
    return [
        f"{widget.metaObject().className()} {widget.objectName()!r}"
        for widget in _widgets()
        if id(widget) not in before and widget.metaObject().className() not in QT_OWN
    ]


def _delete_what_waits():
    """What was told to delete itself later does so now, and so does what only Python holds."""
    from PySide6.QtCore import QCoreApplication, QEvent

    for _ in range(2):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()
        gc.collect()
