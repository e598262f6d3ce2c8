"""Experiments as files: strict reading, safe writing."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ncsn_viz.core.knobs import ValidationError, from_json, nearest, show, to_json
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.storage.kinds import KINDS

FORMAT = "ncsn-viz/1"
LARGEST = 32 * 2**20  # bytes of an experiment; a painting of thousands of strokes takes a few
DEEPEST = 40
COUNTERS_OF_0_1 = frozenset(
    ("train_steps", "sample_steps", "restarts", "restarted", "releases", "hand", "slow_steps")
)  # in the key "run"


def to_text(spec: Spec) -> str:
    """The experiment as JSON, complete, with every default filled in."""
    return json.dumps({"format": FORMAT} | to_json(spec), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def from_text(text: str) -> Spec:
    """An experiment from JSON; every key may be left out. Raises BadValue with one clear sentence."""
    return from_data(parse(text))


def from_data(data: Any) -> Spec:
    """An experiment from parsed JSON. Raises BadValue."""
    if not isinstance(data, Mapping):
        raise ValidationError('an experiment must be a JSON object, like {"seed": 0}')
    form = data.get("format", FORMAT)
    if form != FORMAT:
        raise ValidationError(f"is {show(form)}, and this program reads {FORMAT!r}", ("format",))
    return from_json(Spec, _without_counters({key: value for key, value in data.items() if key != "format"}))


def _without_counters(data: dict[str, Any]) -> dict[str, Any]:
    """The data of version 0.1 without its `run` key, whose counters of one-shot requests are commands now."""
    run = data.get("run")
    if not isinstance(run, Mapping):
        return data
    playback = {key: value for key, value in run.items() if key not in COUNTERS_OF_0_1}
    return {key: value for key, value in data.items() if key != "run"} | {"playback": playback}


def parse(text: str) -> Any:
    """JSON as the standard has it: no NaN, no huge numbers, no endless nesting, no key twice. Raises BadValue."""
    _check_depth(text)
    try:
        return json.loads(text, parse_constant=_no_constant, parse_int=_whole, object_pairs_hook=_no_key_twice)
    except json.JSONDecodeError as error:
        raise ValidationError(f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None


def _check_depth(text: str) -> None:
    depth, inside, escaped = 0, False, False
    for letter in text:
        if inside:
            inside, escaped = letter != '"' or escaped, letter == "\\" and not escaped
        elif letter == '"':
            inside = True
        elif letter in "[{":
            depth += 1
            if depth > DEEPEST:
                raise ValidationError("is nested too deeply to be an experiment")
        elif letter in "]}":
            depth -= 1


def _no_constant(name: str) -> float:
    raise ValidationError(f"holds {name}, which JSON does not know")


def _whole(digits: str) -> int:
    if len(digits) > 30:
        raise ValidationError(f"holds a number of {len(digits)} digits")
    return int(digits)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValidationError(f"has the key {show(key)} twice")
        found[key] = value
    return found


def read(path: Path) -> Spec:
    """The experiment in a file. Raises BadValue, its sentence beginning with the file's name."""
    try:
        return from_text(text_of(path, "an experiment"))
    except ValidationError as error:
        raise ValidationError(f"{path.name}: {error}") from None
    except OSError as error:
        raise ValidationError(f"cannot read {path}: {error.strerror or error}") from None


def text_of(path: Path, what: str) -> str:
    """The text in a file that should hold `what`. Raises BadValue, a sentence that continues the file's name."""
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)  # and no more: the path may be a device without end
    if len(content) > LARGEST:
        raise ValidationError(f"is larger than {LARGEST // 2**20} MB: too large for {what}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError("is not a text file in UTF-8") from None


def write_safely(path: Path, content: bytes) -> None:
    """Write a file so that whatever happens, either the old or the new content is there: write, sync, rename."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write(path: Path, spec: Spec) -> None:
    """Save an experiment. Raises BadValue if the disk does not take it; an older file is then as it was."""
    try:
        write_safely(path, to_text(spec).encode())
    except OSError as error:
        raise ValidationError(f"cannot write {path}: {error.strerror or error}") from None


def with_changes(spec: Spec, changes: list[str]) -> Spec:
    """The Spec with changes like `lanes.0.objective.sigma=0.2` made to it. Raises BadValue."""
    data = to_json(spec)
    for change in changes:
        path, found, text = change.partition("=")
        if not found or not path:
            raise ValidationError(f"--set needs NAME=VALUE, like lanes.0.objective.sigma=0.2, not {show(change)}")
        _set(data, path.split("."), text, path)
    return from_data(data)


def _value(text: str) -> Any:
    try:
        return parse(text)
    except ValidationError:
        return text  # a bare word, like `--set lanes.0.net.activation=tanh`


def _set(data: Any, path: list[str], text: str, whole: str) -> None:
    *inner, last = path
    value = _value(text)
    for name in inner:
        data = data[_key(data, name, whole)]
    key = _key(data, last, whole)
    if isinstance(value, str) and value in KINDS and isinstance(data[key], dict) and "kind" in data[key]:
        data, key = data[key], "kind"  # `lanes.0.objective=sliced` is short for `lanes.0.objective.kind=sliced`
    if key == "kind" and isinstance(value, str) and value in KINDS:
        fresh = to_json(KINDS[value]())
        kept = {name: old for name, old in data.items() if name in fresh}  # knobs that the kind before had, too
        data.clear()
        data.update(fresh | kept)
    # where there is a word, `true` and `5` are words as well
    data[key] = text if key != "kind" and isinstance(data[key], str) and not isinstance(value, str) else value


def _key(data: Any, name: str, whole: str) -> Any:
    if isinstance(data, list):
        if name.isdecimal() and len(name) < 9 and int(name) < len(data):
            return int(name)
        raise ValidationError(
            f"--set {whole[:60]}: there is no entry {show(name)}; there are {len(data)}, counted from 0"
        )
    if not isinstance(data, dict):
        raise ValidationError(f"--set {whole[:60]}: there is no {show(name)} here; {show(data)} has no parts")
    if name not in data:
        raise ValidationError(f"--set {whole[:60]}: there is no {show(name)} here; {nearest(name, data)}")
    return name
