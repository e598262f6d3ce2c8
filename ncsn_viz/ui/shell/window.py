"""The window: places and wiring."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment.spec import Spec
from ncsn_viz.lab.snapshot.snapshot import Snapshot
from ncsn_viz.ui.actions import edits, particle_edits
from ncsn_viz.ui.actions.edits import Edit
from ncsn_viz.ui.actions.particle_gesture import Point
from ncsn_viz.ui.actions.toolbar import Toolbar
from ncsn_viz.ui.forms.form import error_sentence
from ncsn_viz.ui.lanes.grid import LaneGrid
from ncsn_viz.ui.lanes.lane_actions import LaneActions
from ncsn_viz.ui.proof.launcher import ProofLauncher
from ncsn_viz.ui.readouts.bottom_panel import BottomPanel
from ncsn_viz.ui.readouts.cursor_readout import CursorReadout
from ncsn_viz.ui.readouts.noise_ladder import NoiseLadder
from ncsn_viz.ui.shell.appearance import Appearance
from ncsn_viz.ui.shell.columns import Column, LaneColumn, TargetColumn
from ncsn_viz.ui.shell.cursor_tracker import CursorTracker
from ncsn_viz.ui.shell.documents import Documents
from ncsn_viz.ui.shell.fps_counter import FpsCounter
from ncsn_viz.ui.shell.notifications import NotificationBar
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.startup import before_torch
from ncsn_viz.ui.shell.tips import Tips
from ncsn_viz.ui.slow_motion.card import SlowCard, toggle
from ncsn_viz.ui.target.importer import Importer
from ncsn_viz.ui.widgets import theme


class Window(QMainWindow):
    """Toolbar on top, target left, lanes in the middle, the chosen lane's settings right."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.chosen = 0
        self.mark = session.spec.lanes[0].slot  # of the chosen lane, by which it is known wherever it moves
        self.setWindowTitle("ncsn-viz")
        self.resize(1500, 940)
        self.setMinimumSize(980, 620)
        self.documents = Documents(self, session)
        self.proving = ProofLauncher(self)
        self._make_parts()
        self._place_parts()
        self._wire()
        self.appearance = Appearance(self)
        self.appearance.put_into(self.toolbar.files.menu())
        self.tips.put_into(self.toolbar.files.menu())
        self.pointer = CursorTracker(self.session, self.lanes)
        self.importer = self._importer()
        if self.target.own.troubles:
            self.notify(self.target.own.troubles[0])
        self.lane_actions = LaneActions(self.lanes, lambda: self.session.spec, self._edit)
        self._frames = FpsCounter()
        # whatever is read and not watched (numbers, bars, curves) takes turns, one a picture, so that none comes late
        self._readers: tuple[Callable[[Snapshot, int], None], ...] = (
            lambda snapshot, chosen: self.ladder.show_lane(snapshot.lanes[chosen], snapshot.spec, chosen),
            self._show_below,
            lambda snapshot, _: self.lane.show_snapshot(snapshot),
            self._show_under,
        )
        self._turn = 0
        self._read_spec: Spec | None = None
        self._edit(particle_edits.let_go)  # no hand holds anything that was held when the last session ended
        self._show_spec(session.spec)
        self._show_snapshot(before_torch(session.spec, self.tr("Loading torch …")))

    def _make_parts(self) -> None:
        self.toolbar = Toolbar()
        self.target = TargetColumn()
        self.lane = LaneColumn()
        self.lanes = LaneGrid()
        self.ladder = NoiseLadder()
        self.slow = SlowCard()
        self.below = BottomPanel()
        self.under = CursorReadout()
        self.tips = Tips()
        self.notifications = NotificationBar()

    def _place_parts(self) -> None:
        centre = QWidget()
        centre.setObjectName("centre")
        column = QVBoxLayout(centre)
        column.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        column.setSpacing(theme.GAP)
        column.addWidget(self.tips)
        column.addWidget(self.notifications)
        column.addWidget(self.lanes, 1)
        column.addWidget(self.ladder)
        column.addWidget(self.slow)
        column.addWidget(self.below)
        middle = _row(0)
        middle.addWidget(Column(self.target))
        middle.addWidget(centre, 1)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(Column(self.lane), 1)
        right.addWidget(self.under)
        middle.addLayout(right)
        whole = QWidget()
        rows = QVBoxLayout(whole)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.toolbar)
        rows.addLayout(middle, 1)
        self.setCentralWidget(whole)

    def _wire(self) -> None:
        self.session.specChanged.connect(self._show_spec)
        self.session.snapshotReady.connect(self._show_snapshot)
        self.session.notice.connect(self.notifications.notify)
        self.documents.failed.connect(self.notifications.notify)
        QShortcut(QKeySequence.StandardKey.Undo, self).activated.connect(self.session.undo)
        QShortcut(QKeySequence.StandardKey.Redo, self).activated.connect(self.session.redo)
        self._wire_toolbar()
        self._wire_columns()
        self._wire_lanes()
        self._wire_ladder()

    def _wire_toolbar(self) -> None:
        self.toolbar.edited.connect(self._edit)
        self.toolbar.openAsked.connect(self.documents.ask_open)
        self.toolbar.saveAsked.connect(self.documents.ask_save)
        self.toolbar.proofAsked.connect(self.proving.prove)
        self.toolbar.handTaken.connect(self.lanes.take_hand)
        self.toolbar.duplicateAsked.connect(lambda: self._edit(lambda spec: edits.duplicate_lane(spec, self.chosen)))
        self.toolbar.removeAsked.connect(lambda: self._edit(lambda spec: edits.remove_lane(spec, self.chosen)))
        self.toolbar.slowAsked.connect(lambda: self._edit(lambda spec: toggle(spec, self.chosen)))

    def _wire_columns(self) -> None:
        for column in (self.target, self.lane):
            column.edited.connect(self.session.edit)
        self.target.undoAsked.connect(self.session.undo)
        self.target.redoAsked.connect(self.session.redo)
        self.lane.restartAsked.connect(self._restart)

    def _wire_lanes(self) -> None:
        for lanes in (self.lanes, self.below):
            lanes.selected.connect(self._choose)
        self.below.edited.connect(self._edit)
        self.lanes.restartAsked.connect(self._restart)
        self.lanes.remedyAsked.connect(self._edit)
        self.lanes.touched.connect(self._touch)
        self.lanes.referenceChosen.connect(lambda point: self._edit(lambda spec: edits.set_reference(spec, point)))
        self.lanes.turned.connect(lambda p: self._edit(lambda spec: edits.set_view_angle(spec, p.azimuth, p.elevation)))
        self.lanes.pixelsChanged.connect(lambda pixels: self._edit(lambda spec: edits.draw_at(spec, pixels)))
        self.lanes.regionChanged.connect(lambda region: self._edit(lambda spec: edits.look_at(spec, region)))

    def _wire_ladder(self) -> None:
        self.ladder.scrubbed.connect(
            lambda *scrub: self._edit(lambda spec: particle_edits.scrub(spec, self.chosen, *scrub))
        )
        self.ladder.letGo.connect(lambda: self._edit(particle_edits.let_go))
        self.ladder.ranged.connect(
            lambda end, sigma, token: self.session.edit(
                particle_edits.with_sampler_end(self.session.spec, self.chosen, end, sigma), token
            )
        )
        self.slow.edited.connect(self._edit)
        self.slow.staged.connect(self.lanes.set_stage)

    def _importer(self) -> Importer:
        importer = Importer(self, lambda: self.session.spec.window)
        importer.ready.connect(self.target.put)
        importer.failed.connect(self.notifications.notify)
        importer.experimentFound.connect(self.documents.open)
        for asked in (self.target.tools.importAsked, self.toolbar.importAsked):
            asked.connect(importer.ask)
        return importer

    # -- showing ------------------------------------------------------------------------------------------------

    @Slot(object)
    def _show_spec(self, spec: Spec) -> None:
        self.chosen = edits.lane_index_or(spec, self.mark, self.chosen)
        self.mark = spec.lanes[self.chosen].slot
        self.toolbar.show_spec(spec)
        self.target.show_history(self.session.can_undo, self.session.can_redo)
        self.target.show_spec(spec, self.chosen)
        self.lane.show_spec(spec, self.chosen)
        self.lanes.set_region(spec.view.region)
        self.lanes.set_view_angle(spec.view.turn)
        self.below.show_spec(spec)
        self.ladder.setVisible(not spec.slow)
        self.slow.show_spec(spec)

    @Slot(object)
    def _show_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.failure:
            self.notify(self.tr("The engine stopped: {0}. Change anything to start it again.").format(snapshot.failure))
            return
        chosen = min(edits.lane_index_or(snapshot.spec, self.mark, self.chosen), len(snapshot.lanes) - 1)
        self.lanes.show_snapshot(snapshot, chosen)
        self.slow.show_snapshot(snapshot)
        if rate := self._frames.count():
            self.toolbar.show_pace(snapshot.device, rate, snapshot.training_note)
        fresh, self._read_spec = snapshot.spec != self._read_spec, snapshot.spec
        self._turn = (self._turn + 1) % len(self._readers)
        for turn, show in enumerate(self._readers):
            if fresh or turn == self._turn:
                show(snapshot, chosen)

    def _show_below(self, snapshot: Snapshot, chosen: int) -> None:
        self.below.show_snapshot(snapshot, chosen, self.session.spec)

    def _show_under(self, snapshot: Snapshot, chosen: int) -> None:
        self.under.show_snapshot(snapshot, chosen if self.lanes.under is None else self.lanes.under)

    @Slot(str)
    def notify(self, sentence: str) -> None:
        """Show a sentence above the lanes for a while."""
        self.notifications.notify(sentence)

    # -- doing --------------------------------------------------------------------------------------------------

    @Slot(object)
    def _edit(self, edit: Edit) -> None:
        try:
            self.session.edit(edit(self.session.spec))
        except ValidationError as error:
            self.notify(error_sentence(error, {"lanes": self.tr("Lanes")}))

    @Slot(int)
    def _restart(self, mark: int) -> None:
        self._edit(edits.for_lane(mark, edits.restart_lane))

    @Slot(int, str, object, object)
    def _touch(self, mark: int, what: str, start: Point, at: Point) -> None:
        self._edit(edits.for_lane(mark, partial(particle_edits.touch, what=what, start=start, at=at)))

    @Slot(int)
    def _choose(self, mark: int) -> None:
        self.mark = mark  # of a lane that has just been removed, perhaps: then the choice stays
        self._show_spec(self.session.spec)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.proving.close()
        self.importer.close()
        self.session.close()
        event.accept()


def _row(spacing: int) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(spacing)
    return row
