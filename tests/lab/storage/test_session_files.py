"""Session files: what is damaged or hostile is refused in one sentence, and nothing in them is run."""

from __future__ import annotations

import io
import json
import pickle
import random
import re
import time
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
import torch
from engines import DENOISING, SPEC, engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ncsn_viz.core.knobs import ValidationError, one_line
from ncsn_viz.core.objectives import ContrastiveDivergence
from ncsn_viz.lab.checkpoint import num_bytes
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, with_learners
from ncsn_viz.lab.storage import SavedSession, experiment_files, session_files, tensor_files
from ncsn_viz.lab.storage.session_files import from_bytes, read, to_bytes


@pytest.fixture(scope="module")
def saved():
    """A session with a pool of chains, velocities and histories."""
    energy = LaneSpec(objective=ContrastiveDivergence(chain=1), name="energy")
    small = replace(energy, net=replace(energy.net, hidden=8, layers=1))
    made = engine(replace(SPEC, lanes=(DENOISING, small), repeats=2), steps=21, frames=3)
    return SavedSession(made.user_spec, made.state_dict())


def refusal(content):
    """The sentence with which a content is refused, within a second; "" if it is a session that can go on."""
    begin = time.monotonic()
    try:
        session = from_bytes(content)
        Engine.check(session.spec, session.checkpoint)
    except ValidationError as error:
        sentence = str(error)
        assert one_line(sentence) == sentence
        assert 10 < len(sentence) < 400
        return sentence
    finally:
        assert time.monotonic() - begin < 1
    return ""


def rewritten(saved, change):
    """The content of a file whose parts were changed by `change(arrays, texts)`, with a checksum that fits."""
    arrays, texts = tensor_files.from_bytes(to_bytes(saved))
    change(arrays, texts)
    return tensor_files.to_bytes(arrays, texts)


def experiment(old, new):
    """Another experiment than that which was learned."""
    return lambda arrays, texts: texts.update(experiment=texts["experiment"].replace(old, new))


def state(*path, **changes):
    """Other values that are not tensors."""

    def change(arrays, texts):
        values = inner = json.loads(texts["state"])
        for name in path:
            inner = inner[name]
        inner.update(changes)
        texts["state"] = json.dumps(values)

    return change


def test_a_session_is_read_as_it_was_written(saved, tmp_path):
    session_files.write(tmp_path / "a.safetensors", saved)
    found = read(tmp_path / "a.safetensors")
    assert found.spec == saved.spec
    assert found.steps == (21, 21)
    assert tensor_files.from_bytes(to_bytes(found))[1] == tensor_files.from_bytes(to_bytes(saved))[1]
    assert num_bytes(found.checkpoint) == num_bytes(saved.checkpoint)
    assert refusal(to_bytes(saved)) == ""


def test_one_reader_for_sessions_and_experiments_whatever_their_names(saved, tmp_path):
    session_files.write(tmp_path / "a.json", saved)
    experiment_files.write(tmp_path / "b", SPEC)
    assert read(tmp_path / "a.json").steps == (21, 21)
    assert read(tmp_path / "b") == SavedSession(SPEC)
    (tmp_path / "c.safetensors").write_text("{}")
    for name, sentence in (("c.safetensors", "c.safetensors: is damaged"), ("d.safetensors", "cannot read .*No such")):
        with pytest.raises(ValidationError, match=sentence):
            read(tmp_path / name)


def test_a_bit_that_is_flipped_anywhere_is_found(saved):
    content, rng = to_bytes(saved), random.Random(1)
    header = int.from_bytes(content[:8], "little") + 8
    places = [
        *range(12),
        *(rng.randrange(header) for _ in range(60)),
        *(rng.randrange(len(content)) for _ in range(120)),
    ]
    for place in [*places, len(content) - 1]:
        damaged = bytearray(content)
        damaged[place] ^= 1 << rng.randrange(8)
        assert "damaged" in refusal(bytes(damaged)) or place < header, place
        assert refusal(bytes(damaged)), place


def test_a_file_that_ends_early_or_late_is_refused(saved):
    content = to_bytes(saved)
    for length in (0, 1, 7, 8, 9, 100, len(content) // 2, len(content) - 1):
        assert "damaged" in refusal(content[:length])
    assert "damaged" in refusal(content + b"\0")


@pytest.mark.parametrize(
    "header", [b"{" * 10**5, b"[]", b"{}", b'{"__metadata__": 3}', b"\xff\xfe", b"1e999", b"{}" * 9]
)
def test_headers_that_are_not_ours(header):
    assert refusal(len(header).to_bytes(8, "little") + header)


def test_nothing_in_a_file_is_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("run").write_text, ("it was run",))

    buffer = io.BytesIO()
    torch.save({"trap": Trap()}, buffer)
    for content in (pickle.dumps(Trap()), buffer.getvalue()):
        assert "damaged" in refusal(content)
    assert not (tmp_path / "run").exists()


LONG = np.zeros(10, np.float32)
FIRST = ("lanes", "0", "replicas", "0")
CHANGES = {
    "other format": lambda arrays, texts: texts.update(format="ncsn-viz-session/9"),
    "no experiment": lambda arrays, texts: texts.pop("experiment"),
    "other experiment": lambda arrays, texts: texts.update(experiment="{}"),
    "other network": experiment('"hidden": 16', '"hidden": 17'),
    "huge network": experiment('"hidden": 16', '"hidden": 1024'),
    "more repeats": experiment('"repeats": 2', '"repeats": 16'),
    "no state": lambda arrays, texts: texts.pop("state"),
    "state is a list": lambda arrays, texts: texts.update(state="[]"),
    "state is NaN": lambda arrays, texts: texts.update(state="NaN"),
    "no tensors": lambda arrays, texts: arrays.clear(),
    "a tensor is missing": lambda arrays, texts: arrays.pop("lanes/0/replicas/0/weights/mlp.stack.0.weight"),
    "other dtype": lambda arrays, texts: arrays.update({name: arrays[name].astype(np.float16) for name in arrays}),
    "a tensor for a number": lambda arrays, texts: arrays.update({"lanes/0/replicas/0/step": LONG}),
    "a tensor below a number": lambda arrays, texts: arrays.update({"lanes/0/replicas/0/step/deep/er": LONG}),
    "another pool": lambda arrays, texts: arrays.update({"lanes/1/replicas/0/objective": LONG.reshape(5, 2)}),
    "a pool of an objective without": lambda arrays, texts: arrays.update({"lanes/0/replicas/0/objective": LONG}),
    "a stream of that name": lambda arrays, texts: arrays.update({"shared/data/99999999999 0 0": LONG}),
    "no lanes": state(lanes={}),
    "negative step": state(*FIRST, step=-1),
    "huge step": state(*FIRST, step=10**25),
    "true step": state(*FIRST, step=True),
    "other status": state(*FIRST, status="happy"),
    "sampler step": state("lanes", "0", "particles", "state", step=51),
    "spacing of a history": state(*FIRST, "history", every=0),
    "names of a history": state("lanes", "0", "curves", names=["a", "a"]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_with_a_right_checksum_may_still_be_wrong(saved, name):
    assert refusal(rewritten(saved, CHANGES[name]))


GENERATOR = "lanes/0/replicas/0/noise"


@pytest.mark.parametrize(("left", "following"), [(0, 0), (624, 600), (1, 625), (-5, 630), (624, 2**63)])
def test_a_generator_that_would_read_beyond_its_state_is_refused(saved, left, following):
    def change(arrays, texts):
        array = arrays[GENERATOR] = arrays[GENERATOR].copy()
        array[8:12] = np.frombuffer(left.to_bytes(4, "little", signed=True), np.uint8)
        array[16:24] = np.frombuffer(following.to_bytes(8, "little"), np.uint8)

    assert re.search("noise is not the state of a random generator", refusal(rewritten(saved, change)))


def test_more_than_a_file_may_hold_is_said_before_it_is_written(saved, monkeypatch, tmp_path):
    monkeypatch.setattr(session_files, "MAX_BYTES", 10_000)
    with pytest.raises(
        ValidationError, match="What was learned takes 0 MB, and sessions have at most 0: fewer repeats"
    ):
        session_files.write(tmp_path / "a.safetensors", saved)
    assert not list(tmp_path.iterdir())


# -- generated damage -----------------------------------------------------------------------------------------------

MANY = pytest.param(5000, id="all", marks=[pytest.mark.slow, pytest.mark.timeout(3600)])
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def damage(draw):
    """A function that damages the parts of a file before its checksum is made, or its bytes afterwards."""
    kind = draw(st.sampled_from(["bytes", "cut", "values", "drop", "shape", "dtype", "rename"]))
    place, number = draw(st.floats(0, 1, exclude_max=True)), draw(st.integers(0, 255))
    return kind, place, number, draw(JUNK)


def leaves(values, path=()):
    """The path of every entry of a JSON object."""
    for name, value in values.items():
        yield (*path, name)
        if isinstance(value, dict):
            yield from leaves(value, (*path, name))


def damaged(content, how):
    """The content after the damage `how`."""
    kind, place, number, junk = how
    if kind == "bytes":
        index = int(place * len(content))
        return content[:index] + bytes([number]) + content[index + 1 :]
    if kind == "cut":
        index = int(place * len(content))
        return content[:index] + content[index + number :]
    arrays, texts = tensor_files.from_bytes(content)
    names = sorted(arrays)
    name = names[int(place * len(names))]
    if kind == "values":
        values = json.loads(texts["state"])
        paths = [*leaves(values)]
        *way, last = paths[int(place * len(paths))]
        inner = values
        for step in way:
            inner = inner[step]
        inner[last] = junk
        texts["state"] = json.dumps(values)
    elif kind == "rename":
        arrays[f"{name}/{number}"] = arrays.pop(name)
    elif kind == "drop":
        del arrays[name]
    elif kind == "shape":
        arrays[name] = np.resize(arrays[name], (number % 7, number % 3))
    else:
        arrays[name] = arrays[name].astype([np.float64, np.int64, np.uint8, np.float16, np.bool_][number % 5])
    return tensor_files.to_bytes(arrays, texts)


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
@pytest.mark.parametrize("examples", [pytest.param(60, id="some"), MANY])
def test_generated_damage_is_refused_in_a_sentence_or_is_a_valid_session(saved, examples):
    content = to_bytes(saved)

    @settings(max_examples=examples, deadline=None, database=None, derandomize=True,
              suppress_health_check=[*HealthCheck])  # fmt: skip
    @given(damage())
    def check(how):
        broken = damaged(content, how)
        if refusal(broken):
            return
        session = from_bytes(broken)
        other = Engine("cpu", curve_points=16)
        spec = with_learners(session.spec, None, count(1))
        other.open(session.learners(spec))
        other.apply(spec)
        other.train()
        other.advance()
        assert not any(lane.failure for lane in other.lanes)

    check()
