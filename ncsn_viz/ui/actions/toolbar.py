"""The bar along the top: what runs, what is drawn, lanes and files."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton

from ncsn_viz.core.objectives import OBJECTIVES
from ncsn_viz.lab.experiment import Edit, Spec
from ncsn_viz.lab.experiment.commands import Command, ReleaseParticles, RestartTraining, SampleStep, TrainStep
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.actions.layer_texts import LAYERS, MAPS, LayerText
from ncsn_viz.ui.actions.overflow_toolbar import ALWAYS, GAP, OverflowToolBar
from ncsn_viz.ui.widgets.controls import Label
from ncsn_viz.ui.widgets.theme import styled
from ncsn_viz.ui.widgets.translate import menu_text, plain, translate


class Button(NamedTuple):
    """One button of the bar: its texts and key, its edit and the command after it, and its rank in OverflowToolBar."""

    text: str
    hint: str
    key: str
    edit: Edit | None
    command: Command | None = None
    rank: int = ALWAYS
    menu_text: str = ""  # where it differs from `text`


PLAY = Button("Play", "Let all networks learn and the particles move, or pause both.", "Space", edits.toggle_play)
TRAINING = (
    Button("Train", "Train all lanes, or pause. What is learned stays.", "Shift+Space", edits.toggle_training),
    Button("Step", "Pause, and do one training step in every lane.", "T", edits.pause_training, TrainStep(), 17,
           "Training step"),
    Button("Reset", "Start all networks again from the seed. Undo brings back what they have learned.", "Ctrl+R",
           None, RestartTraining(), 50, "Reset training"),
)  # fmt: skip
PARTICLES = (
    Button("Sample", "Let the sampler move the particles, or hold them.", "P", edits.toggle_sampling),
    Button("Step", "Hold the particles, and move them by one step of the sampler.", "S", edits.pause_sampling,
           SampleStep(), 16, "Particle step"),
    Button("Release", "Put the particles back at their start.", "R", None, ReleaseParticles(), 24, "Release particles"),
)  # fmt: skip
HAND = Button("Hand", "Click into a lane: drop a handful of particles in all lanes. Drag: hold the nearest one, and "
              "let it go. Ctrl does it without this button.", "H", None, rank=23)  # fmt: skip
SLOW = Button("Slow motion", "Walk through one training step of the chosen lane and one step of its particles, stage "
              "by stage.", "M", edits.toggle_slow_motion, rank=40)  # fmt: skip
ALL = Button("All controls", "Show all buttons, settings and measures, or only what is essential. It is kept for the "
             "next start; the file menu has each part.", "A", None)  # fmt: skip
PACES = (
    ("smooth", "Smooth: 60 pictures a second", "Always 60 new pictures a second: training gets what is left."),
    ("balanced", "Balanced: 30 pictures a second", "30 at rest, and 60 while you paint, drag or turn."),
    ("fast", "Learn fast: 10 pictures a second", "10 at rest: nearly all of the time is for training."),
)
SUBTRACTED = "What is p′, s′ in the maps of differences."
RANKS = {
    "truth": 45,
    "streamlines": 44,
    "followed": 15,
    "velocity": 14,
    "paths": 14,
    "flow": 13,
    "mesh": 11,
    "pulls": 10,
    "path_axes": 9,
    "negatives": 12,
    "trails": 30,
    "modes": 10,
    "marginals": 11,
}  # of layers in OverflowToolBar; the others stay


class Toolbar(OverflowToolBar):
    """`edited` carries an Edit and None, `commanded` a Command; `handToggled` whether the mouse moves particles.

    `allToggled` carries whether all controls of the window are to be shown, or only what is essential.
    """

    edited = Signal(object, object)
    commanded = Signal(object)
    openSweepAsked = Signal()
    sweepAsked = Signal()
    importAsked = Signal()
    proofAsked = Signal()
    handToggled = Signal(bool)
    allToggled = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._baselines: dict[int, str] = {}  # by slot: what maps of differences may subtract
        brand = styled(Label("ncsn-viz"), "title")
        brand.setContentsMargins(0, 0, GAP, 0)
        self.put(brand, 1, essential=True)
        self.play = styled(self._button(PLAY, checkable=False, essential=True), "play")
        self._keep_width_of_play()
        self.gap()
        self.train, self.train_step, self.reset = self._buttons(TRAINING)
        self.gap()
        self.sample, self.sample_step, self.release = self._buttons(PARTICLES)
        self.hand, self.slow = self._button(HAND, checkable=True), self._button(SLOW, checkable=True)
        self.hand.defaultAction().toggled.connect(self.handToggled)
        self.gap()
        self.map = self._menu_button(
            "Map", "What is behind everything else in a lane. All lanes share its colours.", self._maps_menu()
        )
        self.layers = {name: self._layer(name, shown) for name, shown in LAYERS.items()}
        self.stretch()
        self.lanes = self._menu_button(
            "Lanes", "Add a lane with another objective, copy the chosen one, or take it away.", self._lanes_menu(),
            essential=True,
        )  # fmt: skip
        self.files = self._menu_button(
            "File",
            "Open and save experiments, proofs, and how the window looks.",
            self._file_menu(),
            essential=True,
        )
        self.all = self._button(ALL, checkable=True, essential=True)
        self.all.defaultAction().triggered.connect(self.allToggled)
        hint = "Where everything is computed, and new pictures a second."
        self.chip = styled(self._menu_button("", hint, self._pace_menu(), rank=5), "chip")
        self.chip.setFixedHeight(24)

    def show_spec(self, spec: Spec) -> None:
        """Show what is on and what can be done."""
        on = spec.trains or spec.samples
        self.play.defaultAction().setText(_play_text(on))
        self.train.defaultAction().setChecked(spec.trains)
        self.sample.defaultAction().setChecked(spec.samples)
        self.slow.defaultAction().setChecked(spec.slow_motion)
        for layer, button in self.layers.items():
            button.defaultAction().setChecked(layer in spec.view.layers)
        self.want(self.layers["negatives"], any(lane.objective.chains for lane in spec.lanes))
        self.want(self.layers["velocity"], any(lane.path for lane in spec.lanes))
        self.maps[spec.view.map].setChecked(True)
        self._show_baselines(spec)
        self.paces[spec.view.pace].setChecked(True)
        self.map.setText(translate(MAPS[spec.view.map].text) + "  ▾")
        for action in self._adding:
            action.setEnabled(edits.can_add(spec))
        self._removing.setEnabled(len(spec.lanes) > 1)
        self.fit()

    def show_device(self, device: str, fps: float, note: str = "") -> None:
        """Show the device, the frames a second and, on hover, a note on how the lanes are trained."""
        self.chip.setText(f"{device} · {fps:.0f} fps")
        hint = translate("Where everything is computed, and new pictures a second. Click: how many there are.")
        self.chip.setToolTip(plain(f"{hint} {translate(note[:1].upper() + note[1:])}." if note else hint))
        self.fit()

    def _keep_width_of_play(self) -> None:
        """Make room for the longer of both texts, so that the buttons beside it keep their places."""
        widths = []
        for on in (True, False):
            self.play.defaultAction().setText(_play_text(on))
            widths.append(self.play.sizeHint().width())
        self.play.setMinimumWidth(max(widths))

    def _buttons(self, table: tuple[Button, ...]) -> list[QToolButton]:
        return [self._button(button, checkable=index == 0) for index, button in enumerate(table)]

    def _button(self, what: Button, checkable: bool, essential: bool = False) -> QToolButton:
        action = self._action(what, what.edit, what.command)
        if what.menu_text:
            action.setIconText(translate(what.text))
            action.setText(translate(what.menu_text))
        action.setCheckable(checkable)
        button = QToolButton()
        button.setDefaultAction(action)
        self.put(button, what.rank, essential)
        return button

    def _layer(self, name: str, shown: LayerText) -> QToolButton:
        edit = partial(edits.toggle_layer, layer=name)
        button = Button(*shown, edit, rank=RANKS.get(name, ALWAYS))
        return styled(self._button(button, checkable=True), "layer")

    def _action(self, shown: Button | LayerText, edit: Edit | None, command: Command | None = None) -> QAction:
        """An action of the bar, whose key also works where its button is in the menu."""
        action = QAction(translate(shown.text), self)
        hint, native = translate(shown.hint), QKeySequence(shown.key).toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(plain(f"{hint}  ({native})" if shown.key else hint))
        action.setShortcut(QKeySequence(shown.key))
        action.triggered.connect(partial(self._perform, edit, command))
        self.addAction(action)
        return action

    def _perform(self, edit: Edit | None, command: Command | None = None, _checked: bool = False) -> None:
        if edit is not None:
            self.edited.emit(edit, None)
        if command is not None:
            self.commanded.emit(command)

    def _menu_button(
        self, text: str, hint: str, menu: QMenu, essential: bool = False, rank: int = ALWAYS
    ) -> QToolButton:
        button = QToolButton()
        button.setText(translate(text) + "  ▾")
        button.setToolTip(plain(translate(hint)))
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.put(button, rank, essential)
        return button

    def _entry(self, menu: QMenu, text: str, hint: str, act: object, key: str = "") -> QAction:
        """Append an entry that calls or emits `act`."""
        action = menu.addAction(text)
        action.setToolTip(plain(translate(hint)))
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(act)
        return action

    def _show_baselines(self, spec: Spec) -> None:
        """Offer what maps of differences may subtract: the truth, or any lane."""
        baselines = {-1: translate("The truth")}
        baselines |= {lane.slot: menu_text(translate("Lane {0}").format(lane.name)) for lane in spec.lanes}
        if baselines != self._baselines:  # else the entries stay: one must outlive the click on it
            self._baselines = baselines
            self.baseline.clear()
            for slot, text in baselines.items():
                act = partial(self._perform, partial(edits.view, baseline=slot), None)
                action = self._entry(self.baseline, text, SUBTRACTED, act)
                action.setCheckable(True)
                action.setData(slot)
        chosen = spec.view.baseline if spec.view.baseline in baselines else -1
        for action in self.baseline.actions():
            action.setChecked(action.data() == chosen)
        for name, action in self.maps.items():
            action.setEnabled(edits.map_offered(spec, name))

    def _maps_menu(self) -> QMenu:
        menu, group = QMenu(self, toolTipsVisible=True), QActionGroup(self)
        self.maps: dict[str, QAction] = {}
        for name, shown in MAPS.items():
            self.maps[name] = action = self._action(shown, partial(edits.choose_map, name=name))
            action.setCheckable(True)
            action.setActionGroup(group)
            menu.addAction(action)
        menu.addSeparator()
        self.baseline = QMenu(translate("Differences subtract"), menu)
        self.baseline.menuAction().setToolTip(translate(SUBTRACTED))
        menu.addMenu(self.baseline)
        return menu

    def _pace_menu(self) -> QMenu:
        menu, group = QMenu(self, toolTipsVisible=True), QActionGroup(self)
        self.paces: dict[str, QAction] = {}
        for name, text, hint in PACES:
            act = partial(self._perform, partial(edits.view, pace=name), None)
            self.paces[name] = action = self._entry(menu, translate(text), hint, act)
            action.setCheckable(True)
            action.setActionGroup(group)
        return menu

    def _lanes_menu(self) -> QMenu:
        menu = QMenu(self, toolTipsVisible=True)
        self._adding = []
        for cls in OBJECTIVES:
            text, add = translate("Add: {0}").format(translate(cls.title)), partial(edits.add_lane, objective=cls())
            self._adding.append(self._entry(menu, text, cls.about, partial(self._perform, add, None)))
        menu.addSeparator()
        for text, hint, key, edit in (
            ("Duplicate the chosen lane", "The same settings once more, from fresh weights. Six lanes at most.",
             "Ctrl+D", edits.duplicate_lane),
            ("Remove the chosen lane",
             "Take the lane away. Undo brings it back, with what it has learned.",
             "Ctrl+Backspace", edits.remove_lane),
        ):  # fmt: skip
            self._entry(menu, translate(text), hint, partial(self._perform, edits.for_chosen(edit), None), key)
        *_, duplicating, self._removing = menu.actions()
        self._adding.append(duplicating)
        menu.addSeparator()
        hint = "A file that runs this experiment for many values of a knob or two, and for many seeds."
        self._entry(menu, translate("Sweep this …"), hint, self.sweepAsked)
        return menu

    def _file_menu(self) -> QMenu:
        menu = QMenu(self, toolTipsVisible=True)
        for text, hint, key, act in (
            ("Open a sweep …", "The results of many runs: their table, a figure, and any of them as an experiment.", "",
             self.openSweepAsked),
            ("Import an image or points …", "A target from a picture, or from points in a table.", "Ctrl+I",
             self.importAsked),
            ("Back to the first experiment",
             "Moons, and two lanes that learn them. Undo brings back the present lanes and what they have learned.", "",
             partial(self._perform, edits.reset, None)),
            ("", "", "", None),
            ("Prove the mathematics …", "Measure what is known exactly, and show both numbers with their sources.", "",
             self.proofAsked),
            ("", "", "", None),
            ("Quit", "Close the window. The next start goes on with all that is learned.", "Ctrl+Q",
             lambda: self.window().close()),
        ):  # fmt: skip
            if text:
                self._entry(menu, translate(text), hint, act, key)
            else:
                menu.addSeparator()
        return menu


def _play_text(on: bool) -> str:
    return f"❚❚  {translate('Pause')}" if on else f"▶  {translate('Play')}"
