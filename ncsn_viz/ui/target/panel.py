"""The left column: the target and the particles."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QToolButton, QWidget

from ncsn_viz.core.targets import TARGETS, Target
from ncsn_viz.core.targets.painting import (
    MARKS,
    Blob,
    Mark,
    PointCloudMark,
    RasterMark,
    Stroke,
    TextMark,
    painting_of,
    with_last_mark,
    with_mark,
)
from ncsn_viz.lab.experiment import Particles, Spec
from ncsn_viz.lab.storage import PresetStore
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.actions.lettering import with_letters
from ncsn_viz.ui.forms.editor import Editor
from ncsn_viz.ui.forms.form import Form, KindForm
from ncsn_viz.ui.forms.formula_editor import FormulaEditor
from ncsn_viz.ui.forms.rows import TextRow
from ncsn_viz.ui.forms.section import EDGE, Section, stack
from ncsn_viz.ui.target.canvas import Canvas
from ncsn_viz.ui.target.gallery import PresetGrid
from ncsn_viz.ui.target.own_presets import OwnPresets
from ncsn_viz.ui.target.target_view import top_mark
from ncsn_viz.ui.target.tools import Tools
from ncsn_viz.ui.widgets import number_text
from ncsn_viz.ui.widgets.controls import PAUSE, Label, flat_button, fresh_token
from ncsn_viz.ui.widgets.icons import icon
from ncsn_viz.ui.widgets.theme import styled
from ncsn_viz.ui.widgets.timers import timer
from ncsn_viz.ui.widgets.translate import translate


class TargetColumn(Editor):
    """Canvas, tools, presets, the target's own knobs and the particles. `edited` is that of Editor."""

    undoAsked = Signal()
    redoAsked = Signal()

    def __init__(self, parent: QWidget | None = None, store: PresetStore | None = None) -> None:
        super().__init__(parent)
        self._token: object = None  # of the mark in progress
        self._scrolling = timer(self, PAUSE, once=True)  # one turn of the wheel is one step of undo
        self._scroll_token: object = None
        self.canvas = Canvas()
        self.tools = Tools()
        self.undo = _corner_button("undo", self.tr("Undo (Ctrl+Z)"), self.undoAsked)
        self.redo = _corner_button("redo", self.tr("Redo (Ctrl+Shift+Z)"), self.redoAsked)
        self.brush = Form(Stroke(), labels={"size": "Brush size", "strength": "Brush strength"})
        self.mark = KindForm(MARKS, Blob(), menu=False)  # of the last mark, unless it is a stroke
        self.mark_caption = styled(Label(), "faint")
        self.presets = PresetGrid()
        self.own = OwnPresets(store)
        tip = self.tr("Save what is on the canvas as a preset of your own")
        self.save_preset = _corner_button("add", tip, lambda: self.own.ask_name(self.canvas.target))
        self.formula = FormulaEditor()
        self.shape = KindForm(TARGETS, Spec().target, menu=False)
        self.particles = Form(Particles())
        self._place()
        self._wire()
        self.show_spec(Spec())

    def _place(self) -> None:
        self.painting = Section(self.tr("Target"), folds=False).add(self.canvas).add_corner(self.undo, self.redo)
        self.brushes = Section(self.tr("Tools")).add(self.tools, self.brush, self.mark_caption, self.mark)
        self.gallery = Section(self.tr("Presets")).add(self.presets, self.own).add_corner(self.save_preset)
        self.formulas = Section(self.tr("Formula")).add(self.formula)
        self.knobs = Section(self.tr("Shape")).add(self.shape)
        self.particle_section = Section(self.tr("Particles")).add(self.particles)
        stack(self, self.painting, self.brushes, self.gallery, self.formulas, self.knobs, self.particle_section)

    def _wire(self) -> None:
        self.tools.toolChosen.connect(self.canvas.set_tool)
        self.tools.toolChosen.connect(lambda _: self.brushes.set_folded(False))  # a key may have chosen it
        self.tools.symmetryChosen.connect(self.canvas.set_symmetry)
        self.tools.clearAsked.connect(lambda: self.edit(self.painting, cleared))
        self.brush.edited.connect(lambda brush, _: self.canvas.show_brush(brush.size, brush.strength))
        for changed in (self.canvas.sizeChanged, self.canvas.strengthChanged):
            changed.connect(self._show_brush)
        for marked in (self.canvas.stroked, self.canvas.reshaped):
            marked.connect(lambda _, finished: self._edit_from_canvas(finished))
        self.canvas.stroked.connect(self._ask_text)
        self.canvas.rescaled.connect(self._rescale)
        self.canvas.refused.connect(self.painting.show_error)
        self.canvas.cancelled.connect(lambda: self._edit_from_canvas(True))
        for gallery in (self.presets, self.own):
            gallery.chosen.connect(lambda target: self.edit(self.gallery, partial(edits.choose_target, target=target)))
        self.own.failed.connect(self.gallery.show_error)
        self.wire(self.painting, self.mark, lambda mark: partial(change_last_mark, mark=mark))
        self.formula.edited.connect(
            lambda target, token: self.edit(self.formulas, partial(edits.choose_target, target=target), token)
        )
        self.wire(self.knobs, self.shape, lambda target: partial(reshaped, target=target))
        self.wire(self.particle_section, self.particles, lambda particles: partial(replace, particles=particles))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.canvas.setFixedHeight(self.canvas_side())

    def canvas_side(self) -> int:
        """The side of the canvas in pixels, all of the width."""
        return self.width() - EDGE - 2

    def show_spec(self, spec: Spec) -> None:
        """Show an experiment; emits nothing. A mark in progress ends where the target is not the one on the canvas."""
        target = spec.target
        if target != self.canvas.target:
            self._token = None
            self.canvas.abandon()
        self.canvas.show_target(target, spec.window)
        self._show_mark(top_mark(target))
        self.presets.show_target(target)
        self.own.show_target(target)
        self.formula.show_target(target, spec.window)
        self.shape.show_settings(target)
        self.knobs.setVisible(bool(self.shape.form.rows))
        self.particles.show_settings(spec.particles)

    def show_history(self, can_undo: bool, can_redo: bool) -> None:
        """Whether there is anything to undo and to redo."""
        self.undo.setEnabled(can_undo)
        self.redo.setEnabled(can_redo)

    # -- painting -----------------------------------------------------------------------------------------------

    def _show_mark(self, mark: Mark | None) -> None:
        """Show the knobs of the last mark, or none."""
        self.mark.setVisible(mark is not None)
        self.mark_caption.setVisible(mark is not None)
        if mark is not None:
            self.mark.show_settings(mark)
            self.mark_caption.setText(caption_of(mark))
        if isinstance(mark, TextMark):
            self.canvas.text = mark.text

    def _edit_from_canvas(self, finished: bool) -> None:
        """Make the canvas's target with the mark so far the experiment's: all of a mark is one step of undo."""
        self._token = self._token or fresh_token()
        self.edit(self.painting, partial(replace, target=self.canvas.target), self._token)
        if finished:
            self._token = None

    def _ask_text(self, mark: Mark, finished: bool) -> None:
        """Let the user type the text of a new text mark next."""
        row = self.mark.form.rows.get("text")
        if finished and isinstance(mark, TextMark) and isinstance(row, TextRow):
            row.field.setFocus(Qt.FocusReason.OtherFocusReason)
            row.field.selectAll()

    def _rescale(self, mark: Mark) -> None:
        if not self._scrolling.isActive():
            self._scroll_token = fresh_token()
        self._scrolling.start()
        self.edit(self.painting, partial(change_last_mark, mark=mark), self._scroll_token)

    def add_imported_mark(self, mark: Mark) -> None:
        """Add an imported mark to the painting, or to an empty canvas: one step of undo."""
        self.edit(self.painting, partial(add_mark, mark=mark))

    def _show_brush(self) -> None:
        brush = self.canvas.brush
        self.brush.show_settings(replace(self.brush.settings, size=brush.size, strength=brush.strength))


def change_last_mark(spec: Spec, mark: Mark) -> Spec:
    """Replace the last mark of the painting. Raises ValidationError."""
    return replace(spec, target=with_last_mark(spec.target, with_letters(mark)))


def add_mark(spec: Spec, mark: Mark) -> Spec:
    """Add a mark to the painting, or to an empty canvas where the target is no painting. Raises ValidationError."""
    return replace(spec, target=with_mark(painting_of(spec.target, spec.window), mark, spec.window))


def reshaped(spec: Spec, target: Target) -> Spec:
    """The target with other knobs; window and view follow its canvas where they were its canvas."""
    old, new = spec.target.canvas, target.canvas
    if old is None or new is None or old == new or spec.window != old:
        return replace(spec, target=target)
    region = (*new, *new) if spec.view.region == (*old, *old) else spec.view.region
    return replace(spec, target=target, window=new, view=replace(spec.view, region=region))


def cleared(spec: Spec) -> Spec:
    """An empty canvas."""
    return replace(spec, target=replace(painting_of(spec.target, spec.window), base=None, strokes=()))


def caption_of(mark: Mark) -> str:
    """A line about a mark: its kind, the file that it came from and its number of points."""
    if not isinstance(mark, RasterMark):
        return translate(mark.title)
    what = count_of_points(mark.count) if isinstance(mark, PointCloudMark) else translate(mark.title)
    name = mark.name if len(mark.name) <= 24 else f"{mark.name[:11]}…{mark.name[-12:]}"
    return f"{what} · {name}" if name else what


def count_of_points(count: int) -> str:
    """A number of points in words."""
    return translate("1 point") if count == 1 else translate("{0} points").format(number_text.thousands(count))


def _corner_button(name: str, tip: str, act: object) -> QToolButton:
    button = flat_button("", tip, 24, 20, act)
    button.setIcon(icon(name))
    button.setIconSize(QSize(14, 14))
    button.setAccessibleName(tip)
    return button
