"""Whatever a safety copy holds, if it is an experiment the window opens on it: else it could never be opened again."""

from __future__ import annotations

import random
from itertools import islice

import pytest
from fuzz import experiments
from PySide6.QtWidgets import QApplication

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.storage import experiment_files
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.window import Window
from ncsn_viz.ui.widgets import theme


def accepted(seed):
    """Experiments that nearly are none."""
    for content in experiments(random.Random(seed)):
        try:
            yield experiment_files.from_text(content.decode())
        except (ValidationError, UnicodeDecodeError):
            continue


@pytest.mark.parametrize(
    "count",
    [pytest.param(1, id="some"), pytest.param(100, id="all", marks=[pytest.mark.slow, pytest.mark.timeout(900)])],
)
def test_the_window_opens(qtbot, count):
    theme.apply(QApplication.instance())
    for spec in islice(accepted(1), count):
        window = Window(Session(spec, "cpu"))
        window.show()
        assert not window.grab().isNull()
        QApplication.processEvents()
        assert window.session.spec.experiment == spec.experiment
        window.close()
        window.deleteLater()
        QApplication.processEvents()
