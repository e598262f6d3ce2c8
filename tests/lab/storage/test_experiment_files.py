"""Experiments as files: what is written comes back, what is broken is refused in one sentence."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import numpy as np
import pytest
from helpers import random_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ncsn_viz.core.knobs import ValidationError, to_json
from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import NCSN, Denoising, Sliced
from ncsn_viz.core.samplers import Langevin
from ncsn_viz.core.targets import Moons, Painted, TwoModes
from ncsn_viz.core.targets.painting import Stroke
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Spec
from ncsn_viz.lab.storage import experiment_files, json_values


def complaint(function, *arguments):
    with pytest.raises(ValidationError) as caught:
        function(*arguments)
    sentence = str(caught.value)
    assert sentence
    assert "\n" not in sentence
    assert len(sentence) < 500
    return sentence


# -- there and back -------------------------------------------------------------------------------------------------


def test_random_experiments_come_back_equal(tmp_path):
    rng = random.Random(1)
    path = tmp_path / "a.json"
    for _ in range(25):
        spec = random_settings(Spec, rng)
        experiment_files.write(path, spec)
        assert experiment_files.read(path) == spec
        assert experiment_files.to_text(experiment_files.read(path)) == experiment_files.to_text(spec)
    assert [item.name for item in tmp_path.iterdir()] == ["a.json"]


def test_a_file_is_complete_and_readable():
    data = json.loads(experiment_files.to_text(Spec()))
    assert next(iter(data)) == "format"
    assert data["format"] == experiment_files.FORMAT
    assert data["lanes"][0]["optimizer"]["learning_rate"] == Optimizer().learning_rate
    assert data == {"format": experiment_files.FORMAT} | to_json(Spec())


def test_every_key_may_be_left_out():
    assert experiment_files.from_text("{}") == Spec()
    assert experiment_files.from_text('{"target": "two_modes"}') == Spec(target=TwoModes())
    assert experiment_files.from_text('{"format": "ncsn-viz/1", "seed": 3}').seed == 3


def test_texts_of_all_languages_survive(tmp_path):
    spec = Spec(lanes=(LaneSpec(name='한국어 σ "quoted" \\ 😀\n'),))
    experiment_files.write(tmp_path / "ü 😀.json", spec)
    assert experiment_files.read(tmp_path / "ü 😀.json") == spec


def test_a_byte_order_mark_is_no_trouble(tmp_path):
    path = tmp_path / "bom.json"
    path.write_bytes(b"\xef\xbb\xbf" + experiment_files.to_text(Spec(seed=5)).encode())
    assert experiment_files.read(path).seed == 5


# -- what is refused ------------------------------------------------------------------------------------------------


BAD = {
    "nothing": ("", "is not JSON"),
    "no JSON": ("hello", "is not JSON: Expecting value in line 1, column 1"),
    "half": ('{"seed": ', "is not JSON"),
    "two": ("{} {}", "is not JSON: Extra data"),
    "comma": ('{"seed": 1,}', "is not JSON"),
    "NaN": ('{"seed": NaN}', "holds NaN, which JSON does not know"),
    "Infinity": ('{"seed": -Infinity}', "holds -Infinity"),
    "huge float": ('{"seed": 1e999}', "seed must be a finite number"),
    "digits": (f'{{"seed": {"9" * 5000}}}', "holds a number of 5000 digits"),
    "many digits": (f'{{"seed": {"9" * 100_000}}}', "holds a number of 100000 digits"),
    "thirty digits": (f'{{"seed": {"9" * 30}}}', "seed must be between"),
    "deep lists": ("[" * 100_000, "nested too deeply"),
    "deep objects": ('{"a":' * 100_000, "nested too deeply"),
    "deep and closed": ("[" * 5000 + "]" * 5000, "nested too deeply"),
    "twice": ('{"seed": 1, "seed": 2}', "has the key 'seed' twice"),
    "twice inside": ('{"run": {"training": true, "training": false}}', "has the key 'training' twice"),
    "list": ("[]", "must be a JSON object"),
    "number": ("3", "must be a JSON object"),
    "null": ("null", "must be a JSON object"),
    "string": ('"x"', "must be a JSON object"),
    "format": ('{"format": "ncsn-viz/99"}', "format is 'ncsn-viz/99', and this program reads 'ncsn-viz/1'"),
    "format number": ('{"format": 1}', "format is 1"),
    "unknown key": ('{"sed": 1}', "has no key 'sed'; did you mean 'seed'?"),
    "unknown deep": ('{"lanes": [{"objective": {"kind": "denoising", "sigmma": 1}}]}', "did you mean 'sigma'?"),
    "unknown kind": ('{"target": {"kind": "mons"}}', "did you mean 'moons'?"),
    "surrogate": (r'{"lanes": [{"name": "\ud800"}]}', "lanes.0.name holds characters that no file can hold"),
    "surrogate key": (r'{"\ud800": 1}', "has no key"),
    "surrogate kind": (r'{"target": {"kind": "\udfff"}}', "has no kind"),
    "surrogate stroke": (r'{"target": {"kind": "painted", "strokes": [{"tool": "\ud800"}]}}', "target.strokes.0.tool"),
    "true": ('{"seed": true}', "seed must be a number"),
    "text": ('{"seed": "1"}', "seed must be a number"),
    "half whole": ('{"seed": 1.5}', "seed must be a whole number"),
    "lanes": ('{"lanes": [null]}', "lanes.0 must be an object"),
    "range": ('{"lanes": [{"optimizer": {"learning_rate": 3}}]}', "lanes.0.optimizer.learning_rate must be between"),
    "control character": ('{"lanes": [{"name": "a\x00b"}]}', "is not JSON"),
    "pixels list": ('{"target": {"kind": "painted", "strokes": [{"kind": "picture", "pixels": [1]}]}}',
                    "target.strokes.0.pixels must be a picture that this program has written, not [1]"),
    "pixels object": ('{"target": {"kind": "painted", "strokes": [{"kind": "points", "pixels": {}}]}}', "not {}"),
    "long key": (f'{{"{"k" * 10_000}": 1}}', "has no key"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_broken_texts(name, tmp_path):
    text, words = BAD[name]
    assert words in complaint(experiment_files.from_text, text)
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")
    sentence = complaint(experiment_files.read, path)
    assert sentence.startswith("broken.json: ")
    assert words in sentence


def test_a_surrogate_pair_in_json_is_one_character():
    assert experiment_files.from_text(r'{"lanes": [{"name": "\ud83d\ude00"}]}').lanes[0].name == "😀"


def test_brackets_in_texts_are_not_nesting():
    text = json.dumps({"lanes": [{"name": '[{"\\' * 12}]})
    assert experiment_files.from_text(text).lanes[0].name == '[{"\\' * 12


@pytest.mark.parametrize("content", [b"\xff\xfe{\x00}\x00", b'{"seed": "\xff"}', b"\x80", bytes(range(256))])
def test_files_that_are_not_utf8(tmp_path, content):
    path = tmp_path / "latin.json"
    path.write_bytes(content)
    assert complaint(experiment_files.read, path) == "latin.json: is not a text file in UTF-8"


def test_files_that_are_not_there(tmp_path):
    assert "cannot read" in complaint(experiment_files.read, tmp_path / "missing.json")
    assert "No such file" in complaint(experiment_files.read, tmp_path / "missing.json")
    assert "cannot read" in complaint(experiment_files.read, tmp_path)
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    assert "cannot read" in complaint(experiment_files.read, tmp_path / "loop.json")


def test_files_that_are_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(experiment_files, "MAX_BYTES", 100)
    path = tmp_path / "large.json"
    path.write_text("{" + " " * 200 + "}")
    assert "too large" in complaint(experiment_files.read, path)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just("moons")
KEYS = [
    "seed",
    "target",
    "kind",
    "lanes",
    "objective",
    "sigma",
    "view",
    "region",
    "format",
    "x",
    "strokes",
    "points",
    "weights",
    "means",
    "stds",
    "name",
    "window",
    "base",
]
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)
MANY = settings(
    max_examples=150, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def experiment_or_sentence(read, content):
    """An experiment that comes back equal, or one sentence; any other exception fails the test."""
    try:
        spec = read(content)
    except ValidationError as error:
        sentence = str(error)
    else:
        sentence = "" if experiment_files.from_text(experiment_files.to_text(spec)) == spec else "not the same\n"
    assert "\n" not in sentence
    return sentence


@MANY
@given(JSON)
def test_whatever_is_in_a_file_it_is_an_experiment_or_a_sentence(data):
    experiment_or_sentence(experiment_files.from_text, json.dumps(data))


@MANY
@given(st.data())
def test_one_changed_place_in_a_good_file(data):
    tree = json.loads(experiment_files.to_text(Spec()))
    node = tree
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if not isinstance(node[key], dict | list) or data.draw(st.booleans()):
            break
        node = node[key]
    node[key] = data.draw(JSON)
    experiment_or_sentence(experiment_files.from_data, tree)


@MANY
@given(st.text(st.characters(exclude_categories=()), max_size=60) | st.text('[]{}",:\\ue019.-+ntf', max_size=60))
def test_whatever_the_text_it_is_an_experiment_or_a_sentence(text):
    assert experiment_or_sentence(experiment_files.from_text, text) or text.strip() == "{}"


# -- writing --------------------------------------------------------------------------------------------------------


def test_writing_where_nothing_can_be_written(tmp_path):
    assert "cannot write" in complaint(experiment_files.write, tmp_path / "missing" / "a.json", Spec())
    assert "cannot write" in complaint(experiment_files.write, tmp_path, Spec())
    (tmp_path / "folder.json").mkdir()
    assert "cannot write" in complaint(experiment_files.write, tmp_path / "folder.json", Spec())
    assert [item.name for item in tmp_path.iterdir()] == ["folder.json"]


def painting_of(points):
    """One stroke of 20,000 points at a time."""
    points = [tuple(point) for point in points.tolist()]
    return Painted(strokes=tuple(Stroke(points=points[k : k + 20_000]) for k in range(0, len(points), 20_000)))


def test_a_large_painting_takes_a_line_a_stroke_and_comes_back(tmp_path):
    """Numbers of 17 digits take 41 bytes a point: 520,000 points 21 MB, where one number a line took 33."""
    spec = Spec(target=painting_of(np.random.default_rng(0).uniform(-8, 8, (50_000, 2))))
    experiment_files.write(tmp_path / "a.json", spec)
    assert experiment_files.read(tmp_path / "a.json") == spec
    text = (tmp_path / "a.json").read_text()
    assert len(text) < 43 * 50_000
    assert len(text.splitlines()) < 300
    assert experiment_files.MAX_BYTES > 520_000 * 43
    assert json_values.MAX_PARTS > 1_000_000


def test_what_could_not_be_read_again_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(experiment_files, "MAX_BYTES", 2**20)
    path = tmp_path / "a.json"
    experiment_files.write(path, Spec())
    painted = Spec(target=painting_of(np.random.default_rng(0).uniform(-8, 8, (40_000, 2))))
    assert "takes 2 MB, and files have at most 1: remove some" in complaint(experiment_files.write, path, painted)
    assert experiment_files.read(path) == Spec()


def test_more_lists_than_memory_is_meant_for_are_refused(monkeypatch):
    monkeypatch.setattr(json_values, "MAX_PARTS", 1000)
    assert "more than 1,000 lists" in complaint(json_values.parse, "[" + "[]," * 1001 + "0]")
    assert len(json_values.parse("[" + "[]," * 900 + "0]")) == 901


def test_an_unforeseen_error_is_a_sentence_too(tmp_path, monkeypatch):
    """A file must never keep the window from starting."""
    experiment_files.write(tmp_path / "a.json", Spec())

    def fail(*_):
        raise RecursionError("too deep")

    monkeypatch.setattr(experiment_files, "from_json", fail)
    sentence = complaint(experiment_files.read, tmp_path / "a.json")
    assert sentence == "a.json: cannot be understood (RecursionError: too deep)"


# -- --set ----------------------------------------------------------------------------------------------------------


TWO = Spec(lanes=(LaneSpec(objective=Denoising()), LaneSpec(objective=Sliced(), sampler=Langevin())))


def test_changes_by_path():
    spec = experiment_files.with_changes(TWO, [
        "lanes.0.objective.sigma=0.2", "lanes.1.optimizer.learning_rate=1e-4", "seed=7", "lanes.1.net.activation=tanh",
        "window=[-3, 3]", "playback.training=false", 'lanes.0.name="q"', "particles.start=data",
    ])  # fmt: skip
    assert spec.lanes[0].objective == Denoising(sigma=0.2)
    assert spec.lanes[1].optimizer.learning_rate == 1e-4
    assert spec.lanes[1].net.activation == "tanh"
    assert (spec.seed, spec.window, spec.playback.training) == (7, (-3, 3), False)
    assert (spec.lanes[0].name, spec.particles.start) == ("q", "data")
    assert experiment_files.with_changes(TWO, []) == TWO
    words = experiment_files.with_changes(TWO, ["lanes.0.score_from=true", "lanes.1.name=5"])
    assert (words.lanes[0].score_from, words.lanes[1].name) == ("true", "5")


def test_a_kind_may_be_left_out_as_every_key():
    spec = experiment_files.from_data(
        {"target": {"width": 0.2}, "lanes": [{"net": {"hidden": 64}, "sampler": {}}, {"name": "x"}]}
    )
    assert spec.target == Moons(width=0.2)
    assert spec.lanes[0].net == ScoreMLP(hidden=64)
    assert spec.lanes[0] == replace(LaneSpec(), net=ScoreMLP(hidden=64), name="A", slot=0)


def test_a_change_of_kind_leaves_what_both_kinds_have():
    spec = experiment_files.with_changes(
        Spec(lanes=(LaneSpec(objective=Denoising(sigma=2, antithetic=False)),)), ["lanes.0.objective.kind=ncsn"]
    )
    assert spec.lanes[0].objective == NCSN(antithetic=False)


@pytest.mark.parametrize("change", ["lanes.0.objective.kind=sliced", "lanes.0.objective=sliced"])
def test_knobs_of_the_new_kind_can_be_set_after_it(change):
    spec = experiment_files.with_changes(TWO, [change, "lanes.0.objective.slices=4"])
    assert spec.lanes[0].objective == Sliced(slices=4)


def test_two_changes_that_only_fit_together():
    spec = experiment_files.with_changes(
        Spec(lanes=(LaneSpec(objective=NCSN()),)), ["lanes.0.objective.sigma_min=20", "lanes.0.objective.sigma_max=50"]
    )
    assert spec.lanes[0].objective == NCSN(sigma_min=20, sigma_max=50)


def test_the_experiment_itself_is_left_alone():
    before = experiment_files.to_text(TWO)
    experiment_files.with_changes(TWO, ["seed=3", "target=two_modes"])
    assert experiment_files.to_text(TWO) == before
    assert experiment_files.with_changes(TWO, ["target=moons"]).target == Moons()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("seed", "--set needs NAME=VALUE"),
        ("=3", "--set needs NAME=VALUE"),
        ("", "--set needs NAME=VALUE"),
        ("sed=3", "there is no 'sed' here; did you mean 'seed'?"),
        ("lanes.0.objective.sigm=3", "there is no 'sigm' here; did you mean 'sigma'?"),
        ("lanes.2.name=x", "there is no entry '2'; there are 2, counted from 0"),
        ("lanes.-1.name=x", "there is no entry '-1'"),
        ("lanes.x.name=x", "there is no entry 'x'"),
        (f"lanes.{'1' * 5000}.name=x", "there is no entry"),
        ("lanes=3", "lanes must be a list"),
        ("seed.x=3", "there is no 'x' here"),
        ("lanes..name=3", "there is no entry ''"),
        (".seed=3", "there is no '' here"),
        ("seed=", "seed must be a number, not ''"),
        ("seed=abc", "seed must be a number, not 'abc'"),
        ("seed=NaN", "seed must be a number"),
        ("seed=1e999", "seed must be a finite number"),
        (f"seed={'9' * 5000}", "seed must be a number"),
        ("seed=true", "seed must be a number"),
        ("seed==3", "seed must be a number, not '=3'"),
        ("lanes.0.objective.kind=nonsense", "has no kind 'nonsense'"),
        ("lanes.0.objective.kind=moons", "has no kind 'moons'"),
        ("lanes.0.objective.kind=[1]", "has no kind [1]"),
        ("lanes.0.objective.kind={}", "has no kind {}"),
        ("lanes.0.objective.kind=3", "has no kind 3"),
        ("lanes.0.objective=3", "must be an object"),
        ("lanes.0.objective.sigma=[[[[", "must be a number"),
        ("format=ncsn-viz/2", "there is no 'format' here"),
        ("lanes.0.net.conditioning=karras", "lanes.1"),
    ],
    ids=lambda value: value[:30],
)
def test_changes_that_cannot_be_made(change, words):
    spec = TWO
    if words == "lanes.1":  # allowed for denoising, refused for sliced
        change = change.replace("lanes.0", "lanes.1")
    assert words in complaint(experiment_files.with_changes, spec, [change])
