"""Repeats: replicas of a lane that differ by their seeds alone, and the band around their curves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from engines import DENOISING, SLICED, SPEC, change, change_lane, complete, engine, go, particles, weights
from helpers import norm

from ncsn_viz.lab.experiment import Fairness
from ncsn_viz.lab.snapshot import Curve
from ncsn_viz.lab.training.curves import Curves, median, merged
from ncsn_viz.lab.training.history import History


@pytest.mark.parametrize("fairness", [Fairness(), Fairness(same_data=False, same_weights=False, same_noise=False)])
def test_a_replica_is_a_run_with_another_seed(fairness):
    made = engine(replace(SPEC, seed=7, repeats=3, fairness=fairness), steps=12)
    for replica in range(3):
        alone = engine(replace(SPEC, seed=7 + replica, fairness=fairness), steps=12)
        for index in (0, 1):
            assert torch.equal(weights(made, index, replica), weights(alone, index))
    assert norm(weights(made, 0, 0) - weights(made, 0, 1)) > 0.1
    assert norm(weights(made, 0, 1) - weights(made, 0, 2)) > 0.1


def test_repeats_change_nothing_about_the_first():
    single, several = engine(steps=8, frames=3), engine(replace(SPEC, repeats=3), steps=8, frames=3)
    assert torch.equal(weights(single), weights(several))
    assert torch.equal(particles(single), particles(several))
    assert several.lanes[0].trainer is several.lanes[0].trainers[0]


def test_more_repeats_are_fresh_and_the_first_continues():
    made = engine(steps=5)
    change(made, repeats=3)
    assert [trainer.step for trainer in made.lanes[0].trainers] == [5, 0, 0]
    go(made, 6)
    assert [trainer.step for trainer in made.lanes[1].trainers] == [11, 6, 6]
    assert torch.equal(weights(made, 0, 2), weights(engine(replace(SPEC, seed=2), steps=6)))
    assert torch.equal(weights(made), weights(engine(steps=11)))
    change(made, repeats=1)
    change(made, repeats=2)
    assert [trainer.step for trainer in made.lanes[0].trainers] == [11, 0]
    go(made, 4)
    assert torch.equal(weights(made, 0, 1), weights(engine(replace(SPEC, seed=1), steps=4)))


def test_fewer_repeats_in_the_middle_of_a_step():
    made = engine(replace(SPEC, repeats=3), steps=2)
    work = made.training_pieces()
    next(work)
    next(work)
    change(made, repeats=1)
    complete(work)
    go(made, 2)
    assert torch.equal(weights(made), weights(engine(steps=made.lanes[0].trainer.step)))
    assert made.lanes[0].trainer.step == made.lanes[1].trainer.step


def test_a_diverged_repeat_is_left_out():
    made = engine(replace(SPEC, repeats=3), steps=2)
    with torch.no_grad():
        next(made.lanes[0].trainers[1].net.parameters()).fill_(float("nan"))
    go(made, 3)
    assert [trainer.step for trainer in made.lanes[0].trainers] == [5, 2, 5]
    assert [trainer.diverged for trainer in made.lanes[0].trainers] == [False, True, False]


def test_all_repeats_take_the_settings_and_share_the_evaluation_set():
    made = engine(replace(SPEC, repeats=2), steps=1)
    complete(made.prepare())
    first, second = made.lanes[0].trainers
    assert first.evaluation_set is second.evaluation_set is not None
    change_lane(made, 0, objective=replace(DENOISING.objective, sigma=0.7))
    assert first.evaluation_set is second.evaluation_set is None
    assert second.spec.objective.sigma == 0.7
    assert not made.lanes[0].evaluation_ready
    complete(made.prepare())
    assert made.lanes[0].evaluation_ready
    change(made, repeats=3)
    assert not made.lanes[0].evaluation_ready
    complete(made.prepare())
    assert made.lanes[0].trainers[2].evaluation_set is made.lanes[0].trainers[0].evaluation_set


def test_a_lane_trains_as_long_as_one_repeat_does():
    made = engine(replace(SPEC, lanes=(SLICED,), repeats=2), steps=2)
    made.lanes[0].trainers[0].status = replace(made.lanes[0].trainers[0].status, state="diverged")
    assert made.trains
    go(made, 2)
    assert [trainer.step for trainer in made.lanes[0].trainers] == [2, 4]
    assert made.snapshot().lanes[0].health == ""  # the status says what has happened to the first one
    made.lanes[0].trainers[1].status = made.lanes[0].trainers[0].status
    assert not made.trains
    assert "1 of 2 repeats" in made.snapshot().lanes[0].health


def test_the_curve_of_repeats_is_their_median_with_a_band():
    made = engine(replace(SPEC, repeats=3))
    complete(made.prepare())
    go(made, 61)
    curve = made.snapshot().lanes[0].curve
    each = [[values["fisher"] for _, values in trainer.history.rows] for trainer in made.lanes[0].trainers]
    assert curve.replicas == 3
    assert curve.steps.tolist() == [20, 40, 60]
    assert curve.values["fisher"] == pytest.approx(np.median(each, axis=0), rel=1e-6)
    assert curve.low["fisher"] == pytest.approx(np.min(each, axis=0), rel=1e-6)
    assert curve.high["fisher"] == pytest.approx(np.max(each, axis=0), rel=1e-6)
    assert (curve.low["fisher"] < curve.high["fisher"]).all()


def history(values, every=20):
    made = History()
    made.every = every
    made.rows = [(every * (n + 1), {"loss": value}) for n, value in enumerate(values)]
    return made


def test_histories_of_different_lengths_and_spacings():
    curve = median([history([4.0, 2.0], every=40), history([9, 6, 9, 3, 9, 1.0]), history([8.0, 8.0, np.nan, 5.0])])
    assert curve.steps.tolist() == [40, 80, 120]
    assert curve.values["loss"].tolist() == [6, 3, 1]
    assert curve.low["loss"].tolist() == [4, 2, 1]
    assert curve.high["loss"].tolist() == [8, 5, 1]
    empty = median([history([np.nan]), history([])])
    assert np.isinf(empty.values["loss"]).all()  # measured, but no number


def test_one_history_has_no_band_and_stays_the_same_object():
    alone = history([1.0, 2.0])
    assert median([alone]) is alone.curve()
    curves = Curves()
    assert curves.curve([alone]) is curves.curve([alone]) is alone.curve()
    curves.record_live(30, {"sliced_w2": 0.5, "fisher_data": 1.0})
    both = curves.curve([alone])
    assert both is curves.curve([alone])
    assert both.steps.tolist() == [20, 30, 40]
    assert both.values["sliced_w2"][1] == 0.5
    assert "fisher_data" not in both.values
    assert [float(value) for value in both.values["loss"][[0, 2]]] == [1, 2]
    curves.record_live(30, {"sliced_w2": 0.75})
    assert curves.curve([alone]).values["sliced_w2"][1] == 0.75


def test_live_values_are_thinned_out():
    curves = Curves()
    for step in range(1, 2000):
        curves.record_live(step, {"sliced_w2": float(step)})
    curve = curves.curve([History()])
    assert 200 <= len(curve.steps) <= 401
    assert curve.values["sliced_w2"].tolist() == curve.steps.tolist()


def test_bands_are_kept_together_with_live_metrics():
    one = Curve(np.array([1.0, 2.0], np.float32), {"a": np.array([5.0, 6.0], np.float32)},
                {"a": np.array([4.0, 5.0], np.float32)}, {"a": np.array([6.0, 7.0], np.float32)}, 3)  # fmt: skip
    both = merged(one, Curve(np.array([1.5], np.float32), {"b": np.array([9.0], np.float32)}))
    assert both.replicas == 3
    assert both.low["a"][[0, 2]].tolist() == [4, 5]
    assert both.high["a"][[0, 2]].tolist() == [6, 7]
    assert both.values["b"].tolist()[1] == 9


def test_terms_are_recorded_for_every_objective():
    made = engine(replace(SPEC, lanes=(replace(SLICED, name="s"), DENOISING)))
    complete(made.prepare())
    go(made, 20)
    trainer = made.lanes[0].trainer
    trainer.record()
    values = made.snapshot().lanes[0].curve.values
    found = trainer.evaluation_set.terms(trainer.average)
    assert set(found) == {"term trace", "term norm"}
    assert {name: values[name][-1] for name in found} == pytest.approx(found)
