"""The window: its parts, and what is connected with what."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QMainWindow

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.advice import Remedy
from ncsn_viz.lab.experiment import Edit, given_up
from ncsn_viz.ui.actions.toolbar import Toolbar
from ncsn_viz.ui.documents.documents import Documents
from ncsn_viz.ui.documents.restore import RestoreBar
from ncsn_viz.ui.forms.editor import Editor
from ncsn_viz.ui.forms.form import error_sentence
from ncsn_viz.ui.lanes.grid import LaneGrid
from ncsn_viz.ui.lanes.lane_actions import LaneActions
from ncsn_viz.ui.lanes.panel import LaneColumn
from ncsn_viz.ui.proof.launcher import ProofLauncher
from ncsn_viz.ui.readouts.bottom_panel import BottomPanel
from ncsn_viz.ui.readouts.cursor_readout import CursorReadout
from ncsn_viz.ui.readouts.noise_ladder import NoiseLadder
from ncsn_viz.ui.readouts.time_slider import TimeSlider
from ncsn_viz.ui.shell.appearance import Appearance, settings
from ncsn_viz.ui.shell.display import CursorTracker, Display
from ncsn_viz.ui.shell.layout import LEAST, PREFERRED, Arrangement, Panels
from ncsn_viz.ui.shell.notifications import NotificationBar
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.startup import before_torch
from ncsn_viz.ui.shell.tips import Tips
from ncsn_viz.ui.slow_motion.card import SlowMotionCard
from ncsn_viz.ui.target.importer import Importer
from ncsn_viz.ui.target.panel import TargetColumn
from ncsn_viz.ui.widgets.translate import translate


class Window(QMainWindow):
    """All parts on one session: views, menus, dialogs. `closing` comes before the session is closed."""

    closing = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.resize(PREFERRED)
        self.setMinimumSize(LEAST)
        self._make_parts()
        self.arrangement = Arrangement(self)
        self.setCentralWidget(self.arrangement)
        self.panels = Panels(self, self.arrangement)
        for part in (self.documents, self.panels, self.appearance, self.tips):
            part.put_into(self.toolbar.files.menu())
        self._connect_edits()
        self._connect_requests()
        if self.target.own.errors:
            self.notify(" ".join(self.target.own.errors))
        self.display.show_spec(session.spec)
        self.display.show_snapshot(before_torch(session.spec, self.tr("Loading torch …")))

    def _make_parts(self) -> None:
        self.toolbar, self.tips, self.notifications = Toolbar(), Tips(), NotificationBar()
        self.target, self.lane = TargetColumn(), LaneColumn()
        self.lanes, self.ladder, self.time, self.slow = LaneGrid(), NoiseLadder(), TimeSlider(), SlowMotionCard()
        self.bottom_panel, self.cursor_readout = BottomPanel(), CursorReadout()
        self.lane_actions, self.appearance = LaneActions(self.lanes), Appearance(self)
        self.display, self.cursor_tracker = Display(self), CursorTracker(self.session, self.lanes)
        self.documents, self.proof_launcher = Documents(self, self.session, settings), ProofLauncher(self)
        self.importer, self.restore = Importer(self, lambda: self.session.spec.window), RestoreBar(self.session)

    def _connect_edits(self) -> None:
        strips = (self.ladder, self.time, self.slow, self.bottom_panel)
        for part in (self.toolbar, self.lanes, self.lane_actions, *strips):
            part.edited.connect(self.edit)
            part.commanded.connect(self.session.command)
        self.lane.commanded.connect(self.session.command)
        for editor in (self.target, self.lane):
            editor.edited.connect(partial(self._edit_from, editor))
        self.lanes.remedyAsked.connect(partial(self._apply_remedy, None))
        self.lane.remedyAsked.connect(partial(self._apply_remedy, self.lane))

    def _connect_requests(self) -> None:
        bar, session, documents, lanes = self.toolbar, self.session, self.documents, self.lanes
        for signal, slot in (
            (session.specChanged, self.display.show_spec),
            (session.snapshotReady, self.display.show_snapshot),
            (session.notice, self.notify),
            *((one.failed, self.notify) for one in (documents, self.importer, self.bottom_panel, self.restore, lanes)),
            *((part.noticed, self.notify) for part in (documents, self.importer)),
            (self.importer.ready, self.target.add_imported_mark),
            (self.importer.experimentFound, documents.open),
            *((part.importAsked, self.importer.open_file_dialog) for part in (self.target.tools, bar)),
            (self.target.undoAsked, session.undo),
            (self.target.redoAsked, session.redo),
            *zip((bar.openSweepAsked, bar.sweepAsked), (documents.sweeps.ask_open, documents.sweeps.make), strict=True),
            (bar.proofAsked, self.proof_launcher.prove),
            (bar.handToggled, lanes.set_hand_tool),
            (lanes.menuAsked, self._show_lane_menu),
            (self.lane_actions.renameAsked, lanes.rename),
            (self.lane_actions.pictureAsked, lanes.save_picture),
            (self.slow.staged, lanes.set_stage),
            (QShortcut(QKeySequence.StandardKey.Undo, self).activated, session.undo),
            (QShortcut(QKeySequence.StandardKey.Redo, self).activated, session.redo),
        ):
            signal.connect(slot)

    # -- slots --------------------------------------------------------------------------------------------------

    @Slot(str)
    def notify(self, sentence: str) -> None:
        """Show a sentence above the lanes for a while."""
        self.notifications.notify(sentence)

    @Slot(object, object)
    def edit(self, edit: Edit, token: object = None) -> None:
        """Apply an edit to the present Spec, or show why it is refused."""
        self._edit_from(None, edit, token)

    def _edit_from(self, editor: Editor | None, edit: Edit, token: object = None) -> bool:
        """Apply an edit. A refused one is explained by the editor that made it. Whether it was applied."""
        before = self.session.spec
        error: ValidationError | None = self.session.edit(edit, token)
        if sentences := given_up(before, self.session.spec):
            self.notify(" ".join([*map(translate, sentences), self.tr("Undo brings the former settings back.")]))
        if error is not None and editor is not None:
            editor.refuse(error, self.session.spec)
        elif error is not None:
            self.notify(error_sentence(error, {"lanes": self.tr("Lanes")}))
        return error is None

    def _apply_remedy(self, editor: Editor | None, remedy: Remedy) -> None:
        """Apply a remedy, unless its lane has changed or gone since it was offered."""
        if remedy.fits(self.session.spec) and self._edit_from(editor, remedy.edit, whole := object()):
            for command in remedy.commands:
                self.session.command(command, whole)

    @Slot(int, QPoint)
    def _show_lane_menu(self, slot: int, at: QPoint) -> None:
        self.lane_actions.show_menu(self.session.spec, slot, at)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.hide()  # at once; the worker has a second for the step that it computes
        self.closing.emit()
        self.session.close(1.0)
        for part in (self.importer, self.documents, self.proof_launcher):
            part.close()
        event.accept()
