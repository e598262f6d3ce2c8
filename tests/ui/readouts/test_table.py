"""The table of metrics: the best values, sorting, copying."""

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import curve, lane, pixels_of, snapshot
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication

from ncsn_viz.lab.metrics import METRICS
from ncsn_viz.lab.metrics.particles import mode_error
from ncsn_viz.ui.readouts.table import MetricsTable
from ncsn_viz.ui.widgets import theme

NAN = float("nan")


@pytest.fixture
def table(qtbot, qapp):
    theme.apply(qapp)
    made = MetricsTable()
    qtbot.addWidget(made)
    made.resize(900, 170)
    made.show()
    return made


def measured(**columns):
    count = len(next(iter(columns.values())))
    return [lane(metrics={name: values[place] for name, values in columns.items()}) for place in range(count)]


def shown(table, lanes, own_errors=False, **changes):
    table._next = None  # not to wait for the pace
    table.show_snapshot(snapshot(lanes, **changes), 0, own_errors)
    return table.metrics


def column(model, name):
    return 1 + model.columns.index(name)


def cells(model, name):
    return [model.data(model.index(row, column(model, name))) for row in range(model.rowCount())]


def stars(model, name):
    return [
        model.rows[row].index for row in range(model.rowCount()) if model.is_best(model.index(row, column(model, name)))
    ]


def test_the_best_by_each_rule():
    def of(name, *values, **others):
        rows = {place: {name: value} | {key: each[place] for key, each in others.items()}
                for place, value in enumerate(values)}  # fmt: skip
        return METRICS[name].best(rows)

    assert of("fisher_common", 0.3, 0.1, NAN, 0.2) == {1}
    assert of("fisher_data", 0.3, 0.1) == set()  # at different σ
    assert of("mmd", -0.05, 0.01, 0.2) == {1}
    assert of("kl", 0.2, 0.9, 0.25, kl_error=[0.03, 0.03, 0.04]) == {0, 2}  # as good: .05 is one standard error of it
    assert of("kl", 0.2, 0.9, 0.25, kl_error=[0.01, 0.03, 0.01]) == {0}
    assert of("kl", 0.2, 0.3, kl_error=[0.05, 0.05]) == set()
    assert of("kl", 0.2, 0.9, sigma=[0.1, 0.5]) == set()  # of differently blurred data
    assert of("nll", 1.2, 1.9) == set()  # the least is not the best: by chance it falls below the entropy
    assert of("acceptance", 0.1, 0.9) == set()
    assert of("lost", 0.0, 0.0) == set()  # all alike
    assert of("lost", 0.0, 0.5, 0.0) == {0, 2}
    assert of("sliced_w2", 0.3) == set()
    assert {what.better for what in METRICS.values()} == {"", "least", "zero"}


def test_the_share_in_wrong_modes():
    assert mode_error((0.5, 0.5), (0.2, 0.8)) == pytest.approx(0.3)
    assert mode_error((1.0, 0.0), (0.0, 1.0)) == 1
    assert mode_error((), (0.2, 0.8)) is None
    assert mode_error((1.0,), (1.0,)) is None


def test_one_row_for_each_lane_and_one_column_for_each_metric(table):
    lanes = measured(sliced_w2=[0.5, 0.25, 2.0], lost=[0.0, 0.0, 0.031], log_z=[1.0, 2.0, 3.0])
    lanes[0] = replace(lanes[0], mode_weights=(0.3, 0.7))
    model = shown(table, lanes, mode_weights=(0.2, 0.8))
    assert model.columns == ["sliced_w2", "mode_error", "lost", "log_z"]
    assert cells(model, "sliced_w2") == ["0.500", "0.250", "2.00"]
    assert cells(model, "lost") == ["0%", "0%", "3.1%"]
    assert cells(model, "mode_error") == ["0.100", "–", "–"]
    assert [model.data(model.index(row, 0))[0] for row in range(3)] == ["A", "B", "C"]
    assert stars(model, "sliced_w2") == [1]
    assert stars(model, "lost") == [0, 1]
    assert stars(model, "log_z") == []
    head = model.headerData(column(model, "sliced_w2"), Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert "Wasserstein" in head
    assert "star" in head
    before = pixels_of(table)
    shown(table, measured(sliced_w2=[0.5, 0.75, 2.0], lost=[0.0, 0.0, 0.0], log_z=[1.0, 2.0, 3.0]))
    assert abs(pixels_of(table) - before).max() > 60


def test_clicks_on_a_heading_sort_ascending_descending_and_by_lane(table, qtbot):
    model = shown(table, measured(sliced_w2=[0.5, NAN, 0.25], log_z=[1.0, 2.0, 3.0]))
    header, name = table.horizontalHeader(), "sliced_w2"
    for wanted in ([2, 0, 1], [0, 2, 1], [0, 1, 2]):
        at = header.sectionViewportPosition(column(model, name)) + 5
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at, 10))
        assert [row.index for row in model.rows] == wanted
        assert stars(model, name) == [2]
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at, 10))
    shown(table, measured(sliced_w2=[0.5, 0.1, 0.25], log_z=[1.0, 2.0, 3.0]))
    assert [row.index for row in model.rows] == [1, 2, 0]  # new numbers are sorted as well
    assert model.headerData(column(model, name), Qt.Orientation.Horizontal).startswith("↑")


def test_copying_gives_tabs_and_numbers_in_full(table, qtbot):
    shown(table, measured(sliced_w2=[0.123456, NAN], log_z=[1.0, 2.0]))
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = [line.split("\t") for line in QApplication.clipboard().text().splitlines()]
    assert lines[0] == ["lane", "sliced W₂", "log Z"]
    assert [line[1:] for line in lines[1:]] == [["0.123456", "1"], ["", "2"]]
    assert QKeySequence(QKeySequence.StandardKey.Copy).toString() == "Ctrl+C"


def test_a_click_on_a_row_chooses_its_lane_however_the_rows_are_sorted(table, qtbot):
    model = shown(table, measured(sliced_w2=[0.5, 0.1, 0.25]))
    model.sort_by(column(model, "sliced_w2"))
    selected = []
    table.selected.connect(selected.append)
    for row in range(3):
        place = table.visualRect(model.index(row, 0)).center()
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert selected == [1, 2, 0]


def test_seeds_say_what_is_better(table):
    """Of repeats the tool tip has the range, and a star is for those whose ranges reach down to that of the best."""
    history = curve(fisher_common=[1.0, 0.5])

    def repeated(value, half):
        edges = {"low": {"fisher_common": np.array([1.0, value - half])},
                 "high": {"fisher_common": np.array([1.0, value + half])}}  # fmt: skip
        return lane(metrics={"fisher_common": value}, curve=replace(history, replicas=4, **edges))

    model = shown(table, [repeated(0.5, 0.25), repeated(0.7, 0.1), repeated(0.9, 0.1)])
    assert stars(model, "fisher_common") == [0, 1]
    tip = model.data(model.index(0, column(model, "fisher_common")), Qt.ItemDataRole.ToolTipRole)
    assert "0.250 … 0.750" in tip
    assert "best" in tip
    shown(table, measured(fisher_common=[0.5, 0.7]))
    assert stars(model, "fisher_common") == [0]
    assert "…" not in model.data(model.index(0, column(model, "fisher_common")), Qt.ItemDataRole.ToolTipRole)


def test_errors_at_each_lanes_own_noise_level_are_shown_on_demand_and_never_marked(table):
    lanes = measured(fisher_common=[0.5, 0.2], fisher_data=[0.1, 0.2], fisher_data_error=[0.01, 0.02])
    assert shown(table, lanes).columns == ["fisher_common"]
    model = shown(table, lanes, own_errors=True)
    assert model.columns == ["sigma", "fisher_data"]
    assert cells(model, "fisher_data") == ["0.10 ± 0.01", "0.20 ± 0.02"]
    assert stars(model, "fisher_data") == []
    assert model.text().splitlines()[1].split("\t")[2:4] == ["0.1", "0.01"]
