"""What tests of plots share."""

from __future__ import annotations

import pytest
from fake_snapshots import REGION

from ncsn_viz.ui.plots.plot import Plot
from ncsn_viz.ui.widgets import theme


@pytest.fixture
def plot(qtbot, qapp):
    theme.apply(qapp)
    made = Plot("#56b4e9")
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.set_region(REGION)
    made.show()
    return made
