"""What tests of the window's parts share."""

from __future__ import annotations

import pytest
from fake_snapshots import lane, snapshot
from PySide6.QtWidgets import QApplication

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.forms.section import WIDTH, Column
from ncsn_viz.ui.lanes.grid import LaneGrid
from ncsn_viz.ui.widgets import theme


@pytest.fixture
def shown(qtbot):
    """Shows an editor in a column and applies its edits to `editor.spec`, as the window does.

    `editor.emitted` are the Specs that the edits made, with their tokens; `editor.show_chosen(spec, slot)` shows
    another Spec, with the lane in `slot` chosen.
    """
    theme.apply(QApplication.instance())
    columns = []

    def shown_editor(editor, height=1400):
        editor.spec, editor.emitted = Spec(), []

        def show_chosen(spec, slot=None):
            editor.spec = spec if slot is None else edits.choose_lane(slot)(spec)
            editor.show_spec(editor.spec)

        def apply(edit, token=None):
            try:
                spec = edit(editor.spec)
            except ValidationError as error:
                editor.refuse(error, editor.spec)
                return
            if spec != editor.spec:
                editor.emitted.append((spec, token))
                show_chosen(spec)

        editor.show_chosen, editor.apply = show_chosen, apply
        editor.edited.connect(apply)
        column = Column(editor)
        columns.append(column)
        qtbot.addWidget(column)
        column.resize(WIDTH, height)
        column.show()
        qtbot.waitExposed(column)
        return editor

    return shown_editor


@pytest.fixture
def two_lanes(qtbot, qapp):
    """A grid of two lanes; `commands` and `edits` are what it asked for."""
    theme.apply(qapp)
    made = LaneGrid()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show_snapshot(snapshot([lane(), lane()]), 0)
    made.show()
    made.commands, made.edits = [], []
    made.commanded.connect(made.commands.append)
    made.edited.connect(lambda edit, _: made.edits.append(edit))
    return made
