"""The bar along the top: what runs, what is drawn, lanes and files."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QLabel, QMenu, QToolButton, QWidget

from ncsn_viz.core.objectives import OBJECTIVES
from ncsn_viz.lab.experiment import Edit, Spec
from ncsn_viz.lab.experiment.commands import Command, ReleaseParticles, RestartTraining, SampleStep, TrainStep
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.actions.layer_texts import LAYERS, MAPS, LayerText
from ncsn_viz.ui.actions.overflow_toolbar import ALWAYS, GAP, OverflowToolBar
from ncsn_viz.ui.widgets.translate import translate


class Button(NamedTuple):
    """One button of the bar: its texts and key, its edit and the command after it, and its rank in OverflowToolBar."""

    text: str
    hint: str
    key: str
    edit: Edit | None
    command: Command | None = None
    rank: int = ALWAYS
    menu_text: str = ""  # where it differs from `text`


TRAINING = (
    Button("Train", "Train all lanes, or pause. What is learned stays.", "Space", edits.toggle_training),
    Button("Step", "Pause, and do one training step in every lane.", "T", edits.pause_training, TrainStep(), 25,
           "Training step"),
    Button("Reset", "Start all networks again from the seed.", "Ctrl+R", None, RestartTraining(), 20, "Reset training"),
)  # fmt: skip
PARTICLES = (
    Button("Particles", "Let the particles move, or hold them.", "P", edits.toggle_sampling),
    Button("Step", "Hold the particles, and move them by one step of the sampler.", "S", edits.pause_sampling,
           SampleStep(), 22, "Particle step"),
    Button("Release", "Put the particles back at their start.", "R", None, ReleaseParticles(), 24, "Release particles"),
)  # fmt: skip
RANKS = {"truth": 10, "followed": 15, "negatives": 12, "trails": 30}  # of layers in OverflowToolBar; the others stay


class Toolbar(OverflowToolBar):
    """`edited` carries an Edit and None, `commanded` a Command; `handToggled` whether the mouse moves particles."""

    edited = Signal(object, object)
    commanded = Signal(object)
    openAsked = Signal()
    saveAsked = Signal()
    importAsked = Signal()
    proofAsked = Signal()
    handToggled = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._baselines: dict[int, str] = {}  # by slot: what maps of differences may subtract
        brand = QLabel("ncsn-viz")
        brand.setProperty("look", "title")
        brand.setContentsMargins(0, 0, GAP, 0)
        self.put(brand, 0)
        self.train, self.train_step, self.reset = self._buttons(TRAINING)
        self.gap()
        self.sample, self.sample_step, self.release = self._buttons(PARTICLES)
        self.hand = self._hand()
        self.slow = self._slow()
        self.gap()
        self.map = self._menu_button("Map", self._maps_menu())
        self.map.setToolTip(translate("What is behind everything else in a lane. All lanes share its colours."))
        self.layers = {name: self._layer(name, shown) for name, shown in LAYERS.items()}
        self.stretch()
        self.lanes = self._menu_button("Lanes", self._lanes_menu())
        self.lanes.setToolTip(translate("Add a lane with another objective, copy the chosen one, or take it away."))
        self.files = self._menu_button("File", self._file_menu())
        self.files.setToolTip(translate("Open and save experiments, proofs, and how the window looks."))
        self.chip = QLabel()
        self.chip.setProperty("look", "chip")
        self.chip.setFixedHeight(24)
        self.put(self.chip, 26)

    def show_spec(self, spec: Spec) -> None:
        """Show what is on and what can be done."""
        self._mark(self.train, spec.trains, "Train")
        self._mark(self.sample, spec.samples, "Particles")
        self.slow.defaultAction().setChecked(spec.slow_motion)
        for layer, button in self.layers.items():
            button.defaultAction().setChecked(layer in spec.view.layers)
        chains = any(lane.objective.chains for lane in spec.lanes)
        self.want(self.layers["negatives"], chains)
        self.maps[spec.view.map].setChecked(True)
        self._show_baselines(spec)
        self.map.setText(translate(MAPS[spec.view.map].text) + "  ▾")
        for action in self._adding:
            action.setEnabled(edits.can_add(spec))
        self._removing.setEnabled(len(spec.lanes) > 1)
        self.fit()

    def show_device(self, device: str, fps: float, note: str = "") -> None:
        """Show the device, the frames a second and, on hover, a note on how the lanes are trained."""
        self.chip.setText(f"{device} · {fps:.0f} fps")
        hint = translate("Where everything is computed, and new pictures a second.")
        self.chip.setToolTip(f"{hint} {translate(note[:1].upper() + note[1:])}." if note else hint)
        self.fit()

    def _mark(self, button: QToolButton, on: bool, text: str) -> None:
        button.defaultAction().setChecked(on)
        button.defaultAction().setText(("❚❚  " if on else "▶  ") + translate(text))

    def _buttons(self, table: tuple[Button, ...]) -> list[QToolButton]:
        return [self._button(button, checkable=index == 0) for index, button in enumerate(table)]

    def _button(self, what: Button, checkable: bool) -> QToolButton:
        text = translate(what.menu_text or what.text)
        action = self._action(text, translate(what.hint), what.key, what.edit, what.command)
        if what.menu_text:
            action.setIconText(translate(what.text))
        action.setCheckable(checkable)
        return self._placed(action, what.rank)

    def _hand(self) -> QToolButton:
        hint = "Click into a lane: drop a handful of particles in all lanes. Drag: hold the nearest one, and let it go."
        words = translate(hint) + " " + translate("Ctrl does it without this button.")
        action = self._action(translate("Hand"), words, "H")
        action.setCheckable(True)
        action.toggled.connect(self.handToggled)
        return self._placed(action, 23)

    def _slow(self) -> QToolButton:
        hint = "Walk through one training step of the chosen lane and one step of its particles, stage by stage."
        action = self._action(translate("Slow motion"), translate(hint), "M", edits.toggle_slow_motion)
        action.setCheckable(True)
        return self._placed(action, 21)

    def _layer(self, name: str, shown: LayerText) -> QToolButton:
        edit = partial(edits.toggle_layer, layer=name)
        action = self._action(translate(shown.text), translate(shown.hint), shown.key, edit)
        action.setCheckable(True)
        button = self._placed(action, RANKS.get(name, ALWAYS))
        button.setProperty("look", "layer")
        return button

    def _action(
        self, text: str, hint: str, key: str, edit: Edit | None = None, command: Command | None = None
    ) -> QAction:
        """An action of the bar, whose key also works where its button is in the menu."""
        action = QAction(text, self)
        native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{hint}  ({native})" if key else hint)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(partial(self._perform, edit, command))
        self.addAction(action)
        return action

    def _placed(self, action: QAction, rank: int) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.put(button, rank)
        return button

    def _perform(self, edit: Edit | None, command: Command | None = None, _checked: bool = False) -> None:
        if edit is not None:
            self.edited.emit(edit, None)
        if command is not None:
            self.commanded.emit(command)

    def _menu_button(self, text: str, menu: QMenu, rank: int = ALWAYS) -> QToolButton:
        button = QToolButton()
        button.setText(translate(text) + "  ▾")
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.put(button, rank)
        return button

    def _show_baselines(self, spec: Spec) -> None:
        """Offer what maps of differences may subtract: the truth, or any lane."""
        baselines = {-1: translate("The truth")}
        baselines |= {lane.slot: translate("Lane {0}").format(lane.name) for lane in spec.lanes}
        if baselines != self._baselines:  # else the entries stay: one must outlive the click on it
            self._baselines = baselines
            self.baseline.clear()
            for slot, text in baselines.items():
                action = self.baseline.addAction(text)
                action.setCheckable(True)
                action.setData(slot)
                action.setToolTip(translate("What is p′, s′ in the maps of differences."))
                action.triggered.connect(partial(self._perform, partial(edits.view, baseline=slot), None))
        chosen = spec.view.baseline if spec.view.baseline in baselines else -1
        for action in self.baseline.actions():
            action.setChecked(action.data() == chosen)

    def _maps_menu(self) -> QMenu:
        menu, group = QMenu(self), QActionGroup(self)
        menu.setToolTipsVisible(True)
        self.maps: dict[str, QAction] = {}
        for name, shown in MAPS.items():
            edit = partial(edits.choose_map, name=name)
            self.maps[name] = action = self._action(translate(shown.text), translate(shown.hint), shown.key, edit)
            action.setCheckable(True)
            action.setActionGroup(group)
            menu.addAction(action)
        menu.addSeparator()
        self.baseline = QMenu(translate("Differences subtract"), menu)
        self.baseline.menuAction().setToolTip(translate("What is p′, s′ in the maps of differences."))
        menu.addMenu(self.baseline)
        return menu

    def _lanes_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self._adding = []
        for cls in OBJECTIVES:
            action = menu.addAction(translate("Add: {0}").format(translate(cls.title)))
            action.setToolTip(translate(cls.about))
            action.triggered.connect(partial(self._perform, partial(_add, objective=cls), None))
            self._adding.append(action)
        menu.addSeparator()
        for text, hint, key, edit in (
            ("Duplicate the chosen lane", "The same settings once more, from fresh weights. Six lanes at most.",
             "Ctrl+D", edits.duplicate_lane),
            ("Remove the chosen lane",
             "Take the lane away, and what it has learned. Undo brings its settings back.",
             "Ctrl+Backspace", edits.remove_lane),
        ):  # fmt: skip
            action = menu.addAction(translate(text))
            action.setToolTip(translate(hint))
            action.setShortcut(QKeySequence(key))
            action.triggered.connect(partial(self._perform, edits.for_chosen(edit), None))
        *_, duplicating, self._removing = menu.actions()
        self._adding.append(duplicating)
        return menu

    def _file_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for text, hint, key, signal in (
            ("Open an experiment …", "All settings, from a file. Undo brings the present ones back.", "Ctrl+O",
             self.openAsked),
            ("Save the experiment …", "All settings into a file that runs here and without a window.", "Ctrl+S",
             self.saveAsked),
            ("Import an image or points …", "A target from a picture, or from points in a table.", "Ctrl+I",
             self.importAsked),
        ):  # fmt: skip
            action = menu.addAction(translate(text))
            action.setToolTip(translate(hint))
            action.setShortcut(QKeySequence(key))
            action.triggered.connect(signal)
        new = menu.addAction(translate("Back to the first experiment"))
        new.setToolTip(translate("Moons, and two lanes that learn them. Undo brings the present experiment back."))
        new.triggered.connect(partial(self._perform, edits.reset, None))
        menu.addSeparator()
        proof = menu.addAction(translate("Prove the mathematics …"))
        proof.setToolTip(translate("Measure what is known exactly, and show both numbers with their sources."))
        proof.triggered.connect(self.proofAsked)
        menu.addSeparator()
        quit_action = menu.addAction(translate("Quit"))
        quit_action.setToolTip(translate("Close the window. The experiment is there again at the next start."))
        quit_action.setShortcut(QKeySequence("Ctrl+Q"))
        quit_action.triggered.connect(self._quit)
        return menu

    def _quit(self) -> None:
        window: QWidget = self.window()
        window.close()


def _add(spec: Spec, objective: type) -> Spec:
    return edits.add_lane(spec, objective())
