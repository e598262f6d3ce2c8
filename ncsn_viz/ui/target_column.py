"""The left column: what is to be learned, and the particles."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QToolButton, QWidget

from ncsn_viz.core.targets import TARGETS, GaussianTarget, Painted, Target
from ncsn_viz.core.targets.strokes import Stroke
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.lab.spec import Particles, Spec
from ncsn_viz.ui.canvas import BRUSH, ERASER, Canvas
from ncsn_viz.ui.controls import fresh_token
from ncsn_viz.ui.editor import Editor
from ncsn_viz.ui.form import Form, KindForm
from ncsn_viz.ui.icons import icon
from ncsn_viz.ui.presets import PresetGrid, density
from ncsn_viz.ui.section import INSIDE, Section, stack

CELLS = 128  # along each side of the first picture


class TargetColumn(Editor):
    """Canvas, tools, presets, the target's own knobs and the particles. `edited` is that of Editor."""

    undoAsked = Signal()
    redoAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before: Target | None = None  # the target under the stroke that is under way
        self._token: object = None
        self.canvas = Canvas()
        self.canvas.setFixedHeight(INSIDE)
        self.tools = Tools()
        self.undo = _corner("undo", self.tr("Undo (Ctrl+Z)"), self.undoAsked)
        self.redo = _corner("redo", self.tr("Redo (Ctrl+Shift+Z)"), self.redoAsked)
        self.brush = Form(Stroke(), only=("size", "strength"))
        self.presets = PresetGrid()
        self.shape = KindForm(TARGETS, self.spec.target, menu=False)
        self.particles = Form(Particles())
        self._place()
        self._wire()
        self.show_all()

    def _place(self) -> None:
        self.painting = Section(self.tr("Target"), folds=False).add(self.canvas, self.tools, self.brush)
        self.painting.add_corner(self.undo, self.redo)
        self.gallery = Section(self.tr("Presets")).add(self.presets)
        self.knobs = Section(self.tr("Shape")).add(self.shape)
        self.crowd = Section(self.tr("Particles")).add(self.particles)
        stack(self, self.painting, self.gallery, self.knobs, self.crowd)

    def _wire(self) -> None:
        self.tools.toolChosen.connect(self.canvas.set_tool)
        self.tools.clearAsked.connect(self._clear)
        self.brush.edited.connect(lambda brush, _: self.canvas.show_brush(brush.size, brush.strength))
        for changed in (self.canvas.sizeChanged, self.canvas.strengthChanged):
            changed.connect(self._show_brush)
        self.canvas.stroked.connect(self._paint)
        self.canvas.cancelled.connect(self._unpaint)
        self.presets.chosen.connect(lambda target: self._become(self.gallery, target))
        self.wire(self.knobs, self.shape, lambda spec, target: replace(spec, target=target))
        self.wire(self.crowd, self.particles, lambda spec, particles: replace(spec, particles=particles))

    def show_spec(self, spec: Spec, lane_index: int = 0) -> None:  # noqa: ARG002
        """Show an experiment; tells nobody."""
        if spec != self.spec:
            self.spec = spec
            self.show_all()

    def show_history(self, can_undo: bool, can_redo: bool) -> None:
        """Whether there is anything to undo and to redo."""
        self.undo.setEnabled(can_undo)
        self.redo.setEnabled(can_redo)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the density that the experiment has now."""
        if snapshot.target is not None:
            self.canvas.show_weights(snapshot.target.weights, snapshot.spec.target == self.spec.target)

    def show_all(self) -> None:
        target = self.spec.target
        self.canvas.show_window(self.spec.window)
        if not isinstance(target, Painted):
            self.canvas.peak = 1.0
        if isinstance(target, GaussianTarget) and not self.canvas.known:  # until the engine has started
            values = density(target, CELLS, self.spec.window)
            self.canvas.show_weights(values / max(values.max(), 1e-300))
        self.presets.show_target(target)
        self.shape.show_settings(target)
        self.knobs.setVisible(bool(self.shape.form.rows))
        self.particles.show_settings(self.spec.particles)

    # -- painting -----------------------------------------------------------------------------------------------

    def _paint(self, stroke: Stroke, finished: bool) -> None:
        if self._before is None:
            self._before, self._token = self.spec.target, fresh_token()
        self._become(self.painting, painted(self._before, stroke, self.spec.window), self._token)
        if finished:
            self._before = None

    def _unpaint(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            self._become(self.painting, before, self._token)

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


class Tools(QWidget):
    """Brush or eraser, and clear."""

    toolChosen = Signal(str)
    clearAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.brush = _button("brush", self.tr("Brush"), self.tr("Paint mass onto the plane: left mouse button."))
        self.erase = _button("erase", self.tr("Erase"), self.tr("Take mass away; the right mouse button always does."))
        self.clear = _button("clear", self.tr("Clear"), self.tr("Empty the canvas."))
        self._choice = QButtonGroup(self)
        for button in (self.brush, self.erase):
            button.setCheckable(True)
            self._choice.addButton(button)
        self.brush.setChecked(True)
        self.brush.clicked.connect(lambda: self.toolChosen.emit(BRUSH))
        self.erase.clicked.connect(lambda: self.toolChosen.emit(ERASER))
        self.clear.clicked.connect(lambda: self.clearAsked.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(4)
        for button in (self.brush, self.erase, self.clear):
            row.addWidget(button, 1)


def painted(target: Target, stroke: Stroke, window: tuple[float, float]) -> Painted:
    """`target` with one more stroke over it."""
    if isinstance(target, Painted):
        return replace(target, strokes=(*target.strokes, stroke))
    base = target if isinstance(target, GaussianTarget) else None
    return Painted(base=base, strokes=(stroke,), window=window)


def _button(name: str, text: str, tip: str) -> QPushButton:
    button = QPushButton(icon(name), text)
    button.setProperty("look", "tool")
    button.setIconSize(QSize(16, 16))
    button.setToolTip(tip)
    button.setFixedHeight(26)
    button.setMinimumWidth(30)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


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
