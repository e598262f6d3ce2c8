"""The columns: a Spec in, edits out, and a refused edit is put back with its reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import difference, pixels_of
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import NCSN, OBJECTIVES, ContrastiveDivergence, Denoising, Implicit
from ncsn_viz.core.samplers import SAMPLERS, AnnealedLangevin, Langevin
from ncsn_viz.core.targets import TARGETS, EightGaussians, Mixture, Moons, Painted
from ncsn_viz.core.targets.painting import Stroke
from ncsn_viz.lab.experiment.spec import LaneSpec, Optimizer, Spec
from ncsn_viz.lab.snapshot.snapshot import (
    DIVERGED,
    PAUSED,
    TRAINING,
    WAITING,
    LaneSnapshot,
    Snapshot,
    Status,
    TargetSnapshot,
)
from ncsn_viz.ui.forms.section import WIDTH
from ncsn_viz.ui.lanes.terms import LINE, MOST, Terms
from ncsn_viz.ui.shell.columns import Column, LaneColumn, Section, TargetColumn
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.assets import asset

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def shown(qtbot):
    """Shows a column as the window does, with a list of the edits that it tells of."""
    kept = []

    def show(column, height=1400):
        edits = []
        column.edited.connect(lambda spec, token: edits.append((spec, token)))
        scroll = Column(column)
        kept.append(scroll)
        qtbot.addWidget(scroll)
        scroll.setStyleSheet(theme.sheet(theme.colors()))
        scroll.resize(WIDTH, height)
        scroll.show()
        qtbot.waitExposed(scroll)
        return column, edits

    return show


@pytest.fixture
def target(shown):
    return shown(TargetColumn())


@pytest.fixture
def lane(shown):
    return shown(LaneColumn())


def choose(qtbot, combo, text):
    """Choose an entry by its keys."""
    combo.setFocus()
    steps = combo.findText(text) - combo.currentIndex()
    for _ in range(abs(steps)):
        qtbot.keyClick(combo, Qt.Key.Key_Down if steps > 0 else Qt.Key.Key_Up)
    assert combo.currentText() == text


def snapshot(spec, *lanes):
    return Snapshot(spec, lanes, TargetSnapshot())


# -- the left column ----------------------------------------------------------------------------------------------


def test_painting_over_a_preset_makes_a_painted_target(qtbot, target):
    column, edits = target
    qtbot.mousePress(column.canvas, LEFT, pos=QPoint(60, 60))
    qtbot.mouseMove(column.canvas, QPoint(120, 60))
    qtbot.mouseRelease(column.canvas, LEFT, pos=QPoint(120, 60))
    painted = edits[-1][0].target
    assert isinstance(painted, Painted)
    assert painted.base == Moons()
    assert len(painted.strokes) == 1
    assert len({token for _, token in edits}) == 1
    qtbot.mouseClick(column.canvas, Qt.MouseButton.RightButton, pos=QPoint(30, 30))
    again = edits[-1][0].target
    assert again.strokes[:1] == painted.strokes
    assert again.strokes[1].tool == "eraser"
    assert edits[-1][1] != edits[0][1]
    assert not any(thumb.isChecked() for thumb in column.presets.thumbs.values())
    assert list(column.shape.form.rows) == ["resolution", "bandwidth"]


def test_escape_restores_the_target(qtbot, target):
    column, edits = target
    qtbot.mousePress(column.canvas, LEFT, pos=QPoint(60, 60))
    qtbot.keyClick(column.canvas, Qt.Key.Key_Escape)
    assert edits[-1][0] == Spec()
    assert len({token for _, token in edits}) == 1
    qtbot.mouseRelease(column.canvas, LEFT, pos=QPoint(60, 60))
    assert edits[-1][0] == Spec()


def test_tools(qtbot, target):
    column, edits = target
    qtbot.mouseClick(column.tools.erase, LEFT)
    assert column.canvas.brush.tool == "eraser"
    qtbot.mouseClick(column.tools.brush, LEFT)
    assert column.canvas.brush.tool == "brush"
    assert not edits
    qtbot.mouseClick(column.tools.clear, LEFT)
    assert edits == [(replace(Spec(), target=Painted()), None)]
    qtbot.mouseClick(column.tools.clear, LEFT)
    assert len(edits) == 1
    for button, signal in ((column.undo, column.undoAsked), (column.redo, column.redoAsked)):
        with qtbot.waitSignal(signal):
            qtbot.mouseClick(button, LEFT)
    column.show_history(True, False)
    assert column.undo.isEnabled()
    assert not column.redo.isEnabled()


def test_the_brush_form_and_the_canvas_agree(qtbot, target):
    column, edits = target
    field = column.brush.rows["size"].field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "2")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert column.canvas.brush.size == 2
    qtbot.keyClick(column.canvas, Qt.Key.Key_BracketRight)
    assert field.text() == "2.24"
    assert column.brush.settings == Stroke(size=2.24)
    assert not edits


def test_presets_and_their_knobs(qtbot, target):
    column, edits = target
    qtbot.mouseClick(column.presets.thumbs["eight_gaussians"], LEFT)
    assert edits == [(replace(Spec(), target=EightGaussians()), None)]
    assert column.presets.thumbs["eight_gaussians"].isChecked()
    assert list(column.shape.form.rows) == ["width", "modes", "radius"]
    qtbot.keyClick(column.shape.form.rows["modes"].slider, Qt.Key.Key_Home)
    assert edits[-1][0].target == EightGaussians(modes=2)
    qtbot.mouseClick(column.particles.rows["loop"].toggle, LEFT)
    assert edits[-1][0].particles.loop is False
    assert edits[-1][0].target == EightGaussians(modes=2)


def test_a_spec_from_outside_is_shown_and_not_told(target):
    column, edits = target
    spec = replace(Spec(), target=Mixture(), window=(-4, 4))
    column.show_spec(spec, 0)
    assert column.presets.thumbs["mixture"].isChecked()
    assert column.canvas.window_range == (-4, 4)
    assert list(column.shape.form.rows) == ["weights", "means", "stds"]
    assert not edits


def test_the_canvas_shows_every_edit_of_the_target_at_once(qtbot, target):
    column, edits = target

    def agrees():
        spec = column.spec
        return np.array_equal(column.canvas.shown, spec.target.image(spec.window, 128))

    qtbot.mouseClick(column.canvas, LEFT, pos=QPoint(60, 60))
    assert edits[-1][0].target == column.canvas.target
    assert agrees()
    qtbot.mouseClick(column.presets.thumbs["eight_gaussians"], LEFT)
    assert agrees()
    before = column.canvas.shown
    qtbot.keyClick(column.shape.form.rows["modes"].slider, Qt.Key.Key_Home)
    assert agrees()
    assert not np.array_equal(column.canvas.shown, before)
    column.tools.choose("blob")
    qtbot.mouseClick(column.canvas, LEFT, pos=QPoint(60, 60))
    before = column.canvas.shown
    qtbot.keyClick(column.mark.form.rows["std_1"].slider, Qt.Key.Key_Home)
    assert agrees()
    assert not np.array_equal(column.canvas.shown, before)
    column.show_spec(replace(Spec(), target=Mixture(), window=(-4, 4)), 0)
    assert agrees()


# -- the right column ---------------------------------------------------------------------------------------------


def test_every_part_of_a_lane_is_edited_in_its_own_lane(qtbot, lane):
    column, edits = lane
    column.show_spec(Spec(), 1)
    assert "Sliced" in column.title.words
    assert column.title.words.startswith("B")
    choose(qtbot, column.objective.combo, "Implicit score matching")
    qtbot.keyClick(column.net.form.rows["layers"].slider, Qt.Key.Key_Home)
    qtbot.keyClick(column.optimizer.rows["ema"].slider, Qt.Key.Key_Home)
    qtbot.keyClick(column.source.rows["score_from"].combo, Qt.Key.Key_Down)
    expected = LaneSpec(
        "B", Implicit(), ScoreMLP(layers=1), replace(LaneSpec().optimizer, ema=0), Langevin(), "true", slot=1
    )
    assert edits[-1][0].lanes == (Spec().lanes[0], expected)
    assert column.spec == edits[-1][0]


def test_a_refused_edit_is_put_back_with_its_reason(qtbot, lane):
    column, edits = lane
    spec = replace(Spec(), lanes=(LaneSpec(objective=Denoising(), net=ScoreMLP(conditioning="karras")),))
    column.show_spec(spec, 0)
    column.objective.combo.setFocus()
    for _ in range(column.objective.combo.findText(Implicit.title)):
        qtbot.keyClick(column.objective.combo, Qt.Key.Key_Down)
        if column.loss.error_label.isVisible():
            break
    assert column.loss.error_label.isVisible()
    assert column.loss.error_label.text().startswith("Cannot train: Implicit score matching learns")
    assert column.objective.combo.currentText() == column.lane.objective.title
    assert column.objective.settings == column.lane.objective
    assert all(not edited.lanes[0].objective.incompatibility(edited.lanes[0].net) for edited, _ in edits)


def test_an_error_disappears(qtbot, lane):
    column, _ = lane
    column.loss._error_timer.setInterval(10)
    column.loss.show_error("No.")
    assert column.loss.error_label.isVisible()
    qtbot.waitUntil(lambda: not column.loss.error_label.isVisible())


def test_sampler_and_seed(qtbot, lane):
    column, edits = lane
    choose(qtbot, column.sampler.combo, "Gradient flow")
    assert edits[-1][0].lanes[0].sampler.kind == "gradient_flow"
    field = column.seed.rows["seed"].field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "42")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert edits[-1][0].seed == 42
    assert edits[-1][0].lanes[0].sampler.kind == "gradient_flow"


def test_a_lane_that_diverged_can_be_started_again(qtbot, lane):
    column, edits = lane
    spec = Spec()
    column.show_spec(spec, 1)
    card = column.status.remedies
    fine = LaneSnapshot("A", Status(TRAINING))
    column.show_snapshot(snapshot(spec, fine, LaneSnapshot("B", Status(DIVERGED, "The loss has reached 1e9."))))
    assert column.status.isVisible()
    assert card.label.text() == "The loss has reached 1e9."
    assert "learning rate" in card.causes.text()
    with qtbot.waitSignal(column.restartAsked) as asked:
        qtbot.mouseClick(card.button, LEFT)
    assert asked.args == [1]
    column.show_snapshot(snapshot(spec, fine, LaneSnapshot("B", Status(WAITING, "Paint something first."))))
    assert not card.button.isVisible()
    assert not card.fix.isVisible()
    column.show_snapshot(snapshot(spec, fine, LaneSnapshot("B", Status(TRAINING))))
    assert not column.status.isVisible()
    assert not edits


def test_a_lane_is_known_by_its_mark_in_an_older_snapshot(qtbot, lane):
    column, _ = lane
    old = Spec()
    bad, fine = LaneSnapshot("A", Status(DIVERGED, "The loss has reached 1e9.")), LaneSnapshot("B", Status(TRAINING))
    column.show_spec(old, 0)
    column.show_snapshot(snapshot(old, bad, fine))
    assert column.status.isVisible()
    column.show_spec(replace(old, lanes=old.lanes[1:]), 0)  # A is removed, and B stands in its place
    assert not column.status.isVisible()
    column.show_snapshot(snapshot(old, bad, fine))  # a picture that was made before
    assert not column.status.isVisible()
    turned = replace(old, lanes=old.lanes[::-1])
    column.show_spec(turned, 1)
    assert column.status.isVisible()  # A again
    with qtbot.waitSignal(column.restartAsked) as asked:
        qtbot.mouseClick(column.status.remedies.button, LEFT)
    assert asked.args == [0]
    new = replace(old, lanes=(LaneSpec(slot=3),))
    column.show_spec(new, 0)  # of which nothing is known yet
    assert not column.status.isVisible()
    assert not column.now.isVisible()


def test_the_first_remedy_is_tried_by_a_button_and_advice_keeps_quiet(qtbot, lane):
    column, edits = lane
    fast = replace(Spec().lanes[1], optimizer=Optimizer(learning_rate=0.5))
    spec = replace(Spec(), lanes=(Spec().lanes[0], fast))
    column.show_spec(spec, 1)
    assert column.advice.isVisible()
    fine, told = LaneSnapshot("A", Status()), LaneSnapshot("B", Status(DIVERGED, "The loss has reached 1e9."))
    column.show_snapshot(snapshot(spec, fine, told))
    assert not column.advice.isVisible()
    assert column.status.remedies.fix.text() == "Try: Learning rate 0.003"
    qtbot.mouseClick(column.status.remedies.fix, LEFT)
    assert edits[-1][0].lanes[1].optimizer.learning_rate == 0.003
    assert edits[-1][0].run.restarted == ("B",)
    assert edits[-1][0].lanes[0] == spec.lanes[0]


def test_particles_that_fly_off_are_told_without_a_button_to_start_again(lane):
    column, _ = lane
    spec = replace(Spec(), lanes=(replace(Spec().lanes[1], sampler=Langevin(step_size=2)),))
    column.show_spec(spec, 0)
    column.show_snapshot(snapshot(spec, LaneSnapshot("A", Status(), metrics={"lost": 0.123})))
    card = column.status.remedies
    assert card.label.text() == "12% of the particles have flown off."
    assert "thrown out" in card.causes.text()
    assert card.fix.isVisible()
    assert not card.button.isVisible()


def test_the_terms_of_the_loss_as_they_are(qtbot, lane):
    column, _ = lane
    spec = Spec()  # NCSN, and sliced score matching
    sliced = LaneSnapshot("B", Status(), terms={"trace": -1.403, "norm": 0.7}, loss=-0.703, floor=-1.2)
    lanes = (LaneSnapshot("A", Status()), sliced)
    column.show_spec(spec, 1)
    column.show_snapshot(snapshot(spec, *lanes))
    assert column.terms.words() == {"uᵀ(∇s)u": "−1.40", "½‖s‖²": "0.700", "loss": "−0.703", "floor": "−1.20"}
    assert column.now.isVisible()
    bars = [blue(column.terms, line) for line in (0, 1)]  # that of −1.403 goes left from the middle, that of 0.7 right
    assert bars[0][1] == pytest.approx(bars[1][0], abs=2)
    lengths = [right - left for left, right in bars]
    assert lengths[0] / lengths[1] == pytest.approx(1.403 / 0.7, rel=0.1)
    height = column.terms.sizeHint().height()
    column.show_snapshot(snapshot(spec, LaneSnapshot("A", Status()), replace(sliced, floor=None)))
    qtbot.waitUntil(lambda: column.terms.words()["floor"] == "–")  # while another target is measured
    assert column.terms.sizeHint().height() == height  # nothing jumps
    told = [column.terms.words_at(y) for y in range(2, column.terms.sizeHint().height(), 4)]
    assert len(set(told)) == 4
    column.show_spec(spec, 0)
    column.show_snapshot(snapshot(spec, *lanes))
    assert not column.now.isVisible()


def blue(terms, line):
    """From where to where the bar in a line of terms goes, in the colour of lane B."""
    row = pixels_of(terms)[line * LINE + LINE // 2]
    columns = np.nonzero(difference(row, theme.lane_color(1)) < 12)[0]
    return columns.min(), columns.max()


def test_a_loss_without_meaning_is_not_summed_up(lane):
    column, _ = lane
    spec = Spec(lanes=(LaneSpec(objective=ContrastiveDivergence(), net=EnergyMLP()),))
    column.show_spec(spec, 0)
    column.show_snapshot(snapshot(spec, LaneSnapshot("A", Status(), terms={"positive": 1.0, "negative": 2.0}, loss=-1)))
    assert column.terms.words() == {"E at the data": "1.00", "E of the model": "2.00"}


def test_the_symbols_of_the_step_have_their_present_values(lane):
    column, _ = lane
    sampler = AnnealedLangevin(step_size=0.002, sigma_max=10, sigma_min=0.1)
    spec = Spec(lanes=(LaneSpec(sampler=sampler),))
    column.show_spec(spec, 0)
    pictures = []
    for sigma, eta, noise in ((10.0, "20", "6.32"), (0.1, "0.002", "0.0632")):  # η σᵢ²/σ_L², and the root of twice that
        column.show_snapshot(snapshot(spec, LaneSnapshot("A", Status(), sigma=sigma)))
        assert column.step_values.values == {"σᵢ": f"{sigma:g}", "ηᵢ": eta, "√2ηᵢ": noise}
        pictures.append(np.array_split(pixels_of(column.step_values), 3, axis=1))
    for one, other in zip(*pictures, strict=True):  # three symbols side by side, each with another value at another σ
        assert (np.abs(one - other).sum(-1) > 120).sum() > 10


def told(value, step, state=TRAINING, **terms):
    return LaneSnapshot("A", Status(state), step=step, terms=terms or {"norm": value})


def test_terms_are_means_while_training_and_exact_while_paused(qtbot):
    terms = Terms()
    qtbot.addWidget(terms)
    for step in range(400):
        terms.show_lane(told(1.0 + (-1) ** step, step), Implicit(), "#ff0000")  # 2, 0, 2, 0, …
    qtbot.waitUntil(lambda: abs(float(terms.words()["½‖s‖²"]) - 1) < 0.1)
    terms.show_lane(told(3.0, 401, PAUSED), Implicit(), "#ff0000")
    qtbot.waitUntil(lambda: terms.words() == {"½‖s‖²": "3.00"})
    terms.show_lane(told(5.0, 0), Implicit(), "#ff0000")  # started again
    qtbot.waitUntil(lambda: terms.words() == {"½‖s‖²": "5.00"})


def test_terms_are_told_at_a_pace_that_can_be_read_and_never_too_many(qtbot):
    terms = Terms()
    qtbot.addWidget(terms)
    terms.show_lane(told(1.0, 1, PAUSED), Implicit(), "#ff0000")
    terms.show_lane(told(2.0, 2, PAUSED), Implicit(), "#ff0000")
    assert terms.words() == {"½‖s‖²": "1.00"}
    qtbot.waitUntil(lambda: terms.words() == {"½‖s‖²": "2.00"})
    many = {f"σ = {i}": float("nan") if i else -1.0 for i in range(100)}
    terms.show_lane(told(0.0, 3, **many), NCSN(levels=100), "#ff0000")
    assert len(terms.words()) == MOST
    assert next(iter(terms.words())) == "σ = 0"
    assert list(terms.words())[-1] == "σ = 99"
    assert terms.sizeHint().height() == MOST * LINE
    terms.resize(240, terms.sizeHint().height())
    bars = (difference(pixels_of(terms), "#ff0000") < 12).any(1)
    assert set(np.nonzero(bars)[0] // LINE) == {0}  # of the one term that is a number


def test_only_terms_that_add_up_are_said_to(qtbot):
    terms = Terms()
    qtbot.addWidget(terms)
    both = {"trace": -1.0, "norm": 0.5}
    terms.show_lane(replace(told(0, 1, **both), loss=-0.5), Implicit(), "#ff0000")
    qtbot.waitUntil(lambda: len(terms.words()) == 4)
    assert terms._told("loss") == "loss, their sum"
    levels = {"σ = 10": 0.4, "σ = 0.1": 0.6}
    terms.show_lane(replace(told(0, 1, **levels), loss=0.5), NCSN(levels=2), "#ff0000")
    qtbot.waitUntil(lambda: "σ = 10" in terms.words())
    assert terms._told("loss") == "loss"


@pytest.mark.parametrize("kind", [*OBJECTIVES, *SAMPLERS])
def test_every_formula_is_typeset_and_drawn(qtbot, kind):
    from ncsn_viz.ui.widgets.formula import Formula

    assert asset(f"formulas/{kind.kind}.svg").is_file()
    formula = Formula()
    qtbot.addWidget(formula)
    blank = formula.grab().toImage()
    formula.show_kind(kind.kind)
    formula.resize(240, formula.heightForWidth(240))
    assert not formula.isHidden()
    picture = formula.grab().toImage()
    assert picture != blank
    words = QColor(theme.colors().text).lightness()
    places = [(x, y) for x in range(picture.width()) for y in range(picture.height())]
    assert sum(abs(picture.pixelColor(*place).lightness() - words) < 40 for place in places) > 10
    formula.show_kind("nothing of the sort")
    assert formula.isHidden()


# -- both ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("height", [300, 1400])
def test_nothing_is_clipped_and_nothing_scrolls_sideways(shown, height):
    column, _ = shown(TargetColumn(), height)
    for kind in TARGETS:
        column.show_spec(replace(Spec(), target=kind()), 0)
        check_room(column)
    column, _ = shown(LaneColumn(), height)
    for objective in OBJECTIVES:
        for net in (ScoreMLP(), EnergyMLP()):
            for sampler in SAMPLERS:
                spec = admitted(objective=objective(), net=net, sampler=sampler(), score_from="true")
                if spec is not None:
                    column.show_spec(spec, 0)
                    check_room(column)


def admitted(**lane):
    """A Spec of one lane, or None where its parts do not go together."""
    try:
        return Spec(lanes=(LaneSpec(**lane),))
    except ValidationError:
        return None


def check_room(column: QWidget):
    QApplication.processEvents()
    scroll = column.parentWidget().parentWidget()
    assert not scroll.horizontalScrollBar().isVisible()
    bar = scroll.verticalScrollBar()
    limit = scroll.width() - (bar.width() if bar.isVisible() else 0)
    for widget in column.findChildren(QWidget):
        if widget.isVisible():
            right = widget.mapTo(column, QPoint(widget.width(), 0)).x()
            assert right <= limit, widget
        if isinstance(widget, QLabel) and widget.isVisible() and not widget.wordWrap():
            assert widget.width() >= widget.sizeHint().width(), widget.text()
        if isinstance(widget, QPushButton) and widget.isVisible():
            words = widget.fontMetrics().horizontalAdvance(widget.text())
            assert widget.width() >= words + (20 if not widget.icon().isNull() else 0) + 12, widget.text()


def test_a_section_folds(qtbot):
    label = QLabel("inside")
    section = Section("Title").add(label)
    qtbot.addWidget(section)
    section.show()
    qtbot.mouseClick(section.heading, LEFT)
    assert not label.isVisible()
    qtbot.mouseClick(section.heading, LEFT)
    assert label.isVisible()


def test_an_equal_spec_is_not_shown_again(lane, monkeypatch):
    column, _ = lane
    calls = []
    monkeypatch.setattr(column, "show_all", lambda: calls.append(1))
    column.show_spec(Spec(), 0)
    assert not calls
    column.show_spec(Spec(seed=3), 0)
    assert calls


def test_a_preset_is_seen_before_the_engine_has_started(target):
    column, _ = target
    assert not column.canvas.empty
    assert column.canvas.shown.shape == (128, 128)
    assert column.canvas.shown.max() == pytest.approx(1)
