"""The left column: what is to be learned, and the particles."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, QTimer, Signal, SignalInstance
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from ncsn_viz.core.targets import TARGETS, Painted, Target
from ncsn_viz.core.targets.painting import (
    MARKS,
    Blob,
    Mark,
    PointCloudMark,
    RasterMark,
    Stroke,
    TextMark,
    with_last_mark,
    with_mark,
)
from ncsn_viz.lab.experiment.spec import Particles, Spec
from ncsn_viz.lab.storage.preset_store import PresetStore
from ncsn_viz.ui.forms.editor import Editor
from ncsn_viz.ui.forms.form import Form, KindForm
from ncsn_viz.ui.forms.rows import TextRow
from ncsn_viz.ui.forms.section import INSIDE, Section, stack
from ncsn_viz.ui.target.canvas import Canvas
from ncsn_viz.ui.target.gallery import PresetGrid
from ncsn_viz.ui.target.own_presets import OwnPresets
from ncsn_viz.ui.target.target_view import top_mark
from ncsn_viz.ui.target.tools import Tools
from ncsn_viz.ui.widgets.controls import PAUSE, fresh_token
from ncsn_viz.ui.widgets.icons import icon
from ncsn_viz.ui.widgets.translate import translate


class TargetColumn(Editor):
    """Canvas, tools, presets, the target's own knobs and the particles. `edited` is that of Editor."""

    undoAsked = Signal()
    redoAsked = Signal()
    _keepAsked = Signal()

    def __init__(self, parent: QWidget | None = None, shelf: PresetStore | None = None) -> None:
        super().__init__(parent)
        self._token: object = None  # of the mark that is under way
        self._turning = QTimer(self, interval=PAUSE, singleShot=True)  # one turn of the wheel is one step of undo
        self._turn: object = None
        self.canvas = Canvas()
        self.canvas.setFixedHeight(INSIDE)
        self.tools = Tools()
        self.undo = _corner("undo", self.tr("Undo (Ctrl+Z)"), self.undoAsked)
        self.redo = _corner("redo", self.tr("Redo (Ctrl+Shift+Z)"), self.redoAsked)
        self.brush = Form(Stroke(), only=("size", "strength"))
        self.mark = KindForm(MARKS, Blob(), menu=False)  # of the mark that lies on top, where it is more than a stroke
        self.marked = QLabel()
        self.marked.setProperty("look", "faint")
        self.presets = PresetGrid()
        self.own = OwnPresets(shelf)
        self.keep = _corner("add", self.tr("Save what is on the canvas as a preset of your own"), self._keepAsked)
        self.shape = KindForm(TARGETS, self.spec.target, menu=False)
        self.particles = Form(Particles())
        self._place()
        self._wire()
        self.show_all()

    def _place(self) -> None:
        self.painting = Section(self.tr("Target"), folds=False).add(
            self.canvas, self.tools, self.brush, self.marked, self.mark
        )
        self.painting.add_corner(self.undo, self.redo)
        self.gallery = Section(self.tr("Presets")).add(self.presets, self.own).add_corner(self.keep)
        self.knobs = Section(self.tr("Shape")).add(self.shape)
        self.crowd = Section(self.tr("Particles")).add(self.particles)
        stack(self, self.painting, self.gallery, self.knobs, self.crowd)

    def _wire(self) -> None:
        self.tools.toolChosen.connect(self.canvas.set_tool)
        self.tools.symmetryChosen.connect(self.canvas.set_symmetry)
        self.tools.clearAsked.connect(self._clear)
        self.brush.edited.connect(lambda brush, _: self.canvas.show_brush(brush.size, brush.strength))
        for changed in (self.canvas.sizeChanged, self.canvas.strengthChanged):
            changed.connect(self._show_brush)
        for marked in (self.canvas.stroked, self.canvas.reshaped):
            marked.connect(lambda _, finished: self._follow_canvas(finished))
        self.canvas.stroked.connect(self._ask_text)
        self.canvas.rescaled.connect(self._rescale)
        self.canvas.refused.connect(self.painting.show_error)
        self.canvas.cancelled.connect(lambda: self._follow_canvas(True))
        for gallery in (self.presets, self.own):
            gallery.chosen.connect(lambda target: self._become(self.gallery, target))
        self.own.told.connect(self.gallery.show_error)
        self._keepAsked.connect(lambda: self.own.ask_name(self.spec.target))
        self.wire(self.painting, self.mark, lambda spec, mark: replace(spec, target=with_last_mark(spec.target, mark)))
        self.edited.connect(lambda spec, _: self.canvas.show_target(spec.target, spec.window))
        self.mark.edited.connect(self._show_marks)
        self.wire(self.knobs, self.shape, lambda spec, target: replace(spec, target=target))
        self.wire(self.crowd, self.particles, lambda spec, particles: replace(spec, particles=particles))

    def show_spec(self, spec: Spec, lane_index: int = 0) -> None:  # noqa: ARG002
        """Show an experiment; tells nobody."""
        if spec != self.spec:
            if spec.target != self.spec.target:
                self._token = None
                self.canvas.drop()
            self.spec = spec
            self.show_all()

    def show_history(self, can_undo: bool, can_redo: bool) -> None:
        """Whether there is anything to undo and to redo."""
        self.undo.setEnabled(can_undo)
        self.redo.setEnabled(can_redo)

    def show_all(self) -> None:
        target = self.spec.target
        self.canvas.show_target(target, self.spec.window)
        self._show_marks()
        self.presets.show_target(target)
        self.own.show_target(target)
        self.shape.show_settings(target)
        self.knobs.setVisible(bool(self.shape.form.rows))
        self.particles.show_settings(self.spec.particles)

    # -- painting -----------------------------------------------------------------------------------------------

    def _show_marks(self) -> None:
        """Show the knobs of the mark that lies on top."""
        top = top_mark(self.spec.target)
        self.mark.setVisible(top is not None)
        self.marked.setVisible(top is not None)
        if top is not None:
            self.mark.show_settings(top)
            self.marked.setText(named(top))
        if isinstance(top, TextMark):
            self.canvas.text = top.text

    def _follow_canvas(self, finished: bool) -> None:
        """Take over the target with the mark so far: all of a mark is one step of undo."""
        self._token = self._token or fresh_token()
        self._become(self.painting, self.canvas.target, self._token)
        if finished:
            self._token = None

    def _ask_text(self, mark: Mark, finished: bool) -> None:
        """What a text says is typed next."""
        row = self.mark.form.rows.get("text")
        if finished and isinstance(mark, TextMark) and isinstance(row, TextRow):
            row.field.setFocus(Qt.FocusReason.OtherFocusReason)
            row.field.selectAll()

    def _rescale(self, mark: Mark) -> None:
        if not self._turning.isActive():
            self._turn = fresh_token()
        self._turning.start()
        self._become(self.painting, with_last_mark(self.spec.target, mark), self._turn)

    def put(self, mark: Mark) -> None:
        """Lay an imported mark over what was painted, or on an empty canvas: one step of undo."""
        old = self.spec.target if isinstance(self.spec.target, Painted) else Painted(window=self.spec.window)
        self._become(self.painting, with_mark(old, mark, self.spec.window))

    def _clear(self) -> None:
        target = self.spec.target
        old = target if isinstance(target, Painted) else Painted(window=self.spec.window)
        self._become(self.painting, replace(old, base=None, strokes=()))

    def _become(self, section: Section, target: Target, token: object = None) -> None:
        if self.try_edit(section, lambda: replace(self.spec, target=target), token):
            self.show_all()

    def _show_brush(self) -> None:
        brush = self.canvas.brush
        self.brush.show_settings(replace(self.brush.settings, size=brush.size, strength=brush.strength))


def named(mark: Mark) -> str:
    """What a mark is, in a line: its kind, the file that it came from and the points counted."""
    if not isinstance(mark, RasterMark):
        return translate(mark.title)
    what = translate(mark.title)
    if isinstance(mark, PointCloudMark):
        what = translate("{0} points").format(f"{mark.count:,}")
    name = mark.name if len(mark.name) <= 24 else f"{mark.name[:11]}…{mark.name[-12:]}"
    return f"{what} · {name}" if name else what


def _corner(name: str, tip: str, asked: SignalInstance) -> QToolButton:
    button = QToolButton()
    button.setProperty("look", "flat")
    button.setIcon(icon(name))
    button.setIconSize(QSize(14, 14))
    button.setFixedSize(24, 20)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(lambda: asked.emit())
    return button
