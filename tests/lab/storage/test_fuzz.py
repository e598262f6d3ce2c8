"""Whatever is in a file or behind `--set`, it is used or refused in one sentence: nothing else is raised, warned of, or
asked of memory.

`pytest -m slow tests/lab/storage/test_fuzz.py` makes the whole of it; another seed: `NCSN_VIZ_FUZZ=7`.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from fuzz import arrays, changes, experiments, images, presets, random_painting, tables

from ncsn_viz.core.knobs import ValidationError, one_line
from ncsn_viz.core.targets import Painted
from ncsn_viz.core.targets.base import EmptyTarget
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.lab.storage import experiment_files, json_values, mark_import, preset_store

SEED = int(os.environ.get("NCSN_VIZ_FUZZ", "1"))
WINDOW = (-8.0, 8.0)
RUNS = [pytest.param(1, id="some"), pytest.param(75, id="all", marks=[pytest.mark.slow, pytest.mark.timeout(3600)])]


def sentence_of(call, *arguments):
    """What the call returns and "", or None and the sentence of its ValidationError."""
    try:
        return call(*arguments), ""
    except ValidationError as error:
        sentence = str(error)
        assert one_line(sentence) == sentence
        assert 5 < len(sentence) < 500, sentence
        return None, sentence


def spec_of(content):
    """As `experiment_files.read` does, but without its last resort."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError("is not a text file in UTF-8") from None
    return experiment_files.from_data(json_values.parse(text))


def preset_of(content):
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError("is not a text file in UTF-8") from None
    return preset_store._preset(json_values.parse(text))


def use(target):
    """What the window does with a target at once: its picture, its statistics; on a coarse lattice, for speed."""
    if isinstance(target, Painted):
        target = replace(target, resolution=16)
        weights = target.weights()
        assert np.isfinite(weights).all()
        assert (weights >= 0).all()
    image = target.image(target.canvas or WINDOW, 16)
    assert np.isfinite(image).all()
    try:
        target.statistics()
    except EmptyTarget:
        assert not image.any()


@pytest.mark.parametrize("times", RUNS)
def test_experiments(times):
    used = 0
    for content in islice(experiments(random.Random(SEED)), 100 * times):
        spec, refusal = sentence_of(spec_of, content)
        if not refusal:
            assert experiment_files.from_text(experiment_files.to_text(spec)) == spec
            use(spec.target)
            used += 1
    assert 0.02 < used / (100 * times) < 0.7


@pytest.mark.parametrize("times", RUNS)
def test_presets(times):
    used = 0
    for content in islice(presets(random.Random(SEED)), 60 * times):
        preset, refusal = sentence_of(preset_of, content)
        if not refusal:
            use(preset.target)
            used += 1
    assert 0.02 < used / (60 * times) < 0.7


@pytest.mark.parametrize("times", RUNS)
@pytest.mark.parametrize(
    ("make", "count"), [(tables, 40), (arrays, 60), (images, 60)], ids=["tables", "arrays", "images"]
)
def test_imports(make, count, times):
    used = 0
    for name, content in islice(make(random.Random(SEED)), count * times):
        source, refusal = sentence_of(mark_import.source_of, content, name)
        if refusal:
            continue
        found, refusal = sentence_of(mark_import.imported, source, name, WINDOW)
        if not refusal:
            used += 1
            for note in found.notes:
                assert one_line(note) == note
            use(Painted(strokes=(found.mark,)))
            assert experiment_files.from_text(experiment_files.to_text(Spec(target=Painted(strokes=(found.mark,)))))
    assert 0.1 < used / (count * times) < 0.95


def every_change():
    spec = random_painting(Spec(lanes=(LaneSpec(),)), random.Random(SEED))
    return spec, list(changes(spec))


@pytest.mark.parametrize("times", RUNS)
def test_changes(times):
    spec, every = every_change()
    assert len(every) > 1800
    for change in every if times > 1 else random.Random(SEED).sample(every, 150):
        found, refusal = sentence_of(experiment_files.with_changes, spec, [change])
        assert refusal or experiment_files.from_text(experiment_files.to_text(found)) == found
