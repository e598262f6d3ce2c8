"""The choice of the noise level at which score errors are compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ncsn_viz.core.objectives import NCSN, Sliced
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.ui.readouts.error_sigma import ErrorSigma
from ncsn_viz.ui.widgets import theme

SPEC = Spec(lanes=(LaneSpec(objective=NCSN(sigma_min=0.2)), LaneSpec(objective=Sliced())))


@pytest.fixture
def made(qtbot, qapp):
    theme.apply(qapp)
    made = ErrorSigma()
    qtbot.addWidget(made)
    made.show_spec(SPEC)
    made.specs = []
    made.edited.connect(lambda edit, _: made.specs.append(edit(SPEC)))
    return made


def test_at_first_it_is_the_least_level_that_all_lanes_share(made):
    assert SPEC.common_sigma == 0.2
    assert made.menu.currentText() == "σ = 0.2, for all"
    texts = [made.menu.itemText(index) for index in range(made.menu.count())]
    assert {"σ = 0", "σ = 0.2", "σ = 1", "each lane's own σ"} <= set(texts)


@pytest.mark.parametrize(("text", "sigma", "own"), [("σ = 0", 0.0, False), ("σ = 1", 1.0, False),
                                                    ("each lane's own σ", 0.2, True)])  # fmt: skip
def test_a_choice_is_an_edit_of_the_view_and_is_shown_again(made, text, sigma, own):
    made.menu.activated.emit(made.menu.findText(text))
    (spec,) = made.specs
    assert (spec.common_sigma, spec.view.own_errors) == (sigma, own)
    assert spec.experiment == SPEC.experiment
    made.show_spec(spec)
    assert made.menu.currentText() == text


def test_a_level_that_no_lane_has_is_offered_while_it_is_chosen(made):
    made.show_spec(replace(SPEC, view=replace(SPEC.view, error_sigma=(0.7,))))
    assert made.menu.currentText() == "σ = 0.7"
