"""Own presets: saved, renamed, removed, and never lost to a broken file beside them."""

from __future__ import annotations

import os
import re

import pytest

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.targets import Moons, Painted, Rings
from ncsn_viz.core.targets.painting import Blob, ImageMark, Stroke, encode_pixels
from ncsn_viz.lab.storage import preset_store
from ncsn_viz.lab.storage.preset_store import MAX_NAME_LENGTH, Preset, PresetStore

PAINTED = Painted(base=Moons(), strokes=(Stroke(points=((1, 2),)), Blob(), ImageMark(pixels=encode_pixels([0.0, 1.0]))))


@pytest.fixture
def store(tmp_path):
    return PresetStore(tmp_path / "not yet" / "there")


def test_round_trip_in_the_order_of_names(store):
    assert store.presets() == ([], [])
    store.save("zebra", Rings())
    store.save("My  painting \n", PAINTED)
    found, errors = store.presets()
    assert found == [Preset("My painting", PAINTED), Preset("zebra", Rings())]
    assert errors == []


@pytest.mark.parametrize(
    "name",
    [
        "../../etc",
        "a/b",
        "con",
        ".",
        "σ 한글",
        "a" * MAX_NAME_LENGTH,
        "C:\\x",
        "a*?b",
        "x\u202ey",
        "nul",
        "COM1",
        "😀" * 40,
        "界" * 40,
    ],
)
def test_any_name_stays_in_the_folder(store, name):
    store.save(name, Moons())
    (file,) = store.folder.iterdir()
    assert file.parent == store.folder
    assert store.presets()[0][0].target == Moons()
    assert re.fullmatch(r"[a-z0-9_]+\.json", file.name)  # as every file system takes it
    assert len(file.name) < 120
    assert file.stem not in ("con", "nul", "com1")
    store.rename(store.presets()[0][0].name, "else")
    store.remove("else")
    assert store.presets() == ([], [])


def test_names_that_look_alike_do_not_overwrite(store):
    store.save("a b", Moons())
    for taken in ("a b", "A B", " a  b "):
        with pytest.raises(ValidationError, match="already"):
            store.save(taken, Rings())
    store.save("a_20_b", Rings())
    assert len(store.presets()[0]) == 2


@pytest.mark.parametrize("name", ["", "   ", "\n", "a" * (MAX_NAME_LENGTH + 1)])
def test_bad_names_are_refused(store, name):
    with pytest.raises(ValidationError, match="name of 1 to"):
        store.save(name, Moons())


def test_rename_and_remove(store):
    store.save("one", Moons())
    store.save("two", Rings())
    with pytest.raises(ValidationError, match="already"):
        store.rename("one", "two")
    store.rename("one", "One")
    store.rename("One", "three")
    assert [preset.name for preset in store.presets()[0]] == ["three", "two"]
    store.remove("three")
    store.remove("nothing")
    assert store.presets()[0] == [Preset("two", Rings())]


def test_a_preset_whose_file_has_another_name_is_renamed_and_removed_as_well(store):
    """Copied from elsewhere, or written before names of files were kept to plain letters."""
    store.save("한글", Moons())
    (file,) = store.folder.iterdir()
    file.rename(store.folder / "copied.json")
    with pytest.raises(ValidationError, match="already"):
        store.save("한글", Rings())
    store.rename("한글", "two")
    assert store.presets()[0] == [Preset("two", Moons())]
    assert [path.name for path in store.folder.iterdir()] == ["two.json"]
    (store.folder / "two.json").rename(store.folder / "copied.json")
    store.remove("two")
    assert store.presets()[0] == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes there")
def test_a_pipe_among_the_presets_is_left_out(store):
    store.save("fine", Moons())
    os.mkfifo(store.folder / "pipe.json")
    assert store.presets() == ([Preset("fine", Moons())], [
        "A preset of yours could not be read and was left out: pipe.json: is a pipe, not a file."
    ])  # fmt: skip


def test_of_two_presets_with_one_name_the_second_is_left_out(store):
    store.save("mine", Moons())
    (store.folder / "n.json").write_bytes((store.folder / "mine.json").read_bytes())
    found, errors = store.presets()
    assert found == [Preset("mine", Moons())]
    assert errors == [
        "A preset of yours could not be read and was left out: n.json: is called “mine”, as another one is."
    ]


def test_more_presets_than_are_shown_are_told(store, monkeypatch):
    monkeypatch.setattr(preset_store, "MAX_PRESETS", 2)
    for name in "abc":
        store.save(name, Moons())
    found, errors = store.presets()
    assert len(found) == 2
    assert "Only 2 of your 3 presets are shown" in errors[0]


BROKEN = {
    "empty": b"",
    "binary": b"\xff\xfe",
    "no preset": b'{"seed": 3}',
    "cut": b'{"format": "ncsn-viz-preset/1", "name": "x", "tar',
    "no such target": b'{"format": "ncsn-viz-preset/1", "name": "x", "target": {"kind": "mooons"}}',
    "no name": b'{"format": "ncsn-viz-preset/1", "target": "moons"}',
    "not finite": b'{"format": "ncsn-viz-preset/1", "name": "x", "target": {"kind": "moons", "width": NaN}}',
    "a list": b"[]",
    "a wrong type": b'{"format": "ncsn-viz-preset/1", "name": "x", "target": {"kind": "painted", '
    b'"strokes": [{"kind": "picture", "pixels": [1]}]}}',
    "a name of no text": b'{"format": "ncsn-viz-preset/1", "name": ["x"], "target": "moons"}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_left_out_reported_and_unchanged(store, name):
    store.save("fine", Moons())
    (store.folder / "broken.json").write_bytes(BROKEN[name])
    found, errors = store.presets()
    assert found == [Preset("fine", Moons())]
    assert len(errors) == 1
    assert "broken.json" in errors[0]
    assert (store.folder / "broken.json").read_bytes() == BROKEN[name]


def test_a_disk_that_does_not_take_it_gives_a_sentence(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ValidationError, match="cannot save the preset"):
        PresetStore(tmp_path / "file" / "presets").save("x", Moons())
    assert os.listdir(tmp_path) == ["file"]
