"""Slow motion on the screen: the captions of a step, what they draw, and that all is afterwards as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import lane, snapshot, spec
from PySide6.QtCore import Qt

from ncsn_viz.core.samplers import SAMPLERS, GradientFlow, Langevin, ReverseSDE, UnderdampedLangevin
from ncsn_viz.lab.experiment.commands import RecordStep
from ncsn_viz.lab.snapshot import DIVERGED, WAITING, ParticleStep, Status, StepTrace, TrainingStep
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.slow_motion import card as slow
from ncsn_viz.ui.slow_motion.card import SlowMotionCard
from ncsn_viz.ui.slow_motion.stages import (
    BATCH,
    DRIFT,
    INERTIA,
    NEGATIVES,
    NOISE,
    PUSH,
    SCORE,
    SUM,
    TERMS,
    UPDATE,
    stages,
)
from ncsn_viz.ui.widgets import theme

REGION = (-8.0, 8.0, -8.0, 8.0)


def rows(*points):
    return np.array(points, np.float32)


def training(**changes):
    data, z = rows((1, 1), (-4, 2)), rows((1, 0.5), (-1, 1))
    sigma = np.array([2.0, 2.0], np.float32)
    made = TrainingStep(
        step=12, batch=128, data=data, points=data + 2 * z, sigma=sigma, score=rows((0.1, 0), (0, -0.4)), target=-z / 2,
        target_formula="−z/σ", negatives=None, terms={"trace": -1.25, "norm": 0.5}, before=0.75, after=0.5,
        gradient=3.25,
    )  # fmt: skip
    return replace(made, **changes)


def particles(**changes):
    start, drift, noise = rows((0, 0), (5, 5)), rows((2, 0), (0, 1)), rows((0, 2), (-2, 0))
    end = start + drift + noise
    return replace(ParticleStep(0.3, Langevin().step_formula(0), end, start, end, drift, noise), **changes)


def step(number=1, **changes):
    return StepTrace(number, training(**changes), particles())


def keys(made, symbols=None):
    return [stage.key for stage in stages(made, symbols or {})]


# -- captions -------------------------------------------------------------------------------------------------------


def test_a_denoising_step_has_its_stages_in_order():
    assert keys(step()) == [BATCH, NOISE, SCORE, TERMS, UPDATE, DRIFT, PUSH, SUM]


def test_stages_are_what_there_is_to_see():
    clean = step(sigma=np.zeros(2, np.float32), target=None, target_formula="", negatives=rows((3, 3)))
    assert keys(clean) == [BATCH, NEGATIVES, SCORE, TERMS, UPDATE, DRIFT, PUSH, SUM]
    flow = particles(noise=np.zeros((2, 2), np.float32), formula=GradientFlow().step_formula(0))
    assert keys(StepTrace(1, None, flow)) == [DRIFT, SUM]  # a lane that has diverged, and a sampler without noise
    heavy = particles(inertia=rows((1, 1), (1, 1)), formula=UnderdampedLangevin().step_formula(1))
    heavy = StepTrace(1, None, heavy)
    assert keys(heavy) == [DRIFT, INERTIA, PUSH, SUM]


def test_captions_hold_the_numbers():
    said = {stage.key: stage.words for stage in stages(step(), {"trace": "Tr ∇s"})}
    assert "2 of the 128 points of step 12" in said[BATCH]
    assert "σ = 2" in said[NOISE]
    assert "−z/σ" in said[SCORE]
    assert all(part in said[TERMS] for part in ("0.7500", "Tr ∇s", "−1.25", "norm", "0.500"))
    assert all(part in said[UPDATE] for part in ("3.25", "0.75000", "0.50000"))
    assert "σ = 0.3" in said[DRIFT]
    mixed = stages(step(sigma=np.array([5, 0.1], np.float32)), {})
    assert "from 5 to 0.1" in mixed[1].words
    ladder = {f"σ = {number}": 0.5 for number in range(10)}
    assert "10 terms" in stages(step(terms=ladder), {})[3].words
    refused = particles(x=particles().start)
    assert "2 of them were refused" in stages(StepTrace(1, None, refused), {})[-1].words


@pytest.mark.parametrize("cls", SAMPLERS, ids=lambda cls: cls.kind)
def test_captions_show_the_formulas_of_the_sampler_s_own_step(cls):
    formula = cls().step_formula(1)
    inertia = rows((1, 1), (1, 1)) if formula.inertia else None
    shown = StepTrace(1, None, particles(formula=formula, inertia=inertia))
    said = {stage.key: stage.words for stage in stages(shown, {})}
    assert formula.drift in said[DRIFT]
    assert (PUSH in said) == bool(formula.noise)
    for part in (formula.drift, formula.noise, formula.inertia):
        assert part in said[SUM]


def test_captions_show_the_numbers_of_a_reverse_step():
    """From σ = 10 over 200 geometric steps to .05: (1 − (.05/10)^(2/200)) 100 = 5.16."""
    said = [stage.words for stage in stages(StepTrace(1, None, particles(formula=ReverseSDE().step_formula(0))), {})]
    assert "(σᵢ² − σᵢ₊₁²) s = 5.16 s" in said[0]
    assert "√(σᵢ² − σᵢ₊₁²) z = 2.27 z" in said[1]


# -- the captions' card ---------------------------------------------------------------------------------------------


@pytest.fixture
def card(qtbot, qapp):
    theme.apply(qapp)
    made = SlowMotionCard()
    qtbot.addWidget(made)
    made.resize(900, made.height())
    made.drawn, made.commands, made.spec = [], [], spec(2)
    made.staged.connect(lambda *stage: made.drawn.append(stage))

    def edit(change, _=None):
        made.spec = change(made.spec)
        made.show_spec(made.spec)

    made.apply = edit
    made.edited.connect(edit)
    made.commanded.connect(made.commands.append)
    return made


def begin(card, slot=1):
    card.apply(edits.choose_lane(slot))
    card.apply(edits.toggle_slow_motion)


def arrive(card, number=None, **changes):
    lanes = [lane(), lane(step_trace=step(number or card.number), **changes)]
    card.show_snapshot(snapshot(lanes))


def test_it_waits_for_its_own_record_and_begins(card):
    assert card.isHidden()
    begin(card)
    assert card.isVisible()
    card.show_snapshot(snapshot([lane(), lane(step_trace=step(99))]))
    card.show_snapshot(snapshot([lane(), lane(step_trace=StepTrace(1))]))
    assert card.stages == []
    arrive(card)
    assert len(card.stages) == 8
    assert card.title.text() == "B · 1/8 · Draw a batch"
    assert card.drawn[-1][:2] == (1, BATCH)


def test_a_lane_that_has_diverged_shows_its_particles(card):
    begin(card)
    lanes = [lane(), lane(step_trace=StepTrace(1, None, particles()), status=Status(DIVERGED))]
    card.show_snapshot(snapshot(lanes))
    assert [stage.key for stage in card.stages] == [DRIFT, PUSH, SUM]


def test_it_goes_on_by_itself_and_stays_at_the_end(card, qtbot, monkeypatch):
    monkeypatch.setattr(slow, "MOVING", 0.01)
    monkeypatch.setattr(slow, "READING", 0.03)
    monkeypatch.setattr(slow, "LETTERS", 1e5)
    begin(card)
    arrive(card)
    qtbot.waitUntil(lambda: not card.playing, timeout=5000)
    assert card.stage_index == 7
    seen = [key for _, key, _ in card.drawn if key]
    assert list(dict.fromkeys(seen)) == [BATCH, NOISE, SCORE, TERMS, UPDATE, DRIFT, PUSH, SUM]
    arrived = {key for _, key, share in card.drawn if key and share == 1}
    assert arrived == set(seen)  # however late the clock is
    qtbot.waitUntil(lambda: not card._clock.isActive(), timeout=5000)  # nothing is drawn any more


def test_keys_go_back_and_forth_and_ask_for_another_step(card, qtbot):
    begin(card)
    arrive(card)
    for key, place in ((Qt.Key.Key_Left, 0), (Qt.Key.Key_Right, 1), (Qt.Key.Key_Right, 2), (Qt.Key.Key_Left, 1)):
        qtbot.keyClick(card, key)
        assert card.stage_index == place
    assert not card.playing
    qtbot.keyClick(card, Qt.Key.Key_Return)
    assert card.playing
    for _ in range(6):
        card.forth.click()
    assert card.stage_index == 7
    assert card.commands == [RecordStep(1)]
    card.forth.click()
    assert card.commands == [RecordStep(1), RecordStep(2)]
    assert card.stages == []
    arrive(card, number=1)  # a Snapshot that was made before
    assert card.stages == []
    arrive(card)
    assert card.title.text().startswith("B · 1/8")


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("sampling", [True, False])
def test_afterwards_all_is_as_it_was(card, qtbot, training, sampling):
    card.apply(lambda spec: edits.playback(spec, training=training, sampling=sampling))
    begin(card)
    assert not card.spec.trains
    assert not card.spec.samples
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    assert (card.spec.trains, card.spec.samples) == (training, sampling)
    assert card.isHidden()
    assert card.drawn[-1] == (None, "", 1.0)


def test_train_and_particles_go_on_at_once_in_slow_motion(card):
    begin(card)
    assert edits.toggle_training(card.spec).trains
    assert edits.toggle_sampling(card.spec).samples
    assert not edits.pause_training(card.spec).slow_motion
    assert not edits.pause_sampling(card.spec).slow_motion
    assert edits.toggle_slow_motion(card.spec) == edits.end_slow_motion(card.spec)


def test_a_record_is_requested_whenever_slow_motion_begins(card):
    card.show_spec(edits.playback(spec(2), slow_motion="A"))  # as at the start of the program
    card.show_spec(edits.playback(spec(2), slow_motion="A", training=False))
    assert card.commands == [RecordStep(1)]
    card.show_spec(edits.playback(spec(2), slow_motion="B"))
    card.show_spec(spec(2))
    card.show_spec(edits.playback(spec(2), slow_motion="B"))
    assert card.commands == [RecordStep(1), RecordStep(2), RecordStep(3)]


def test_another_step_in_the_midst_of_the_last_stage(card):
    begin(card)
    arrive(card)
    for _ in range(8):
        card.forth.click()
    assert card.commands == [RecordStep(1), RecordStep(2)]
    assert not card._clock.isActive()  # there is no stage to move


@pytest.mark.parametrize("width", [470, 900])
def test_no_caption_is_cut_off(card, width, qtbot):
    begin(card)
    arrive(card)
    card.resize(width, card.height())
    for _ in range(7):
        card.go(1)
        qtbot.waitUntil(lambda: card.words.heightForWidth(card.words.width()) <= card.words.height(), timeout=2000)
        assert card.words.geometry().bottom() < card.height()


def test_a_removed_lane_ends_it(card):
    begin(card)
    card.show_spec(edits.remove_lane(card.spec, 1))
    assert card.isHidden()


def test_over_an_empty_canvas_it_says_for_what_it_waits(card):
    begin(card)
    card.show_snapshot(snapshot([lane(), lane(status=Status(WAITING, "Nothing is painted yet."))]))
    assert card.words.text() == "Nothing is painted yet."
    arrive(card)
    assert card.title.text() == "B · 1/8 · Draw a batch"
    assert "Nothing" not in card.words.text()
