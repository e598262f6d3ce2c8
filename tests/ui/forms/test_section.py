"""Columns and their sections: nothing is clipped, sections fold, and errors disappear by themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import OBJECTIVES
from ncsn_viz.core.samplers import SAMPLERS
from ncsn_viz.core.targets import TARGETS
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.ui.forms.section import Section
from ncsn_viz.ui.lanes.panel import LaneColumn
from ncsn_viz.ui.target.panel import TargetColumn

LEFT = Qt.MouseButton.LeftButton


@pytest.mark.parametrize("height", [300, 1400])
def test_nothing_is_clipped_and_nothing_scrolls_sideways(shown, height):
    column = shown(TargetColumn(), height)
    for kind in TARGETS:
        column.show_chosen(replace(Spec(), target=kind()))
        check_room(column)
    column = shown(LaneColumn(), height)
    for objective in OBJECTIVES:
        for net in (ScoreMLP(), EnergyMLP()):
            for sampler in SAMPLERS:
                spec = admitted(objective=objective(), net=net, sampler=sampler(), score_from="true")
                if spec is not None:
                    column.show_chosen(spec)
                    check_room(column)


def admitted(**lane):
    """A Spec of one lane, or None where its parts do not go together."""
    try:
        return Spec(lanes=(LaneSpec(**lane),))
    except ValidationError:
        return None


def check_room(column: QWidget):
    QApplication.processEvents()
    scroll = column.parentWidget().parentWidget()
    assert not scroll.horizontalScrollBar().isVisible()
    bar = scroll.verticalScrollBar()
    limit = scroll.width() - (bar.width() if bar.isVisible() else 0)
    for widget in column.findChildren(QWidget):
        if widget.isVisible():
            right = widget.mapTo(column, QPoint(widget.width(), 0)).x()
            assert right <= limit, widget
        if isinstance(widget, QLabel) and widget.isVisible() and not widget.wordWrap():
            assert widget.width() >= widget.sizeHint().width(), widget.text()
        if isinstance(widget, QPushButton) and widget.isVisible():
            words = widget.fontMetrics().horizontalAdvance(widget.text())
            assert widget.width() >= words + (20 if not widget.icon().isNull() else 0) + 12, widget.text()


def test_a_section_folds(qtbot):
    label = QLabel("inside")
    section = Section("Title").add(label)
    qtbot.addWidget(section)
    section.show()
    qtbot.mouseClick(section.heading, LEFT)
    assert not label.isVisible()
    qtbot.mouseClick(section.heading, LEFT)
    assert label.isVisible()


def test_an_error_disappears(qtbot):
    section = Section("Title")
    qtbot.addWidget(section)
    section.show()
    section._error_timer.setInterval(10)
    section.show_error("No.")
    assert section.error_label.isVisible()
    qtbot.waitUntil(lambda: not section.error_label.isVisible())
