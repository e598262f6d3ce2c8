"""The window of a sweep: table, filter, order, figure, and any run as an experiment."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from ncsn_viz.lab.sweep import panels, planning, sweep_file
from ncsn_viz.lab.sweep.folder import SweepFolder
from ncsn_viz.lab.sweep.outcome import RunOutcome
from ncsn_viz.lab.sweep.panels import SweepResults
from ncsn_viz.ui.sweep.runs_model import fits
from ncsn_viz.ui.sweep.sweep_window import SweepWindow
from ncsn_viz.ui.widgets import theme

SIGMAS = "lanes.0.objective.sigma"
ERROR = "lanes.0.fisher_common"
DATA = {
    "experiment": {"target": "two_modes", "lanes": [{"objective": "denoising"}]},
    "vary": {SIGMAS: [0.1, 0.3], "target": ["moons", {"kind": "rings"}], "seed": [0, 1]},
    "steps": 7,
    "metrics": ["fisher_common", "mmd"],
}


def write(path, runs=range(8)):
    """A folder in which these runs are done; with the errors 8 − run, but run 5 has diverged."""
    plan = planning.plan(sweep_file.from_data(DATA, Path()))
    with SweepFolder(path, plan, resume=(path / "sweep.json").exists()) as folder:
        for run in runs:
            bad = run == 5
            value = math.nan if bad else 8.0 - run
            status = "diverged" if bad else "ok"
            folder.add(RunOutcome(run, status, "too fast" * bad, {ERROR: value}, 12.3456 if run == 1 else 2.0, "cpu"))
    return path


@pytest.fixture
def window(qtbot, qapp, tmp_path):
    theme.apply(qapp)
    made = SweepWindow()
    qtbot.addWidget(made)
    made.show_results(SweepResults.read(write(tmp_path / "my sweep")))
    made.show()
    return made


def shown(window, name="run"):
    """The texts of a column, from the top."""
    column = window.runs.names.index(name)
    return [window.shown.index(row, column).data() for row in range(window.shown.rowCount())]


def sort(window, name, order):
    window.table.sortByColumn(window.runs.names.index(name), order)


def test_the_table(window):
    assert window.windowTitle() == "Sweep my sweep"
    assert window.runs.names == ["run", SIGMAS, "target", "seed", "status", ERROR, "seconds", "message", "device"]
    heads = [window.runs.headerData(n, Qt.Orientation.Horizontal) for n in range(9)]
    assert heads[1] == "objective.sigma"
    assert heads[5] == "fisher_common"
    assert "score error (1/length²)" in window.runs.headerData(
        5, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
    )
    assert shown(window) == list("01234567")
    assert shown(window, "target")[1:3] == ["moons", "rings"]
    assert shown(window, "seconds")[:2] == ["2.0", "12.346"]
    assert window.summary.text() == "8 of 8 runs, medians and quartiles over 2 seeds"


def test_numbers_are_sorted_by_size_and_unknown_ones_are_last(window):
    sort(window, ERROR, Qt.SortOrder.AscendingOrder)
    assert shown(window) == list("76432105")
    sort(window, ERROR, Qt.SortOrder.DescendingOrder)
    assert shown(window) == list("01234675")
    sort(window, "seconds", Qt.SortOrder.DescendingOrder)
    assert shown(window)[0] == "1"


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("", "01234567"),
        ("status=diverged", "5"),
        ("status!=ok", "5"),
        ("sigma<0.2", "0123"),
        ("objective.sigma>=0.3 seed=1", "57"),
        ("fisher_common<=2", "67"),
        ("RINGS sigma=0.1", "23"),
        ("too", "5"),
        ("sigma=0.1 sigma=0.3", ""),
        ("target=moons", "0145"),
        ("nothing=1", ""),
    ],
)
def test_filter(window, text, runs):
    window.filter.setText(text)
    assert "".join(shown(window)) == runs
    assert ("filtered out" in window.summary.text()) == (len(runs) < 8)


def test_a_word_that_is_no_condition_on_a_column_is_a_text():
    assert fits("<b>", {"message": "a <b> c"})
    assert fits("x=1", {"message": "with x=1"})
    assert not fits("message<b", {"message": "a"})  # texts have no order


def test_the_figure_shows_the_chosen_measure(window):
    titles = [window.measure.itemText(n) for n in range(window.measure.count())]
    assert titles == ["score error", "time of a run"]
    window.measure.setCurrentIndex(1)
    assert window.chart.getPlotItem().titleLabel.text.startswith("time of a run (s)")


def test_a_run_opens_as_an_experiment(window, qtbot):
    asked = []
    window.experimentAsked.connect(asked.append)
    assert not window.open.isEnabled()
    sort(window, ERROR, Qt.SortOrder.AscendingOrder)
    window.table.selectRow(0)
    qtbot.mouseClick(window.open, Qt.MouseButton.LeftButton)
    (spec,) = asked
    assert (spec.lanes[0].objective.sigma, spec.target.kind, spec.seed) == (0.3, "rings", 1)
    window.table.doubleClicked.emit(window.shown.index(1, 0))
    assert asked[1].seed == 0
    window.filter.setText("nothing=1")
    assert not window.open.isEnabled()


def test_reading_it_again_keeps_what_is_chosen(window, qtbot, tmp_path):
    path, asked = tmp_path / "other", []
    window.show_results(SweepResults.read(write(path, [0, 3])))
    window.table.selectRow(1)
    window.measure.setCurrentIndex(1)
    window.reloadAsked.connect(asked.append)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert asked == [path]
    window.show_results(SweepResults.read(write(path, [1])))
    assert shown(window) == list("013")
    assert window.runs.run(window.shown.mapToSource(window.table.selectionModel().selectedRows()[0]).row()) == 3
    assert window.measure.currentIndex() == 1


def test_a_sweep_without_any_row_yet(window, tmp_path):
    window.show_results(SweepResults.read(write(tmp_path / "new", [])))
    assert window.runs.rowCount() == 0
    assert window.measure.count() == 0
    assert window.summary.text() == "0 of 8 runs, medians and quartiles over 2 seeds"


def test_results_are_found_by_any_file_of_the_folder(tmp_path):
    path = write(tmp_path / "sweep")
    for name in ("", "runs.csv", "sweep.json"):
        found = SweepResults.read(path / name)
        assert (found.path, len(found.rows)) == (path, 8)
    assert found.panels[ERROR] == panels.panels(found.plan, found.rows, [ERROR])[0]
