"""The footer of metrics: what fits is shown, warnings always."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import bell, lane, pixels_of, spec
from PySide6.QtWidgets import QApplication

from ncsn_viz.ui.lanes.card import LaneCard
from ncsn_viz.ui.widgets import theme


@pytest.fixture
def card(qtbot, qapp):
    theme.apply(qapp)
    made = LaneCard(0)
    qtbot.addWidget(made)
    made.resize(560, 460)
    made.show()
    return made


def test_flags_are_shown_where_little_else_fits(card):
    metrics = {"fisher_common": 0.0213, "sliced_w2": float("nan"), "lost": 1.0}
    card.show_lane(lane(metrics=metrics, mode_weights=(0.25,) * 4, from_grid=True), spec(), 0)
    card.resize(300, 400)
    QApplication.processEvents()
    assert [metric.label for metric, _ in card.footer.fitting()][-2:] == ["lost", "on grid"]


@pytest.mark.parametrize("width", [130, 200, 300, 420, 700])
def test_metrics_that_do_not_fit_are_left_out(card, width):
    metrics = {"fisher_common": 0.0213, "sliced_w2": 0.031, "fisher_window": 12.4, "lost": 0.0}
    card.show_lane(lane(metrics=metrics, mode_weights=(0.78, 0.22), from_grid=True), spec(), 0)
    card.resize(width, 400)
    QApplication.processEvents()
    shown = card.footer.fitting()
    assert all(at + metric.width() <= card.footer.width() for metric, at in shown)
    labels = [metric.label for metric in card.footer.metrics]
    assert [metric.label for metric, _ in shown] == [*labels[: len(shown) - 1], "on grid"]  # which is always shown
    assert labels[:3] == ["score error", "sliced W₂", "mode weights"]
    if width == 700:
        assert [metric.value for metric, _ in shown][:3] == ["0.021", "0.031", "0.78 / 0.22"]
    footer = pixels_of(card.footer)
    written = np.nonzero((np.abs(footer - footer[2, 2]).sum(-1) > 120).any(0))[0]  # the columns with text in them
    places = [(at, at + metric.width()) for metric, at in shown]
    assert all(any(left - 1 <= x <= right + 1 for left, right in places) for x in written)
    assert all(((left <= written) & (written <= right)).sum() > 0.5 * (right - left) for left, right in places)


def places(footer):
    return {metric.label: at for metric, at in footer.fitting()}


def test_each_metric_keeps_its_place_while_numbers_change(card):
    first = {"fisher_common": 0.0213, "sliced_w2": 0.031, "mmd": 0.0046}
    card.resize(700, 400)
    QApplication.processEvents()
    footer = card.footer
    footer.show_lane(lane(metrics=first, mode_weights=(0.5, 0.5)))
    before = places(footer)
    assert len(before) == 4
    changed = {"fisher_common": 1.0, "sliced_w2": 0.5, "mmd": 0.2}
    for metrics in (changed, {**changed, "lost": 0.2}, {"fisher_common": 2.0}, {"sliced_w2": float("nan")}):
        footer.show_lane(lane(metrics=metrics, mode_weights=(0.51, 0.49)))
        now = places(footer)
        assert {label: now[label] for label in before} == before, metrics
    assert {metric.label: metric.value for metric in footer.metrics}["score error"] == "–"
    footer.show_lane(lane(metrics={"fisher_common": 1.2e-7}, mode_weights=(0.5, 0.5)))
    wider = places(footer)  # a number without room moves what is right of it, once
    footer.show_lane(lane(metrics=first, mode_weights=(0.5, 0.5)))
    assert places(footer) == wider
    footer.show_lane(lane())
    assert footer.metrics == ()


def test_the_last_flags_lose_their_values_first(card):
    lost = lane(metrics={"fisher_common": 0.0213, "lost": 0.104}, from_grid=True)
    lost = replace(lost, field=replace(bell((0, 0)), grid_error=0.0004))
    seen = set()
    for width in range(420, 240, -4):
        card.resize(width, 400)
        QApplication.processEvents()
        card.footer.show_lane(lost)
        values = {metric.label: metric.value for metric, _ in card.footer.fitting()}
        seen.add((bool(values["lost"]), bool(values["on grid"])))
    assert seen == {(True, True), (True, False), (False, False)}


def test_its_texts_are_made_when_a_value_is_another_one(card, monkeypatch):
    made, texts = [], card.footer._texts
    monkeypatch.setattr(card.footer, "_texts", lambda shown: made.append(shown) or texts(shown))
    for value in (0.5, 0.5, 0.25, 0.25):
        card.footer.show_lane(lane(metrics={"fisher_common": value}))
    assert len(made) == 2
    assert card.footer.metrics[0].value == "0.25"
