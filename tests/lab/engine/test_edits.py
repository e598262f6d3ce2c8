"""No setting of the listing breaks a running experiment or a headless run: every knob at both ends, and at random.

A sample of them at every run of the tests; all of them with `-m slow`.
"""

from __future__ import annotations

import json
import math

import pytest
from edits import SMALL, Edit, knob_ends, random_edits
from engines import complete

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab import headless
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment.commands import ReleaseParticles
from ncsn_viz.lab.headless import arrays, measures
from ncsn_viz.lab.training.history import ERROR
from ncsn_viz.ui.actions import edits as view_edits

ENDS = list(knob_ends())
SAMPLE = 23  # of so many ends one is tried at every run
COUNTS = [Edit(SMALL, ("particles", "count"), count) for count in (1, 2, 3)]
LAYERS = ("density", "energy", "field", "particles", "trails", "streamlines", "surface", "followed")


def try_live(engine, spec):
    """What the worker does with a Spec: train, move, evaluate, measure, read, draw. Returns the snapshot."""
    view = view_edits.view(spec, layers=LAYERS, cursor=((0.3, -0.2),))
    engine.apply(view)
    complete(engine.prepare())
    for _ in range(2):
        engine.train()
    for _ in zip(range(3), engine.advance_pieces(), strict=False):
        pass  # a frame may have a million steps
    for index in range(len(engine.lanes)):
        engine.evaluate_now(index)
        complete(engine.measure(index))
    while not engine.probe_next():
        pass
    return engine.snapshot()


def check_live(spec, engine=None):
    engine = engine or Engine("cpu", curve_points=64)
    shown = try_live(engine, spec)
    assert not [lane.failure for lane in engine.lanes if lane.failure]
    for lane in shown.lanes:
        values = [value for name, value in lane.metrics.items() if not name.endswith(ERROR)]  # one point has no error
        gone = lane.status.state == "diverged" or lane.metrics.get("lost", 0) > 0  # to infinity, which is no number
        assert gone or all(map(math.isfinite, values)), lane.metrics
    return engine


def check_headless(spec, folder):
    """A run of one step that is interrupted after three steps of its sampler."""
    run = headless.start(spec, 1, "cpu")

    def progress(task, done, total):
        if task.startswith("sampling") and done == min(3, total):
            raise KeyboardInterrupt

    run.go(progress)
    assert run.failures == ()
    assert headless.write(run, folder) == ()
    text = (folder / "metrics.json").read_text(encoding="utf-8")
    found = json.loads(text, parse_constant=pytest.fail)
    assert [lane["status"] for lane in found["lanes"] if lane["status"] == "failed"] == []


def applied(edit):
    """The experiment after an edit, or None where that is refused."""
    try:
        return edit.apply()
    except ValidationError:
        return None


def cheap(spec):
    return spec.particles.count <= 5000 and spec.lanes[0].net.hidden <= 64


@pytest.fixture(autouse=True)
def _fewer_points(monkeypatch):
    monkeypatch.setattr(measures, "EVALUATION_POINTS", 256)
    monkeypatch.setattr(arrays, "NODES", 11)


@pytest.mark.parametrize("edit", COUNTS, ids=str)
def test_few_particles(edit, tmp_path):
    check_live(edit.apply())
    check_headless(edit.apply(), tmp_path)


CHEAP = [edit for edit in ENDS[::SAMPLE] if not isinstance(edit.value, int) or edit.value <= 1000]


@pytest.mark.parametrize("edit", CHEAP, ids=str)
def test_some_knobs_at_their_ends(edit):
    spec = applied(edit)
    if spec is not None:
        check_live(spec, check_live(edit.base))


def test_some_random_edits():
    engine = Engine("cpu", curve_points=64)
    for spec in random_edits(seed=1, count=400):
        if cheap(spec):
            engine.apply(spec, [ReleaseParticles()])
            engine.train()
            assert not [lane.failure for lane in engine.lanes if lane.failure], spec


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("edit", ENDS, ids=str)
def test_every_knob_at_both_ends(edit, tmp_path):
    spec = applied(edit)
    if spec is not None:
        check_live(spec, check_live(edit.base))
        check_headless(spec, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(5))
def test_many_random_edits(seed):
    engine = Engine("cpu", curve_points=64)
    for spec in random_edits(seed, 50):
        if cheap(spec):  # what is large is tried at the ends of its knob
            check_live(spec, engine)
