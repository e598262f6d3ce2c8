"""Where the parts of the window are, which of them are shown, and where the window itself is on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QSize, Slot
from PySide6.QtGui import QAction, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.ui.forms.section import Column, Section
from ncsn_viz.ui.lanes.arrangement import plot_side
from ncsn_viz.ui.readouts import bottom_panel
from ncsn_viz.ui.shell.appearance import settings
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import flush
from ncsn_viz.ui.widgets.translate import plain, translate

if TYPE_CHECKING:
    from ncsn_viz.ui.shell.window import Window

LEFT, RIGHT = (260, 430), (260, 320)  # pixels, the least and the largest width of the columns
LEFT_SHARES, RIGHT_SHARE = (0.21, 0.38), 0.18  # of the window's width and height, and of its width
BESIDE = 1.12  # by which plots must be larger for the curves to go beside the lanes
DIRECTION = QBoxLayout.Direction
PREFERRED, LEAST = QSize(1500, 940), QSize(980, 640)  # pixels, sizes of the window
FRAME = 40  # pixels of the title bar
TEXTS = {  # of the parts that can be hidden
    "buttons": ("All buttons", "Every button of the toolbar, or only Play and the menus; all others are behind ⋯."),
    "settings": ("Settings of the lane", "Objective, network, optimiser and sampler of the chosen lane, on the right."),
    "ladder": ("Noise levels", "The noise levels of the chosen lane's sampler, and where its particles are."),
    "time": (
        "Time",
        "The slider along the trajectories of the particles, from noise to data, and what is drawn.",
    ),
    "measures": ("Measures", "Numbers below every lane, mode weights, the table, and the switches of the curves."),
}
PLACE, SHOWN, FOLDED = "place", "shown", "folded"  # keys of the settings


class Arrangement(QWidget):
    """All parts of the window: toolbar on top, target left, lanes in the middle, the chosen lane's settings right.

    The curves are below the lanes, or beside them where that makes the plots larger.
    """

    def __init__(self, window: Window) -> None:
        super().__init__()
        self._window = window
        self._count, self._page = 1, bottom_panel.PAGES[0]
        middle = flush(QHBoxLayout())
        self._left, self._settings = Column(window.target), Column(window.lane)
        middle.addWidget(self._left)
        middle.addWidget(self._centre(), 1)
        self.right = QWidget()
        right = flush(QVBoxLayout(self.right))
        right.addWidget(self._settings, 1)
        right.addWidget(window.cursor_readout)
        middle.addWidget(self.right)
        rows = flush(QVBoxLayout(self))
        rows.addWidget(window.toolbar)
        rows.addLayout(middle, 1)

    def _centre(self) -> QWidget:
        """Tips and messages, the lanes and what belongs to them, and the curves."""
        window, centre = self._window, QWidget()
        centre.setObjectName("centre")
        column = QVBoxLayout(centre)
        column.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        column.setSpacing(theme.GAP)
        messages = (window.restore, window.tips, window.notifications)
        for message in messages:
            column.addWidget(message)
        window.lanes.color_bars.show()
        lanes = flush(QVBoxLayout(), theme.GAP)
        for part in (window.lanes, window.lanes.color_bars, window.ladder, window.time, window.slow):
            lanes.addWidget(part, 1 if part is window.lanes else 0)
        self._both = flush(QBoxLayout(DIRECTION.TopToBottom), theme.GAP)
        self._both.addLayout(lanes, 1)
        self._both.addWidget(window.bottom_panel)
        column.addLayout(self._both, 1)
        return centre

    @Slot(object)
    def show_spec(self, spec: Spec) -> None:
        """Arrange for the number of lanes and the page of an experiment."""
        self._count, self._page = len(spec.lanes), self._window.bottom_panel.page(spec)
        self._place_curves()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        by_width, by_height = (share * length for share, length in zip(LEFT_SHARES, self._size(), strict=True))
        self._left.set_width(_within(min(by_width, by_height), *LEFT))
        self._settings.set_width(_within(RIGHT_SHARE * self.width(), *RIGHT))
        self._place_curves()

    def _size(self) -> tuple[int, int]:
        return self.width(), self.height()

    def _place_curves(self) -> None:
        """Put the curves below or beside the lanes, whichever makes the plots larger."""
        window, now = self._window, self._both.direction() == DIRECTION.LeftToRight
        right = 0 if self.right.isHidden() else self._settings.width()
        width = self.width() - self._left.width() - right - 2 * theme.GAP
        height = self.height() - window.toolbar.height() - 2 * theme.GAP
        for part in (
            window.restore,
            window.tips,
            window.notifications,
            window.lanes.color_bars,
            window.ladder,
            window.time,
            window.slow,
        ):
            height -= 0 if part.isHidden() else part.sizeHint().height() + theme.GAP
        below = plot_side(self._count, width, height - bottom_panel.HEIGHT - theme.GAP)
        beside = plot_side(self._count, width - bottom_panel.WIDTH - theme.GAP, height)
        aside = self._page == bottom_panel.PAGES[0] and beside > below * (1 if now else BESIDE)
        if aside != now:
            self._both.setDirection(DIRECTION.LeftToRight if aside else DIRECTION.TopToBottom)
            window.bottom_panel.set_beside(aside)


def _within(value: float, low: int, high: int) -> int:
    return round(min(max(value, low), high))


class Panels(QObject):
    """Which parts of the window are shown: all of them, or at the first start only what is essential.

    The choice is kept for the next start by `save`, which only the program itself calls.
    """

    def __init__(self, window: Window, arrangement: Arrangement) -> None:
        super().__init__(window)
        self._window, self._arrangement = window, arrangement
        target, lane = window.target, window.lane
        self.sections: dict[str, Section] = {
            "tools": target.brushes, "presets": target.gallery, "shape": target.knobs,
            "particles": target.particle_section, "objective": lane.loss, "terms": lane.now, "network": lane.network,
            "optimizer": lane.training, "sampler": lane.sampling, "fairness": lane.fair,
        }  # fmt: skip
        self.parts: dict[str, Callable[[bool], None]] = {
            "buttons": lambda on: window.toolbar.show_only_essential(not on),
            "settings": arrangement.right.setVisible, "ladder": lambda _: self.show_strips(),
            "time": lambda _: self.show_strips(), "measures": self._show_measures,
        }  # fmt: skip
        self.shown = dict.fromkeys(self.parts, True)
        self.actions: dict[str, QAction] = {}
        for name, (title, hint) in TEXTS.items():
            self.actions[name] = QAction(translate(title), self, checkable=True, checked=True)
            self.actions[name].setToolTip(plain(translate(hint)))
            self.actions[name].triggered.connect(lambda on, name=name: self.show_part(name, on))
        window.toolbar.allToggled.connect(self.show_all)
        self._tell()

    def put_into(self, parent: QMenu) -> None:
        """Insert a menu of the parts into another one, before its last entry."""
        menu = QMenu(translate("Show"), parent, toolTipsVisible=True)
        menu.addActions([*self.actions.values()])
        parent.insertMenu(parent.actions()[-1], menu)

    def show_part(self, name: str, on: bool) -> None:
        """Show or hide one part."""
        self.shown[name] = on
        self.parts[name](on)
        self._tell()

    @Slot(bool)
    def show_all(self, on: bool) -> None:
        """Show all parts, with all sections of the target unfolded; or only what is essential."""
        for name in self.parts:
            self.shown[name] = on
            self.parts[name](on)
        for name in ("tools", "shape", "particles"):
            self.sections[name].set_folded(not on)
        self._tell()

    def _tell(self) -> None:
        for name, action in self.actions.items():
            action.setChecked(self.shown[name])
        self._window.toolbar.all.defaultAction().setChecked(all(self.shown.values()))
        self._arrangement.show_spec(self._window.session.spec)

    def show_strips(self) -> None:
        """Show the noise levels and the time slider if they are wanted; slow motion takes their place."""
        for name, strip in (("ladder", self._window.ladder), ("time", self._window.time)):
            strip.setVisible(self.shown[name] and not self._window.session.spec.slow_motion)

    def _show_measures(self, on: bool) -> None:
        self._window.bottom_panel.show_measures(on)
        self._window.bottom_panel.show_spec(self._window.session.spec)
        self._window.lanes.show_measures(on)

    def restore(self) -> None:
        """Show what was shown last; what is essential at the first start."""
        shown, folded = (settings().value(key) for key in (SHOWN, FOLDED))
        self.show_all(False)
        for name in _names(shown, self.parts):
            self.show_part(name, True)
        if isinstance(folded, str):
            for name, section in self.sections.items():
                section.set_folded(name in _names(folded, self.sections))

    def save(self) -> None:
        """Keep for the next start what is shown."""
        settings().setValue(SHOWN, " ".join(name for name, on in self.shown.items() if on))
        settings().setValue(FOLDED, " ".join(name for name, section in self.sections.items() if section.folded))


def _names(text: object, known: Iterable[str]) -> list[str]:
    return [name for name in text.split() if name in known] if isinstance(text, str) else []


# -- the window on the screen -----------------------------------------------------------------------------------------


def place(window: QWidget) -> None:
    """Give the window the size and the place that it had last, within the present screen; a large one at first."""
    text = settings().value(PLACE)
    numbers = text.split() if isinstance(text, str) else []
    rect = QRect(*map(int, numbers[:4])) if len(numbers) == 5 and all(map(_is_integer, numbers)) else QRect()
    screen = (QGuiApplication.screenAt(rect.center()) if rect.isValid() else None) or QGuiApplication.primaryScreen()
    available = screen.availableGeometry()
    window.setMinimumSize(LEAST.boundedTo(available.size() - QSize(0, FRAME)))
    window.setGeometry(inside(rect, available))
    if rect.isValid() and numbers[4] == "1":
        window.showMaximized()


def save_place(window: QWidget) -> None:
    """Keep size and place of the window for the next start."""
    rect = window.normalGeometry() if window.isMaximized() else window.geometry()
    numbers = (rect.x(), rect.y(), rect.width(), rect.height(), int(window.isMaximized()))
    settings().setValue(PLACE, " ".join(map(str, numbers)))


def inside(rect: QRect, screen: QRect) -> QRect:
    """`rect`, no larger than the `screen` without a title bar and moved into it; of PREFERRED size if invalid."""
    room = screen.adjusted(0, FRAME, 0, 0)
    if not rect.isValid():
        rect = QRect(screen.topLeft(), PREFERRED)
        rect.moveCenter(room.center())
    rect = QRect(rect.topLeft(), rect.size().boundedTo(room.size()))
    rect.moveLeft(min(max(rect.left(), room.left()), room.right() - rect.width() + 1))
    rect.moveTop(min(max(rect.top(), room.top()), room.bottom() - rect.height() + 1))
    return rect


def _is_integer(text: str) -> bool:
    return text.lstrip("-").isdecimal() and len(text) < 7
