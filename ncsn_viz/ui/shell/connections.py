"""What is connected with what in the window."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut

if TYPE_CHECKING:
    from ncsn_viz.ui.shell.window import Window


def connect(window: Window) -> None:
    """Connect all parts of the window."""
    _connect_edits(window)
    _connect_requests(window)


def _connect_edits(window: Window) -> None:
    session = window.session
    for part in (
        window.toolbar, window.lanes, window.lane_actions, window.ladder, window.time, window.slow, window.bottom_panel,
    ):  # fmt: skip
        part.edited.connect(window.edit)
        part.commanded.connect(session.command)
    window.lane.commanded.connect(session.command)
    for editor in (window.target, window.lane):
        editor.edited.connect(partial(window.edit_from, editor))
    window.lanes.remedyAsked.connect(partial(window.apply_remedy, None))
    window.lane.remedyAsked.connect(partial(window.apply_remedy, window.lane))


def _connect_requests(window: Window) -> None:
    bar, session, documents, lanes = window.toolbar, window.session, window.documents, window.lanes
    actions, importer, target = window.lane_actions, window.importer, window.target
    for signal, slot in (
        (session.specChanged, window.display.show_spec),
        (session.snapshotReady, window.display.show_snapshot),
        (session.notice, window.notify),
        (documents.failed, window.notify),
        (documents.noticed, window.notify),
        (importer.failed, window.notify),
        (importer.noticed, window.notify),
        (window.bottom_panel.failed, window.notify),
        (window.restore.failed, window.notify),
        (lanes.failed, window.notify),
        (importer.ready, target.add_imported_mark),
        (importer.experimentFound, documents.open),
        (target.tools.importAsked, importer.open_file_dialog),
        (target.undoAsked, session.undo),
        (target.redoAsked, session.redo),
        (bar.importAsked, importer.open_file_dialog),
        (bar.openSweepAsked, documents.sweeps.ask_open),
        (bar.sweepAsked, documents.sweeps.make),
        (bar.proofAsked, window.proof_launcher.prove),
        (bar.handToggled, lanes.set_hand_tool),
        (lanes.menuAsked, window.show_lane_menu),
        (actions.renameAsked, lanes.rename),
        (actions.pictureAsked, lanes.save_picture),
        (window.slow.staged, lanes.set_stage),
        (QShortcut(QKeySequence.StandardKey.Undo, window).activated, session.undo),
        (QShortcut(QKeySequence.StandardKey.Redo, window).activated, session.redo),
    ):
        signal.connect(slot)
