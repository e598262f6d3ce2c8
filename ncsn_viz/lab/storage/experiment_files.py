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
MAX_BYTES = 32 * 2**20  # bytes of an experiment; a painting of thousands of strokes takes a few
MAX_DEPTH = 40
COUNTERS_OF_0_1 = frozenset(
    ("train_steps", "sample_steps", "restarts", "restarted", "releases", "hand", "slow_steps")
)  # in the key "run"


def to_text(spec: Spec) -> str:
    """The experiment as JSON with every key, also where it has its default."""
    return json.dumps({"format": FORMAT} | to_json(spec), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def from_text(text: str) -> Spec:
    """An experiment from JSON; every key may be left out. Raises ValidationError."""
    return from_data(parse(text))


def from_data(data: Any) -> Spec:
    """An experiment from parsed JSON. Raises ValidationError."""
    if not isinstance(data, Mapping):
        raise ValidationError('an experiment must be a JSON object, like {"seed": 0}')
    form = data.get("format", FORMAT)
    if form != FORMAT:
        raise ValidationError(f"is {show(form)}, and this program reads {FORMAT!r}", ("format",))
    return from_json(Spec, _upgraded_from_0_1({key: value for key, value in data.items() if key != "format"}))


def _upgraded_from_0_1(data: dict[str, Any]) -> dict[str, Any]:
    """The data of version 0.1 without its `run` key, whose counters of one-shot requests are commands now."""
    run = data.get("run")
    if not isinstance(run, Mapping):
        return data
    playback = {key: value for key, value in run.items() if key not in COUNTERS_OF_0_1}
    return {key: value for key, value in data.items() if key != "run"} | {"playback": playback}


def parse(text: str) -> Any:
    """JSON by the standard: no NaN, no huge numbers, no deep nesting, no key twice. Raises ValidationError."""
    _check_depth(text)
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_int=_integer, object_pairs_hook=_unique_keys)
    except json.JSONDecodeError as error:
        raise ValidationError(f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None


def _check_depth(text: str) -> None:
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            in_string, escaped = character != '"' or escaped, character == "\\" and not escaped
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValidationError("is nested too deeply to be an experiment")
        elif character in "]}":
            depth -= 1


def _refuse_constant(name: str) -> float:
    raise ValidationError(f"holds {name}, which JSON does not know")


def _integer(digits: str) -> int:
    if len(digits) > 30:
        raise ValidationError(f"holds a number of {len(digits)} digits")
    return int(digits)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValidationError(f"has the key {show(key)} twice")
        found[key] = value
    return found


def read(path: Path) -> Spec:
    """The experiment in a file. Raises ValidationError; its message begins with the name."""
    try:
        return from_text(text_of(path, "an experiment"))
    except ValidationError as error:
        raise ValidationError(f"{path.name}: {error}") from None
    except OSError as error:
        raise ValidationError(f"cannot read {path}: {error.strerror or error}") from None


def text_of(path: Path, what: str) -> str:
    """The text in a file that should hold `what`. Raises ValidationError; its message continues the file's name."""
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)  # not all of it: the path may be an endless device
    if len(content) > MAX_BYTES:
        raise ValidationError(f"is larger than {MAX_BYTES // 2**20} MB: too large for {what}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError("is not a text file in UTF-8") from None


def write_safely(path: Path, content: bytes) -> None:
    """Replace the content of a file as a whole, by a temporary file that is synced and renamed."""
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
    """Save an experiment. Raises ValidationError if that fails; an older file is then unchanged."""
    try:
        write_safely(path, to_text(spec).encode())
    except OSError as error:
        raise ValidationError(f"cannot write {path}: {error.strerror or error}") from None


def with_changes(spec: Spec, changes: list[str]) -> Spec:
    """The Spec with changes like `lanes.0.objective.sigma=0.2`. Raises ValidationError."""
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


def _set(data: Any, path: list[str], text: str, full_path: str) -> None:
    *inner, last = path
    value = _value(text)
    for name in inner:
        data = data[_key(data, name, full_path)]
    key = _key(data, last, full_path)
    if isinstance(value, str) and value in KINDS and isinstance(data[key], dict) and "kind" in data[key]:
        data, key = data[key], "kind"  # `lanes.0.objective=sliced` is short for `lanes.0.objective.kind=sliced`
    if key == "kind" and isinstance(value, str) and value in KINDS:
        fresh = to_json(KINDS[value]())
        kept = {name: old for name, old in data.items() if name in fresh}  # knobs that both kinds have
        data.clear()
        data.update(fresh | kept)
    # where the value is a string, `true` and `5` are strings, too
    data[key] = text if key != "kind" and isinstance(data[key], str) and not isinstance(value, str) else value


def _key(data: Any, name: str, full_path: str) -> Any:
    if isinstance(data, list):
        if name.isdecimal() and len(name) < 9 and int(name) < len(data):
            return int(name)
        raise ValidationError(
            f"--set {full_path[:60]}: there is no entry {show(name)}; there are {len(data)}, counted from 0"
        )
    if not isinstance(data, dict):
        raise ValidationError(f"--set {full_path[:60]}: there is no {show(name)} here; {show(data)} has no parts")
    if name not in data:
        raise ValidationError(f"--set {full_path[:60]}: there is no {show(name)} here; {nearest(name, data)}")
    return name
