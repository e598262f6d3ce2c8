"""The terms of a loss: their values, bars, means and the floor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import difference, pixels_of

from ncsn_viz.core.nets import EnergyMLP
from ncsn_viz.core.objectives import NCSN, ContrastiveDivergence, Implicit
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.lab.snapshot import PAUSED, TRAINING, LaneSnapshot, Snapshot, Status, TargetSnapshot
from ncsn_viz.ui.lanes.panel import LaneColumn
from ncsn_viz.ui.lanes.terms import LINE, MOST, LossTerms
from ncsn_viz.ui.widgets import theme


@pytest.fixture
def column(shown):
    return shown(LaneColumn())


def snapshot(spec, *lanes):
    return Snapshot(spec, lanes, TargetSnapshot())


def test_the_terms_of_the_loss_as_they_are(qtbot, column):
    spec = Spec()  # NCSN, and sliced score matching
    sliced = LaneSnapshot("B", Status(), terms={"trace": -1.403, "norm": 0.7}, loss=-0.703, floor=-1.2)
    lanes = (LaneSnapshot("A", Status()), sliced)
    column.show_chosen(spec, 1)
    column.show_snapshot(snapshot(spec, *lanes))
    assert column.terms.texts() == {"uᵀ(∇s)u": "−1.40", "½‖s‖²": "0.700", "loss": "−0.703", "floor": "−1.20"}
    assert column.now.isVisible()
    bars = [blue(column.terms, line) for line in (0, 1)]  # that of −1.403 goes left from the middle, that of 0.7 right
    assert bars[0][1] == pytest.approx(bars[1][0], abs=2)
    lengths = [right - left for left, right in bars]
    assert lengths[0] / lengths[1] == pytest.approx(1.403 / 0.7, rel=0.1)
    height = column.terms.sizeHint().height()
    column.show_snapshot(snapshot(spec, LaneSnapshot("A", Status()), replace(sliced, floor=None)))
    qtbot.waitUntil(lambda: column.terms.texts()["floor"] == "–")  # while another target is measured
    assert column.terms.sizeHint().height() == height  # nothing jumps
    told = [column.terms.tooltip_at(y) for y in range(2, column.terms.sizeHint().height(), 4)]
    assert len(set(told)) == 4
    column.show_chosen(spec)
    column.show_snapshot(snapshot(spec, *lanes))
    assert not column.now.isVisible()


def blue(terms, line):
    """From where to where the bar in a line of terms goes, in the colour of lane B."""
    row = pixels_of(terms)[line * LINE + LINE // 2]
    columns = np.nonzero(difference(row, theme.lane_color(1)) < 12)[0]
    return columns.min(), columns.max()


def test_a_loss_without_meaning_is_not_summed_up(column):
    spec = Spec(lanes=(LaneSpec(objective=ContrastiveDivergence(), net=EnergyMLP()),))
    column.show_chosen(spec)
    column.show_snapshot(snapshot(spec, LaneSnapshot("A", Status(), terms={"positive": 1.0, "negative": 2.0}, loss=-1)))
    assert column.terms.texts() == {"E at the data": "1.00", "E of the model": "2.00"}


def snapshot_of(value, step, state=TRAINING, **terms):
    return LaneSnapshot("A", Status(state), step=step, terms=terms or {"norm": value})


def test_terms_are_means_while_training_and_exact_while_paused(qtbot):
    terms = LossTerms()
    qtbot.addWidget(terms)
    for step in range(400):
        terms.show_lane(snapshot_of(1.0 + (-1) ** step, step), Implicit(), "#ff0000")  # 2, 0, 2, 0, …
    qtbot.waitUntil(lambda: abs(float(terms.texts()["½‖s‖²"]) - 1) < 0.1)
    terms.show_lane(snapshot_of(3.0, 401, PAUSED), Implicit(), "#ff0000")
    qtbot.waitUntil(lambda: terms.texts() == {"½‖s‖²": "3.00"})
    terms.show_lane(snapshot_of(5.0, 0), Implicit(), "#ff0000")  # started again
    qtbot.waitUntil(lambda: terms.texts() == {"½‖s‖²": "5.00"})


def test_terms_are_updated_slowly_enough_to_be_read_and_never_too_many(qtbot):
    terms = LossTerms()
    qtbot.addWidget(terms)
    terms.show_lane(snapshot_of(1.0, 1, PAUSED), Implicit(), "#ff0000")
    terms.show_lane(snapshot_of(2.0, 2, PAUSED), Implicit(), "#ff0000")
    assert terms.texts() == {"½‖s‖²": "1.00"}
    qtbot.waitUntil(lambda: terms.texts() == {"½‖s‖²": "2.00"})
    many = {f"σ = {i}": float("nan") if i else -1.0 for i in range(100)}
    terms.show_lane(snapshot_of(0.0, 3, **many), NCSN(levels=100), "#ff0000")
    assert len(terms.texts()) == MOST
    assert next(iter(terms.texts())) == "σ = 0"
    assert list(terms.texts())[-1] == "σ = 99"
    assert terms.sizeHint().height() == MOST * LINE
    terms.resize(240, terms.sizeHint().height())
    bars = (difference(pixels_of(terms), "#ff0000") < 12).any(1)
    assert set(np.nonzero(bars)[0] // LINE) == {0}  # of the one term that is a number


def test_only_a_sum_of_terms_is_called_so(qtbot):
    terms = LossTerms()
    qtbot.addWidget(terms)
    both = {"trace": -1.0, "norm": 0.5}
    terms.show_lane(replace(snapshot_of(0, 1, **both), loss=-0.5), Implicit(), "#ff0000")
    qtbot.waitUntil(lambda: len(terms.texts()) == 4)
    assert terms._label("loss") == "loss, their sum"
    levels = {"σ = 10": 0.4, "σ = 0.1": 0.6}
    terms.show_lane(replace(snapshot_of(0, 1, **levels), loss=0.5), NCSN(levels=2), "#ff0000")
    qtbot.waitUntil(lambda: "σ = 10" in terms.texts())
    assert terms._label("loss") == "loss"
