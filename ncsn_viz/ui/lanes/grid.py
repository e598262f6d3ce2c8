"""All lanes side by side, their views linked."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QPoint, QRect, QSize, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.experiment.layers import map_of
from ncsn_viz.lab.snapshot.snapshot import Snapshot
from ncsn_viz.ui.lanes.card import LaneCard
from ncsn_viz.ui.lanes.reorder import DropMark, mark_at, place_at
from ncsn_viz.ui.plots.maps import Shared
from ncsn_viz.ui.plots.plot import Plot
from ncsn_viz.ui.surface.height_field import ViewAngle
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Region

LEAST_PIXELS, MOST_PIXELS = 120, 960  # of the particles' pictures: above, they are scaled
SETTLE = 30  # milliseconds between two words about the region
CHROME = 60  # a card's height without its plot
WIDE = 1.25  # a plot's most pleasant width by height


class LaneGrid(QWidget):
    """One to six lane cards. `regionChanged` carries the region that holds what all of them show.

    What concerns one lane carries its mark first, for by then it may stand elsewhere. `moveAsked` then has the mark of
    the lane before which it is to come, or −1 for the end, `shiftAsked` the places by which it is to move, `menuAsked`
    where on the screen.
    """

    selected = Signal(int)
    restartAsked = Signal(int)
    remedyAsked = Signal(object)
    regionChanged = Signal(object)
    pixelsChanged = Signal(int)
    cursorMoved = Signal(object)
    referenceChosen = Signal(object)
    moveAsked = Signal(int, int)
    shiftAsked = Signal(int, int)
    renamed = Signal(int, str)
    menuAsked = Signal(int, QPoint)
    touched = Signal(int, str, object, object)
    turned = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hand = False
        self.cards: list[LaneCard] = []
        self._under: LaneCard | None = None  # the one under the mouse
        self._shared = Shared()
        self._mark = DropMark(self)
        self._said: tuple[float, ...] = ()
        self._said_pixels = 0
        self.pose = self._said_pose = ViewAngle()
        self._settle = QTimer(self, interval=SETTLE, singleShot=True)
        self._settle.timeout.connect(self._say_region)

    def sizeHint(self) -> QSize:
        return QSize(960, 620)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 240)

    def show_snapshot(self, snapshot: Snapshot, chosen: int) -> None:
        """Show every lane; the one at `chosen` stands out."""
        self._match([lane.slot for lane in snapshot.spec.lanes[: len(snapshot.lanes)]])
        view = snapshot.spec.view
        names = [map_of(snapshot.spec.layers_of(lane)) for lane in snapshot.spec.lanes[: len(snapshot.lanes)]]
        scales = self._shared.scales(snapshot.lanes, names, view.region)
        for index, (card, lane, scale) in enumerate(zip(self.cards, snapshot.lanes, scales, strict=True)):
            card.show_lane(lane, snapshot.spec, index, scale)
            card.set_chosen(index == chosen)

    def set_region(self, region: Region | tuple[float, ...]) -> None:
        """Make all lanes look at `region`. If it is what `regionChanged` said last, nothing changes."""
        if same(region, self._said):
            return
        self._said = tuple(region)
        for card in self.cards:
            card.plot.set_region(region)
        self._speak()

    def set_stage(self, index: int | None, key: str, share: float) -> None:
        """Draw a stage of a step in slow motion in the lane at `index`, and none in all others."""
        for place, card in enumerate(self.cards):
            card.plot.set_stage(key if place == index else "", share)

    def take_hand(self, on: bool) -> None:
        """Whether the left button drops and grabs particles, and not the plane."""
        self._hand = on
        for card in self.cards:
            card.plot.gesture.on = on

    def set_view_angle(self, turn: tuple[float, float]) -> None:
        """Make all surfaces be seen from there. What `turned` said last, or is about to say, changes nothing."""
        pose = ViewAngle(*turn)
        if pose != self._said_pose:
            self._said_pose = pose
            self._set_pose(pose)

    def _set_pose(self, pose: ViewAngle) -> None:
        self.pose = pose
        for card in self.cards:
            card.surface.set_view_angle(pose)

    def _turn(self, pose: ViewAngle) -> None:
        self._set_pose(pose)
        self._speak()

    @property
    def under(self) -> int | None:
        """The place of the lane under the mouse, or None."""
        return self.cards.index(self._under) if self._under in self.cards else None

    def region(self) -> Region | None:
        """The part of the plane that holds what every lane shows."""
        seen = [card.plot.region() for card in self.cards]
        if not seen:
            return None
        x0, x1, y0, y1 = zip(*seen, strict=True)
        return (min(x0), max(x1), min(y0), max(y1))

    def _match(self, marks: list[int]) -> None:
        """One card a lane, in their order. A lane that moves takes its card along, and what is prepared in it."""
        if marks == [card.mark for card in self.cards]:
            return
        known = {card.mark: card for card in self.cards}
        for mark in known.keys() - set(marks):
            if known[mark] is self._under:
                self._read_at(known[mark], None)
            known[mark].hide()
            known[mark].deleteLater()
        self.cards = [known[mark] for mark in marks if mark in known]  # the ones that a new card looks at
        self.cards = [known.get(mark) or self._new_card(place, mark) for place, mark in enumerate(marks)]
        for before, after in pairwise(self.cards):
            QWidget.setTabOrder(before, after)
        self._arrange()
        self._speak()

    def _new_card(self, index: int, mark: int) -> LaneCard:
        card = LaneCard(index, self, mark)
        if self.cards:  # before it can say anything: its own first look must not move the others
            card.plot.follow(self.cards[0].plot.camera)
        elif self._said:
            card.plot.set_region(self._said)
        card.selected.connect(self.selected)
        card.restartAsked.connect(self.restartAsked)
        card.plot.cursorMoved.connect(partial(self._read_at, card))
        card.remedyAsked.connect(self.remedyAsked)
        card.plot.referenceChosen.connect(self.referenceChosen)
        card.plot.gesture.on = self._hand
        card.plot.gesture.touched.connect(lambda *touch: self.touched.emit(card.mark, *touch))
        card.surface.set_view_angle(self.pose)
        card.surface.turned.connect(self._turn)
        card.plot.regionChanged.connect(partial(self._follow, card.plot))
        card.shifted.connect(lambda by: self.shiftAsked.emit(card.mark, by))
        card.header.dragged.connect(partial(self._drag, card))
        card.header.dropped.connect(partial(self._drop, card))
        card.header.cancelled.connect(self._mark.hide)
        card.header.menuAsked.connect(lambda at: self.menuAsked.emit(card.mark, at))
        card.header.renamed.connect(lambda name: self.renamed.emit(card.mark, name))
        card.show()
        return card

    def _drag(self, card: LaneCard, at: QPoint) -> None:
        """Show where the card would come; nothing where that is where it is."""
        rects, here = [each.geometry() for each in self.cards], self.mapFromGlobal(at)
        place = place_at(rects, here)
        if place in (card.index, card.index + 1):
            self._mark.hide()
        else:
            self._mark.show_at(mark_at(rects, place, here, self.width()))

    def _drop(self, card: LaneCard, at: QPoint) -> None:
        self._mark.hide()
        place = place_at([each.geometry() for each in self.cards], self.mapFromGlobal(at))
        if place not in (card.index, card.index + 1):
            self.moveAsked.emit(card.mark, self.cards[place].mark if place < len(self.cards) else -1)

    def _read_at(self, under: LaneCard, point: tuple[float, float] | None) -> None:
        if point is None and under is not self._under:
            return  # the mouse is in another lane already
        self._under = None if point is None else under
        for card in self.cards:
            card.plot.set_cursor(point)
        self.cursorMoved.emit(point)

    def _follow(self, leader: Plot, _region: Region) -> None:
        for card in self.cards:
            card.plot.follow(leader.camera)
        self._speak()

    def _speak(self) -> None:
        if not self._settle.isActive():
            self._settle.start()

    def pixels(self) -> int:
        """How wide particles should be drawn: as the widest plot, for which their picture need not be scaled then.

        In the window's units, not in the screen's: where those are finer a particle would be a speck.
        """
        return min(max([LEAST_PIXELS, *(card.plot.width() for card in self.cards)]), MOST_PIXELS)

    def _say_region(self) -> None:
        region = self.region()
        if region is not None and not same(region, self._said):
            self._said = region
            self.regionChanged.emit(region)
        if (pixels := self.pixels()) != self._said_pixels:
            self._said_pixels = pixels
            self.pixelsChanged.emit(pixels)
        if self.pose != self._said_pose:
            self._said_pose = self.pose
            self.turned.emit(self.pose)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: ARG002
        self._arrange()

    def _arrange(self) -> None:
        for card, place in zip(self.cards, places(len(self.cards), self.width(), self.height()), strict=True):
            card.setGeometry(place)


def same(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """Whether two regions are equal but for rounding."""
    return len(a) == len(b) and all(math.isclose(x, y, abs_tol=1e-6) for x, y in zip(a, b, strict=True))


def places(count: int, width: int, height: int, gap: int = theme.GAP) -> list[QRect]:
    """Where `count` cards stand in `width` × `height`, so that their plots are as large as can be."""
    if count == 0:
        return []
    columns = max(range(1, count + 1), key=lambda wanted: _use(count, wanted, width, height, gap))
    rows = math.ceil(count / columns)
    full, rest = divmod(count, rows)
    placed = []
    for row in range(rows):
        in_row = full + (row < rest)
        top, bottom = _edges(row, rows, height, gap)
        for column in range(in_row):
            left, right = _edges(column, in_row, width, gap)
            placed.append(QRect(left, top, right - left, bottom - top))
    return placed


def _edges(place: int, count: int, length: int, gap: int) -> tuple[int, int]:
    """All of the same size, so that one picture fits all; what is left over goes between them."""
    size = (length + gap) // count - gap
    start = round(place * (length - size) / max(count - 1, 1))
    return start, start + size


def _use(count: int, columns: int, width: int, height: int, gap: int) -> tuple[float, int]:
    rows = math.ceil(count / columns)
    wide, high = (width + gap) / columns - gap, (height + gap) / rows - gap - CHROME
    return (min(wide, WIDE * high), columns)
