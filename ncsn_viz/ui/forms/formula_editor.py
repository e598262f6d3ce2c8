"""The formula of the target: typed, checked while it is typed, and learned as soon as it is a density."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QKeySequence, QResizeEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QScrollArea, QTextEdit, QVBoxLayout, QWidget

from ncsn_viz.core.knobs import ValidationError, knobs
from ncsn_viz.core.targets import Formula, FormulaTarget, Target
from ncsn_viz.core.targets.formula import CONSTANTS, FUNCTIONS, VARIABLES, FormulaError
from ncsn_viz.ui.forms.form import Form, error_sentence
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import Label, flush, fresh_token
from ncsn_viz.ui.widgets.theme import styled
from ncsn_viz.ui.widgets.timers import timer
from ncsn_viz.ui.widgets.translate import rich, translate

QUIET = 400  # milliseconds without a key before the text is checked
BURST = 3.0  # seconds without an edit after which the next one is another step of undo
MARGIN = 3  # pixels around the text
MOST_LINES = 12  # that are visible at once


class FormulaField(QPlainTextEdit):
    """A text that grows with its lines. `committed` on Enter, on leaving it, and after a pause; Escape restores it.

    It leaves undo and redo to the window while its text is the one that was shown last.
    """

    committed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown = ""  # the text that was shown or accepted last
        self._pause = timer(self, QUIET, self.committed.emit, once=True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(MARGIN)
        self.textChanged.connect(self._on_changed)

    @property
    def edited(self) -> bool:
        """Whether the text is not the one that was shown or accepted last."""
        return self.toPlainText() != self.shown

    def show_text(self, text: str) -> None:
        """Show a valid text."""
        self.shown = text
        if self.edited:
            self.setPlainText(text)
        self._pause.stop()
        self.underline(0, 0)

    def underline(self, start: int, end: int) -> None:
        """Underline the characters from `start` to `end`; none if they are equal."""
        mark = QTextEdit.ExtraSelection()
        text = self.toPlainText()
        mark.cursor = QTextCursor(self.document())
        for position, mode in ((start, QTextCursor.MoveMode.MoveAnchor), (end, QTextCursor.MoveMode.KeepAnchor)):
            units = len(text[:position].encode("utf-16-le", "surrogatepass")) // 2  # Qt counts in UTF-16
            mark.cursor.setPosition(units, mode)
        wave = QTextCharFormat()
        wave.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        wave.setUnderlineColor(QColor(theme.colors().bad))
        mark.format = wave
        self.setExtraSelections([mark] if end > start else [])

    def _on_changed(self) -> None:
        self.underline(0, 0)
        self._fit()
        if self.edited:
            self._pause.start()

    def _fit(self) -> None:
        """Make it as high as its lines."""
        lines = min(max(round(self.document().size().height()), 2), MOST_LINES)
        self.setFixedHeight(lines * self.cursorRect().height() + 2 * (MARGIN + 3))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def commit(self) -> None:
        """Let an edited text be checked now."""
        self._pause.stop()
        if self.edited:
            self.committed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.commit()

    def event(self, event: QEvent) -> bool:
        undo = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
        if event.type() != QEvent.Type.ShortcutOverride or self.edited or not isinstance(event, QKeyEvent):
            return super().event(event)
        if not any(event.matches(key) for key in undo):
            return super().event(event)
        event.ignore()  # else it would be a key of this field, which has nothing to undo
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.show_text(self.shown)
            self.clearFocus()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.commit()
        else:
            super().keyPressEvent(event)


class FormulaEditor(QWidget):
    """The expression of the target, and whether it gives a density or an energy.

    `edited` carries a Formula that is a density, and the token of the gesture: one while somebody types without a long
    pause. What is no density is explained below the text, and underlined in it; the target stays as it was.
    """

    edited = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._target: Target | None = None
        self._window = Formula().window
        self._token, self._last = 0, 0.0
        self.field = FormulaField(self)
        self.field.setPlaceholderText(Formula().expression)
        self.field.setAccessibleName(self.tr("Formula"))
        for shown in (self.field, self.field.viewport()):
            shown.setToolTip(names_tip())
        self.gives = Form(Formula(), self, only=("gives",))
        self.message = Label(parent=self)
        self.message.setWordWrap(True)
        column = flush(QVBoxLayout(self), 4)
        for widget in (self.field, self.gives, self.message):
            column.addWidget(widget)
        self.field.committed.connect(self._check)
        self.field.textChanged.connect(lambda: self._say(""))
        self.gives.edited.connect(lambda *_: self._check())
        self._say("")

    def show_target(self, target: Target, window: tuple[float, float]) -> None:
        """Show the formula of a target, or none; a text that is being edited stays while the target stays."""
        self._window = window
        if target == self._target:
            return
        self._target = target
        if isinstance(target, FormulaTarget):
            self.field.show_text(target.expression)
            self.gives.show_settings(replace(self.gives.settings, gives=target.gives))
            self._say(" ".join(target.notes))
        else:
            self.field.show_text("")
            self._say("")

    def _check(self) -> None:
        """Emit what is typed, if it is a density and not the present target; else explain what is wrong with it."""
        text, gives = self.field.toPlainText(), self.gives.settings.gives
        present = self._target
        if isinstance(present, FormulaTarget) and (text, gives) == (present.expression, present.gives):
            self.field.show_text(text)
            self._say(" ".join(present.notes))
            return
        if not text.strip() and not isinstance(present, FormulaTarget):
            return
        try:
            formula = self._formula(text, gives)
        except ValidationError as error:
            self._say(error_sentence(error, {"expression": self.tr("The formula")}), bad=True)
            if isinstance(error, FormulaError):
                self.field.underline(error.start, max(error.end, min(error.start + 1, len(text))))
            return
        self.field.shown = text
        if monotonic() - self._last > BURST:
            self._token = fresh_token()
        self._last = monotonic()
        self.edited.emit(formula, self._token)

    def _formula(self, text: str, gives: str) -> Formula:
        """The typed formula on the lattice of the present one, or on the canvas."""
        match self._target:
            case Formula() as present:
                return replace(present, expression=text, gives=gives)
            case FormulaTarget() as present:
                return Formula(text, gives, present.window, present.resolution)
        return Formula(text, gives, self._window)

    def _say(self, words: str, bad: bool = False) -> None:
        styled(self.message, "bad" if bad else "faint")
        self.message.style().unpolish(self.message)
        self.message.style().polish(self.message)
        self.message.setText(words)
        self.message.setVisible(bool(words))
        if words and self.field.hasFocus():
            QTimer.singleShot(0, self, self._scroll_to_message)  # when it has its place

    def _scroll_to_message(self) -> None:
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if parent is not None:
            parent.ensureWidgetVisible(self.message)


def names_tip() -> str:
    """What a formula may contain, as a table."""
    names = {"+ − * / ^ ( )": "arithmetic; ^ is a power", **VARIABLES, ", ".join(CONSTANTS): "constants"}
    names |= {name: function.help for name, function in FUNCTIONS.items()}
    row = "<tr><td><b>{}</b>&nbsp;&nbsp;</td><td>{}</td></tr>"
    texts = (text for name, meaning in names.items() for text in (name, translate(meaning)))
    return rich("{}<table>" + row * len(names) + "</table>", translate(knobs(Formula)["gives"].help), *texts)
