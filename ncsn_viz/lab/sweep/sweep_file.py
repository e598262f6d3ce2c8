"""The sweep file: an experiment, the knobs that are varied, how long is trained and what is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ncsn_viz.core.knobs import (
    Choice,
    Integer,
    Knob,
    ListOf,
    Real,
    Settings,
    ValidationError,
    from_json,
    knob,
    nearest,
    show,
    to_json,
)
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.metrics import METRICS
from ncsn_viz.lab.storage import experiment_files
from ncsn_viz.lab.sweep.values import parse_values

FORMAT = "ncsn-viz-sweep/1"
STEPS = "steps"  # the path of the one varied number that is no knob of the experiment
MEASURED = ("loss", "loss_floor", "loss_above_floor", *(name for name, metric in METRICS.items() if metric.final))
CURVES = {"fisher_common": "fisher_common", "fisher_data": "fisher", "loss_above_floor": "loss"}  # of the history
MOST_STEPS = 10**9
LEVEL = Real(low=-1e300, high=1e300)
Pairs = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Varied(Knob):
    """Paths of knobs, each with the values that it takes."""

    def parse(self, value: Any) -> Pairs:
        """Pairs of a path and its values. Raises ValidationError."""
        value = dict(value) if isinstance(value, tuple) else value
        if not isinstance(value, Mapping):
            raise ValidationError(f'must be an object like {{"seed": {{"range": [0, 10]}}}}, not {show(value)}')
        found = []
        for path, values in value.items():
            try:
                found.append((path, parse_values(values)))
            except ValidationError as error:
                raise error.at(path) from None
        return tuple(found)

    def dump(self, value: Any) -> Any:
        """The object with lists."""
        return {path: list(values) for path, values in value}


@dataclass(frozen=True, kw_only=True)
class Reached(Knob):
    """Curves, each with the values of it that are waited for."""

    def parse(self, value: Any) -> Pairs:
        """Pairs of the name of a curve (CURVES) and its values. Raises ValidationError."""
        value = dict(value) if isinstance(value, tuple) else value
        if not isinstance(value, Mapping):
            raise ValidationError(f'must be an object like {{"fisher_common": 0.1}}, not {show(value)}')
        for name in value:
            if name not in CURVES:
                raise ValidationError(f"has no curve {show(name)}; {nearest(name, CURVES)}")
        return tuple((name, self._levels(name, levels)) for name, levels in value.items())

    def _levels(self, name: str, levels: Any) -> tuple[float, ...]:
        try:
            return tuple(LEVEL.parse(level) for level in (levels if isinstance(levels, list | tuple) else [levels]))
        except ValidationError as error:
            raise error.at(name) from None

    def dump(self, value: Any) -> Any:
        """The object with lists."""
        return {name: list(levels) for name, levels in value}


@dataclass(frozen=True)
class SweepSettings(Settings):
    """What a sweep file says besides its experiment."""

    vary: Pairs = knob((), Varied(label="Vary"))
    combine: str = knob("product", Choice(options=("product", "zip"), label="Combine"))
    steps: int = knob(0, Integer(low=0, high=MOST_STEPS, label="Steps"))
    metrics: tuple[str, ...] = knob(MEASURED, ListOf(of=Choice(options=MEASURED), label="Metrics"))
    reach: Pairs = knob((), Reached(label="Reach"))

    def __post_init__(self) -> None:
        super().__post_init__()
        lengths = {path: len(values) for path, values in self.vary}
        if self.combine == "zip" and len(set(lengths.values())) > 1:
            counts = ", ".join(f"{path} has {count}" for path, count in lengths.items())
            raise ValidationError(f"combined by zip must have lists of one length: {counts}", ("vary",))
        if len(set(self.metrics)) < len(self.metrics):
            raise ValidationError("names a metric twice", ("metrics",))


@dataclass(frozen=True)
class Sweep:
    """A sweep file whose experiment has been read."""

    spec: Spec
    settings: SweepSettings

    @property
    def vary(self) -> dict[str, tuple[Any, ...]]:
        """The values of every varied knob by its path."""
        return dict(self.settings.vary)


def to_data(sweep: Sweep) -> dict[str, Any]:
    """The sweep as JSON with every key, its experiment inline."""
    return {"format": FORMAT, "experiment": to_json(sweep.spec)} | to_json(sweep.settings)


def from_data(data: Any, folder: Path, steps: int | None = None) -> Sweep:
    """A sweep from parsed JSON, with so many `steps` in place of its own; paths in it are relative to `folder`.

    Raises ValidationError.
    """
    if not isinstance(data, Mapping) or "experiment" not in data:
        example = '{"experiment": "my.json", "vary": {"seed": {"range": [0, 10]}}, "steps": 1000}'
        raise ValidationError(f"a sweep must be a JSON object like {example}")
    form = data.get("format", FORMAT)
    if form != FORMAT:
        raise ValidationError(f"is {show(form)}, and this program reads {FORMAT!r} as a sweep", ("format",))
    rest = {key: value for key, value in data.items() if key not in ("format", "experiment")}
    settings = _with_steps(from_json(SweepSettings, rest), rest, steps)
    return Sweep(_experiment(data["experiment"], folder), settings)


def read(path: Path, steps: int | None = None) -> Sweep:
    """The sweep in a file. Raises ValidationError; its message has the name."""
    return experiment_files.load(path, "a sweep", lambda data: from_data(data, path.parent, steps))


def _with_steps(settings: SweepSettings, given: Mapping[str, Any], steps: int | None) -> SweepSettings:
    varied = STEPS in dict(settings.vary)
    if varied and (steps is not None or STEPS in given):
        other = "--steps" if steps is not None else '"steps"'
        raise ValidationError(f"is varied, and {other} gives one number: keep one of them", ("vary", STEPS))
    if not varied and steps is None and STEPS not in given:
        raise ValidationError('has no "steps", the number of training steps of a run; give it here or by --steps')
    return settings if steps is None else replace(settings, steps=steps)


def _experiment(data: Any, folder: Path) -> Spec:
    if isinstance(data, str):
        return experiment_files.read(folder / data)
    try:
        return experiment_files.from_data(data)
    except ValidationError as error:
        raise error.at("experiment") from None
