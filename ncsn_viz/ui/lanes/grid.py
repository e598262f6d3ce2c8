"""The cards of all lanes, their views linked."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.experiment import Edit, Particles, Spec, map_of
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.actions.particle_gesture import GRAB, Point, gesture_command
from ncsn_viz.ui.lanes.arrangement import DropMark, index_at, mark_at, rectangles
from ncsn_viz.ui.maps.color_bar import ColorBar, ColorBars
from ncsn_viz.ui.maps.color_scale import ColorScale, SharedColorScales
from ncsn_viz.ui.surface.height_field import ViewAngle
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.camera import Region
from ncsn_viz.ui.widgets.timers import timer

if TYPE_CHECKING:
    from ncsn_viz.ui.lanes.card import LaneCard

LEAST_PIXELS, MOST_PIXELS = 120, 960  # of the particle images: larger plots scale them
SETTLE = 30  # milliseconds between two edits of the view


class LaneGrid(QWidget):
    """One to six lane cards. `edited` carries an Edit and None, `commanded` a Command, `remedyAsked` a Remedy.

    `cursorMoved` carries the point of the plane under the mouse, or None; `menuAsked` the slot of a lane and a point of
    the screen; `failed` a sentence.
    """

    edited = Signal(object, object)
    commanded = Signal(object)
    remedyAsked = Signal(object)
    cursorMoved = Signal(object)
    menuAsked = Signal(int, QPoint)
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hand_tool, self._measures = False, True
        self._particles, self._count = Particles(), 0  # how many a click drops; lanes
        self.cards: list[LaneCard] = []
        self._under: LaneCard | None = None  # the one under the mouse
        self._color_scales = SharedColorScales()
        self.color_bars = ColorBars(self)  # of all cards, hidden: who shows this grid has a place for it
        self.color_bars.hide()
        self._drop_mark = DropMark(self)
        self._region: tuple[float, ...] = ()  # of the Spec, as far as it is known here
        self._pixels = 0
        self.view_angle = self._spec_view_angle = ViewAngle()
        self._shown: tuple[Snapshot, int] | None = None
        self._stage: tuple[int | None, str, float] = (None, "", 1.0)
        self._scheme = theme.colors()  # of the cards
        self._settle = timer(self, SETTLE, self._edit_view, once=True)

    def sizeHint(self) -> QSize:
        return QSize(960, 620)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 240)

    def show_spec(self, spec: Spec) -> None:
        """Show the region and the angle of view of an experiment; emits nothing."""
        self._particles, self._count = spec.particles, len(spec.lanes)
        self.set_region(spec.view.region)
        self.set_view_angle(spec.view.view_angle)

    def show_snapshot(self, snapshot: Snapshot, chosen: int) -> None:
        """Show every lane; the one at index `chosen` is marked."""
        self._shown, spec = (snapshot, chosen), snapshot.spec
        self._match([lane.slot for lane in spec.lanes[: len(snapshot.lanes)]])
        names = [map_of(spec.layers_of(lane)) for lane in spec.lanes[: len(snapshot.lanes)]]
        scales = self._color_scales.scales(snapshot.lanes, names, spec.view.region)
        modes = snapshot.target.mode_positions if snapshot.target else ()
        for index, (card, lane, scale) in enumerate(zip(self.cards, snapshot.lanes, scales, strict=True)):
            card.show_lane(lane, spec, index, scale)
            card.set_chosen(index == chosen)
            card.plot.mode_numbers.show_modes(modes)
        self.color_bars.show_bars(shared_bars(self.cards))

    def show_measures(self, shown: bool) -> None:
        """Show or hide the metrics below each plot."""
        self._measures = shown
        for card in self.cards:
            card.footer.setVisible(shown)

    def set_region(self, region: Region | tuple[float, ...]) -> None:
        """Make all lanes show `region`. Nothing changes where it is what was emitted last."""
        if same(region, self._region):
            return
        self._region = tuple(region)
        for card in self.cards[:1]:  # the others follow
            card.plot.set_region(region)
        self._edit_soon()

    def set_stage(self, index: int | None, key: str, share: float) -> None:
        """Draw a stage of a step in slow motion in the lane at `index`, and none in all others."""
        self._stage = (index, key, share)
        for each, card in enumerate(self.cards):
            card.plot.set_stage(key if each == index else "", share)

    def rename(self, slot: int) -> None:
        """Let the user type another name of the lane in `slot`."""
        for card in self.cards:
            if card.slot == slot:
                card.header.rename()

    def save_picture(self, slot: int, suffix: str) -> None:
        """Save the picture of the lane in `slot` as png or svg, where the user says."""
        for card in self.cards:
            if card.slot == slot and (sentence := card.save_picture(suffix)):
                self.failed.emit(sentence)

    def set_hand_tool(self, on: bool) -> None:
        """Whether the left button drops and holds particles instead of moving the plane."""
        self._hand_tool = on
        for card in self.cards:
            card.plot.gesture.enabled = on

    def set_view_angle(self, degrees: tuple[float, float]) -> None:
        """Show all surfaces from an angle. Nothing changes where it is what was emitted last."""
        angle = ViewAngle(*degrees)
        if angle != self._spec_view_angle:
            self._spec_view_angle = angle
            self._show_view_angle(angle)

    def _show_view_angle(self, angle: ViewAngle) -> None:
        self.view_angle = angle
        for card in self.cards:
            card.surface.set_view_angle(angle)

    def _turn(self, angle: ViewAngle) -> None:
        self._show_view_angle(angle)
        self._edit_soon()

    @property
    def under(self) -> int | None:
        """The index of the lane under the mouse, or None."""
        return self.cards.index(self._under) if self._under in self.cards else None

    def region(self) -> Region | None:
        """The smallest region that contains what every lane shows."""
        shown = [card.plot.region() for card in self.cards]
        if not shown:
            return None
        x0, x1, y0, y1 = zip(*shown, strict=True)
        return (min(x0), max(x1), min(y0), max(y1))

    def _match(self, slots: list[int]) -> None:
        """One card a lane, in their order. A lane that moves keeps its card."""
        if slots == [card.slot for card in self.cards]:
            return
        known = {card.slot: card for card in self.cards}
        for slot in known.keys() - set(slots):
            if known[slot] is self._under:
                self._read_at(known[slot], None)
            known[slot].hide()
            known[slot].deleteLater()
        self.cards = [known[slot] for slot in slots if slot in known]  # from which a new card takes its view
        self.cards = [known.get(slot) or self._new_card(slot) for slot in slots]
        self._link()
        for before, after in pairwise(self.cards):
            QWidget.setTabOrder(before, after)
        self._arrange()
        self._edit_soon()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Where cards will be, until there are any."""
        if not self.cards:
            painter = painting.smooth_painter(self)
            for rect in rectangles(self._count, self.width(), self.height()):
                painting.fill_rounded(painter, QRectF(rect), theme.colors().card, theme.RADIUS)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and theme.colors() is not self._scheme:
            self._scheme = theme.colors()
            QTimer.singleShot(0, self, self._renew)  # after Qt has restyled all widgets

    def _renew(self) -> None:
        """Replace all cards: every picture in them is in the colours of the former scheme."""
        old, self._under = self.cards, None
        self.cards = [self._new_card(card.slot) for card in old]
        for card in old:
            card.hide()
            card.deleteLater()
        self._link()
        self._arrange()
        if self._shown is not None:
            self.show_snapshot(*self._shown)
        self.set_stage(*self._stage)

    def _new_card(self, slot: int) -> LaneCard:
        from ncsn_viz.ui.lanes.card import LaneCard  # with pyqtgraph, which takes long: after the first paint

        card = LaneCard(slot, self)
        if self.cards:  # before it emits anything: its own first region must not move the others
            card.plot.follow(self.cards[0].plot)
        elif self._region:
            card.plot.set_region(self._region)
        card.footer.setVisible(self._measures)
        card.edited.connect(self.edited)
        card.commanded.connect(self.commanded)
        card.remedyAsked.connect(self.remedyAsked)
        card.plot.cursorMoved.connect(partial(self._read_at, card))
        card.plot.referenceChosen.connect(self._set_reference)
        card.plot.flowStartMoved.connect(lambda point: self._edit(partial(edits.view, flow_start=(point,))))
        card.plot.gesture.enabled = self._hand_tool
        card.plot.gesture.performed.connect(partial(self._touch, slot))
        card.surface.set_view_angle(self.view_angle)
        card.surface.viewAngleChanged.connect(self._turn)
        card.plot.regionChanged.connect(self._edit_soon)
        card.plot.menuAsked.connect(card.header.menuAsked)
        card.header.dragged.connect(partial(self._drag, card))
        card.header.dropped.connect(partial(self._drop, card))
        card.header.cancelled.connect(self._drop_mark.hide)
        card.header.menuAsked.connect(lambda at: self.menuAsked.emit(slot, at))
        card.show()
        return card

    def _link(self) -> None:
        """Link the views of all cards with that of the first."""
        for card in self.cards[:1]:
            card.plot.unlink()
        for card in self.cards[1:]:
            card.plot.follow(self.cards[0].plot)

    def _edit(self, edit: Edit) -> None:
        self.edited.emit(edit, None)

    def _set_reference(self, point: Point | None) -> None:
        self._edit(partial(edits.view, reference=() if point is None else (point,)))

    def _touch(self, slot: int, gesture: str, start: Point, at: Point) -> None:
        """Request what a gesture in the lane in `slot` means; the held particle is shown."""
        if gesture == GRAB:
            self._edit(edits.for_lane(slot, lambda spec, _: edits.show_tracked(spec)))
        self.commanded.emit(gesture_command(slot, gesture, start, at, self._particles))

    def _drag(self, card: LaneCard, at: QPoint) -> None:
        """Show where the card would be dropped, unless that is where it is."""
        rects, here = [each.geometry() for each in self.cards], self.mapFromGlobal(at)
        index = index_at(rects, here)
        if index in (card.index, card.index + 1):
            self._drop_mark.hide()
        else:
            self._drop_mark.show_at(mark_at(rects, index, here, self.width()))

    def _drop(self, card: LaneCard, at: QPoint) -> None:
        self._drop_mark.hide()
        index = index_at([each.geometry() for each in self.cards], self.mapFromGlobal(at))
        if index not in (card.index, card.index + 1):
            before = self.cards[index].slot if index < len(self.cards) else -1
            self._edit(edits.for_lane(card.slot, partial(edits.move_before, slot=before)))

    def _read_at(self, under: LaneCard, point: tuple[float, float] | None) -> None:
        if point is None and under is not self._under:
            return  # the mouse is in another lane already
        self._under = None if point is None else under
        for card in self.cards:
            card.plot.set_cursor(point)
        self.cursorMoved.emit(point)

    def _edit_soon(self) -> None:
        if not self._settle.isActive():
            self._settle.start()

    def pixels(self) -> int:
        """The width of the particle images: that of the widest plot, so that it need not be scaled.

        In the window's units, not in the screen's: where those are finer a particle would be hardly visible.
        """
        widths = [round(card.plot.camera.width) for card in self.cards]
        return min(max([LEAST_PIXELS, *widths]), MOST_PIXELS)

    def _edit_view(self) -> None:
        """Emit what has changed of the region, the width of the images and the angle of view."""
        region = self.region()
        if region is not None and not same(region, self._region):
            self._region = region
            self._edit(partial(edits.view, region=region))
        if (pixels := self.pixels()) != self._pixels:
            self._pixels = pixels
            self._edit(partial(edits.view, pixels=pixels))
        if (angle := self.view_angle) != self._spec_view_angle:
            self._spec_view_angle = angle
            self._edit(partial(edits.view, view_angle=(angle.azimuth, angle.elevation)))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: ARG002
        self._arrange()

    def _arrange(self) -> None:
        for card, rect in zip(self.cards, rectangles(len(self.cards), self.width(), self.height()), strict=True):
            card.setGeometry(rect)


def shared_bars(cards: Sequence[LaneCard]) -> tuple[ColorBar, ...]:
    """One bar for each scale; where lanes with one scale have different captions, each with their letters.

    Of captions that begin alike only that is left: what differs is behind a comma or in another line.
    """
    captions: dict[ColorScale, list[tuple[str, str]]] = {}
    for card in cards:
        if (bar := card.color_bar()) is not None:
            captions.setdefault(bar.scale, []).append((theme.lane_letter(card.slot), bar.caption))
    return tuple(ColorBar(scale, _joined(found)) for scale, found in captions.items())


def _joined(found: Sequence[tuple[str, str]]) -> str:
    """Different captions with the letters of their lanes, or the only one."""
    if len({caption for _, caption in found}) == 1:
        return found[0][1]
    letters: dict[str, list[str]] = {}
    for letter, caption in found:
        letters.setdefault(re.split("\n|, ", caption)[0].rstrip(","), []).append(letter)
    if len(letters) == 1:
        return next(iter(letters))
    return " · ".join(f"{', '.join(those)}: {caption}" for caption, those in letters.items())


def same(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """Whether two regions are equal but for rounding."""
    return len(a) == len(b) and all(math.isclose(x, y, abs_tol=1e-6) for x, y in zip(a, b, strict=True))
