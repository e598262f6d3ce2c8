"""Sweep this: the knobs that it offers, what it writes, what it refuses; and opening of what it has written."""

from __future__ import annotations

from contextlib import suppress

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication
from ui.sweep.test_sweep_window import write

from ncsn_viz.core.knobs import Choice, Integer, Real, Switch, Text, ValidationError
from ncsn_viz.core.objectives import Denoising, Sliced
from ncsn_viz.core.targets import TwoModes
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.lab.sweep import planning, sweep_file
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.sweep import launcher
from ncsn_viz.ui.sweep.choices import choices, parse_values, suggested
from ncsn_viz.ui.sweep.launcher import SweepLauncher
from ncsn_viz.ui.sweep.sweep_dialog import SweepDialog
from ncsn_viz.ui.widgets import theme

SPEC = Spec(target=TwoModes(), lanes=(LaneSpec(objective=Denoising()), LaneSpec(objective=Sliced())), seed=4)


# -- the knobs ------------------------------------------------------------------------------------------------------


def test_every_choice_changes_the_experiment():
    for choice in choices(SPEC):
        values, found = parse_values(choice.text), []
        assert tuple(values) == choice.values
        for value in values:
            with suppress(ValidationError):  # alone it may not go with the rest
                found.append(planning.spec_with(SPEC, {choice.path: value}))
        assert any(spec != SPEC for spec in found), choice


def test_the_chosen_lane_is_first_and_seeds_are_no_knob():
    found = choices(edits.choose_lane(1)(SPEC))
    assert found[0].path == "lanes.1.objective.kind"
    assert (found[0].lane, found[0].title, found[0].values[0]) == ("B", "Objective", "sliced")
    paths = [each.path for each in found]
    assert {"lanes.0.objective.sigma", "lanes.0.net.hidden", "lanes.0.optimizer.batch_size", "target.kind",
            "particles.count"} <= set(paths)  # fmt: skip
    assert "seed" not in paths
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize(
    ("knob", "value", "values"),
    [
        (Real(low=0, high=50), 0.3, (0.075, 0.15, 0.3, 0.6, 1.2)),
        (Real(low=0, high=1), 0.5, (0.125, 0.25, 0.5, 1)),
        (Real(low=0, high=50), 0.0, (0.25, 0.5, 1.0, 2.0, 4.0)),
        (Integer(low=1, high=100), 2, (1, 2, 4, 8)),
        (Choice(options=("a", "b")), "b", ("a", "b")),
        (Switch(), True, (False, True)),
        (Text(), "x", ()),
    ],
)
def test_values_to_begin_with(knob, value, values):
    assert suggested(knob, value) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [("0.1, 0.3", [0.1, 0.3]), ("sliced, ncsn", ["sliced", "ncsn"]), ('{"kind": "ncsn", "levels": 3}, "sliced"',
     [{"kind": "ncsn", "levels": 3}, "sliced"]), ("true,", [True]), (" 5 ", [5])],
)  # fmt: skip
def test_texts_of_values(text, values):
    assert parse_values(text) == values


# -- the dialog -----------------------------------------------------------------------------------------------------


@pytest.fixture
def dialog(qtbot, qapp):
    theme.apply(qapp)
    made = SweepDialog(SPEC)
    qtbot.addWidget(made)
    made.show()
    return made


def choose(menu, path):
    menu.setCurrentIndex(next(n for n in range(menu.count()) if menu.itemData(n) and menu.itemData(n).path == path))


def test_what_it_makes(dialog, qtbot, tmp_path):
    choose(dialog.knobs[0], "lanes.0.objective.sigma")
    assert dialog.values[0].text() == "0.075, 0.15, 0.3, 0.6, 1.2"
    dialog.values[0].setText("0.1, 0.5")
    choose(dialog.knobs[1], "target.kind")
    dialog.values[1].setText("moons, rings")
    dialog.seeds.setValue(3)
    assert dialog.count.text() == "12 runs"
    made = []
    dialog.made.connect(made.append)
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    plan = planning.plan(sweep_file.from_data(made[0], tmp_path))
    assert len(plan) == 12
    assert plan.seed(0) == 4  # of the experiment
    assert plan.spec(11).target.kind == "rings"
    assert plan.sweep.spec.experiment == SPEC.experiment
    assert "sliced_w2" not in plan.sweep.settings.metrics
    dialog.particles.click()
    assert "sliced_w2" in dialog.data()["metrics"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0.1, -1", "lanes.0.objective.sigma must be between 0.01 and 50, not -1"),
        ("a", "must be a number, not 'a'"),
        ("", "needs values, like 0.1, 0.3, 1"),
    ],
)
def test_what_is_wrong_is_said_at_once(dialog, text, sentence):
    choose(dialog.knobs[0], "lanes.0.objective.sigma")
    dialog.values[0].setText(text)
    assert sentence in dialog.error.text()
    assert dialog.count.text() == ""
    made = []
    dialog.made.connect(made.append)
    dialog.save.click()
    assert not made
    dialog.values[0].setText("0.1")
    assert (dialog.error.text(), dialog.count.text()) == ("", "10 runs")


# -- files ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def sweeps(qtbot, qapp):
    from PySide6.QtWidgets import QWidget

    theme.apply(qapp)
    window = QWidget()
    qtbot.addWidget(window)
    made = SweepLauncher(window, lambda: SPEC)
    made.said, made.specs = [], []
    made.noticed.connect(made.said.append)
    made.experimentAsked.connect(made.specs.append)
    yield made
    assert made.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.processEvents()
    assert not made.windows


def test_a_sweep_is_opened_once_and_gives_its_runs(sweeps, qtbot, tmp_path):
    path = write(tmp_path / "sweep")
    sweeps.open(path / "runs.csv")
    qtbot.waitUntil(lambda: bool(sweeps.windows))
    (window,) = sweeps.windows.values()
    window.table.selectRow(2)
    window.open.click()
    assert sweeps.specs[0].target.kind == "rings"
    window.reload.click()
    assert sweeps._pool.waitForDone(5000)
    QApplication.processEvents()
    assert list(sweeps.windows.values()) == [window]


def test_what_is_no_sweep_is_a_sentence(sweeps, qtbot, tmp_path):
    sweeps.open(tmp_path / "runs.csv")
    qtbot.waitUntil(lambda: bool(sweeps.said))
    assert "there is no sweep in" in sweeps.said[0]
    assert not sweeps.windows


def test_a_sweep_is_made_and_saved(sweeps, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(launcher, "path_to_save", lambda *_: tmp_path / "mine")
    sweeps.make()
    choose(sweeps.dialog.knobs[0], "lanes.0.objective.sigma")
    sweeps.dialog.save.click()
    qtbot.waitUntil(lambda: bool(sweeps.said))
    assert sweeps.said[0].endswith(f"ncsn-viz sweep {tmp_path / 'mine.json'} --out {tmp_path / 'mine'}")
    assert len(planning.plan(sweep_file.read(tmp_path / "mine.json"))) == 50
    qtbot.waitUntil(lambda: sweeps.dialog is None)


def test_one_that_is_impossible_as_a_whole_keeps_the_dialog_open(sweeps, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(launcher, "path_to_save", lambda *_: tmp_path / "mine.json")
    sweeps.make()
    choose(sweeps.dialog.knobs[0], "lanes.0.net.kind")
    sweeps.dialog.values[0].setText("score_mlp, energy_mlp")
    choose(sweeps.dialog.knobs[1], "lanes.0.objective.kind")
    sweeps.dialog.values[1].setText("denoising, maximum_likelihood")
    sweeps.dialog.save.click()
    qtbot.waitUntil(lambda: bool(sweeps.dialog.error.text()))
    assert "lanes.0 cannot train" in sweeps.dialog.error.text()
    assert not (tmp_path / "mine.json").exists()
    assert not sweeps.said
