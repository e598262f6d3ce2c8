"""Experiments as files: strict reading, safe writing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ncsn_viz.core.knobs import ValidationError, from_json, nearest, show, to_json
from ncsn_viz.core.samplers import SAMPLERS
from ncsn_viz.lab.experiment import LaneSpec, Spec, with_objective, with_sampler_kind
from ncsn_viz.lab.storage import json_values
from ncsn_viz.lab.storage.files import named, read_bytes, write_safely
from ncsn_viz.lab.storage.kinds import KINDS

FORMAT = "ncsn-viz/1"
MAX_BYTES = 64 * 2**20  # bytes of an experiment; a painting with a million points takes forty million
COUNTERS_OF_0_1 = frozenset(
    ("train_steps", "sample_steps", "restarts", "restarted", "releases", "hand", "slow_steps")
)  # in the key "run"
T = TypeVar("T")


def to_text(spec: Spec) -> str:
    """The experiment as JSON with every key, also where it has its default."""
    return json_values.to_text({"format": FORMAT} | to_json(spec))


def from_text(text: str) -> Spec:
    """An experiment from JSON; every key may be left out. Raises ValidationError."""
    return from_data(json_values.parse(text))


def from_data(data: Any) -> Spec:
    """An experiment from parsed JSON; without a region of its own the view shows the window. Raises ValidationError."""
    if not isinstance(data, Mapping):
        raise ValidationError('an experiment must be a JSON object, like {"seed": 0}')
    form = data.get("format", FORMAT)
    if form != FORMAT:
        raise ValidationError(f"is {show(form)}, and this program reads {FORMAT!r}", ("format",))
    spec, view = (
        from_json(Spec, _upgraded_from_0_1({key: data[key] for key in data if key != "format"})),
        data.get("view"),
    )
    return spec if isinstance(view, Mapping) and "region" in view else spec.in_sight()


def _upgraded_from_0_1(data: dict[str, Any]) -> dict[str, Any]:
    """The data of version 0.1 without its `run` key, whose counters of one-shot requests are commands now."""
    run = data.get("run")
    if not isinstance(run, Mapping):
        return data
    playback = {key: value for key, value in run.items() if key not in COUNTERS_OF_0_1}
    return {key: value for key, value in data.items() if key != "run"} | {"playback": playback}


def read(path: Path, pipe: bool = False) -> Spec:
    """The experiment in a file, or from a `pipe` where allowed. Raises ValidationError; its message has the name."""
    return load(path, "an experiment", from_data, pipe)


def load(path: Path, what: str, build: Callable[[Any], T], pipe: bool = False) -> T:
    """What `build` makes of the JSON in a file that should hold `what`. Raises ValidationError, and nothing else."""
    with named(path):
        return build(json_values.parse(_text(path, what, pipe)))


def _text(path: Path, what: str, pipe: bool) -> str:
    try:
        return read_bytes(path, MAX_BYTES, what, pipe).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError("is not a text file in UTF-8") from None


def write(path: Path, spec: Spec) -> None:
    """Save an experiment. Raises ValidationError if that fails; an older file is then unchanged."""
    try:
        write_safely(path, readable(to_text(spec)))
    except OSError as error:
        raise ValidationError(f"cannot write {path}: {error.strerror or error}") from None


def readable(text: str) -> bytes:
    """The text in UTF-8. Raises ValidationError where it is too large to be read again."""
    content = text.encode()
    if len(content) > MAX_BYTES:
        raise ValidationError(
            f"What is painted takes {len(content) / 2**20:.0f} MB, and files have at most {MAX_BYTES // 2**20}: "
            "remove some strokes"
        )
    return content


def with_changes(spec: Spec, changes: list[str]) -> Spec:
    """The Spec with changes like `lanes.0.objective.sigma=0.2`. Raises ValidationError.

    Another objective, and another kind of sampler, bring what fits them, as in the window, unless that is given, too.
    """
    return _with_texts(spec, [_path_and_text(change) for change in changes], "--set ")


def with_values(spec: Spec, values: Mapping[str, Any]) -> Spec:
    """The Spec with JSON values by their paths, like `lanes.0.objective.sigma`, as `with_changes`.

    Raises ValidationError, also where the Spec has no such path.
    """
    return _with_texts(spec, [(path.split("."), json.dumps(value)) for path, value in values.items()], "")


def _with_texts(spec: Spec, pairs: list[tuple[list[str], str]], prefix: str) -> Spec:
    """The Spec with texts of values by their paths; errors name a path with `prefix` in front of it."""
    data = to_json(spec)
    objectives = [pair for pair in pairs if _is_objective(pair[0])]
    for path, text in objectives:
        _set(data, path, text, prefix)
    for index in {int(path[1]) for path, _ in objectives}:
        _fit_to_objective(data["lanes"][index], spec.lanes[index])
    for path, text in pairs:
        if not _is_objective(path) and not _set_sampler_kind(data, path, text, prefix):
            _set(data, path, text, prefix)
    return from_data(data)


def _path_and_text(change: str) -> tuple[list[str], str]:
    path, found, text = change.partition("=")
    if not found or not path:
        raise ValidationError(f"--set needs NAME=VALUE, like lanes.0.objective.sigma=0.2, not {show(change)}")
    return path.split("."), text


def _is_objective(path: list[str]) -> bool:
    return path[0] == "lanes" and path[2:3] == ["objective"]


def _fit_to_objective(lane: dict[str, Any], before: LaneSpec) -> None:
    """Give a lane, as JSON, the network and the sampler that fit its new objective, of which `before` has the old."""
    try:
        objective = from_json(LaneSpec, {"objective": lane["objective"]}).objective
    except ValidationError:  # which is raised again where all of it is parsed
        return
    after = to_json(with_objective(before, objective))
    lane.update(net=after["net"], sampler=after["sampler"])


def _set_sampler_kind(data: Any, path: list[str], text: str, prefix: str) -> bool:
    """Set another kind of sampler in a lane, if that is what the change does. Whether it is."""
    kind = next((cls for cls in SAMPLERS if cls.kind == _value(text)), None)
    if kind is None or path[0] != "lanes" or path[2:] not in (["sampler"], ["sampler", "kind"]):
        return False
    lane = data["lanes"][_key(data["lanes"], path[1], prefix + ".".join(path))]
    lane["sampler"] = to_json(with_sampler_kind(from_json(LaneSpec, lane), kind).sampler)
    return True


def _value(text: str) -> Any:
    try:
        return json_values.parse(text)
    except ValidationError:
        return text  # a bare word, like `--set lanes.0.net.activation=tanh`


def _set(data: Any, path: list[str], text: str, prefix: str) -> None:
    *inner, last = path
    value, full_path = _value(text), prefix + ".".join(path)
    for name in inner:
        data = data[_key(data, name, full_path)]
    key = _key(data, last, full_path)
    if isinstance(value, str) and value in KINDS and isinstance(data[key], dict) and "kind" in data[key]:
        data, key = data[key], "kind"  # `lanes.0.objective=sliced` is short for `lanes.0.objective.kind=sliced`
    if key == "kind" and isinstance(value, str) and value in KINDS:
        fresh, before = to_json(KINDS[value]()), to_json(KINDS[data["kind"]]())
        # of the knobs that both kinds have, those that are not defaults: these suit their own kind, as in `carry_over`
        kept = {name: old for name, old in data.items() if name in fresh and old != before.get(name, old)}
        data.clear()
        data.update(fresh | kept)
    # where the value is a string, `true` and `5` are strings, too
    data[key] = text if key != "kind" and isinstance(data[key], str) and not isinstance(value, str) else value


def _key(data: Any, name: str, full_path: str) -> Any:
    if isinstance(data, list):
        if name.isdecimal() and len(name) < 9 and int(name) < len(data):
            return int(name)
        raise ValidationError(
            f"{full_path[:66]}: there is no entry {show(name)}; there are {len(data)}, counted from 0"
        )
    if not isinstance(data, dict):
        raise ValidationError(f"{full_path[:66]}: there is no {show(name)} here; {show(data)} has no parts")
    if name not in data:
        raise ValidationError(f"{full_path[:66]}: there is no {show(name)} here; {nearest(name, data)}")
    return name
