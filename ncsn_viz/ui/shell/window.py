"""The window: its parts, and what is connected with what."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QCloseEvent
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
from ncsn_viz.ui.shell.connections import connect
from ncsn_viz.ui.shell.display import CursorTracker, Display
from ncsn_viz.ui.shell.layout import LEAST, PREFERRED, Arrangement, Panels
from ncsn_viz.ui.shell.notifications import NotificationBar
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.startup import show_waiting
from ncsn_viz.ui.shell.tips import Tips
from ncsn_viz.ui.slow_motion.card import SlowMotionCard
from ncsn_viz.ui.target.importer import Importer
from ncsn_viz.ui.target.panel import TargetColumn
from ncsn_viz.ui.widgets.translate import translate


class Window(QMainWindow):
    """All parts on one session: views, menus, dialogs. `closing` comes before the session is closed.

    Its plots are made by `startup.show_waiting`, at once unless that is for `later`, after the first paint.
    """

    closing = Signal()

    def __init__(self, session: Session, later: bool = False) -> None:
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
        connect(self)
        if self.target.own.errors:
            self.notify(" ".join(self.target.own.errors))
        self.display.show_spec(session.spec)
        if not later:
            show_waiting(self)

    def _make_parts(self) -> None:
        self.toolbar, self.tips, self.notifications = Toolbar(), Tips(), NotificationBar()
        self.target, self.lane = TargetColumn(), LaneColumn()
        self.lanes, self.ladder, self.time, self.slow = LaneGrid(), NoiseLadder(), TimeSlider(), SlowMotionCard()
        self.bottom_panel, self.cursor_readout = BottomPanel(), CursorReadout()
        self.lane_actions, self.appearance = LaneActions(self.lanes), Appearance(self)
        self.display, self.cursor_tracker = Display(self), CursorTracker(self.session, self.lanes)
        self.documents, self.proof_launcher = Documents(self, self.session, settings), ProofLauncher(self)
        self.importer, self.restore = Importer(self, lambda: self.session.spec.window), RestoreBar(self.session)

    # -- slots --------------------------------------------------------------------------------------------------

    @Slot(str)
    def notify(self, sentence: str) -> None:
        """Show a sentence above the lanes for a while."""
        self.notifications.notify(sentence)

    @Slot(object, object)
    def edit(self, edit: Edit, token: object = None) -> None:
        """Apply an edit to the present Spec, or show why it is refused."""
        self.edit_from(None, edit, token)

    def edit_from(self, editor: Editor | None, edit: Edit, token: object = None) -> bool:
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

    def apply_remedy(self, editor: Editor | None, remedy: Remedy) -> None:
        """Apply a remedy, unless its lane has changed or gone since it was offered."""
        if remedy.fits(self.session.spec) and self.edit_from(editor, remedy.edit, whole := object()):
            for command in remedy.commands:
                self.session.command(command, whole)

    @Slot(int, QPoint)
    def show_lane_menu(self, slot: int, at: QPoint) -> None:
        self.lane_actions.show_menu(self.session.spec, slot, at)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.hide()  # at once; the worker has a second for the step that it computes
        self.closing.emit()
        self.session.close(1.0)
        for part in (self.importer, self.documents, self.proof_launcher):
            part.close()
        event.accept()
