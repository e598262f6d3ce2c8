"""The knobs of an experiment that a sweep may vary, each with values to begin with. Does not depend on Qt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ncsn_viz.core.knobs import Choice, Integer, Knob, Nested, Real, Settings, Switch, ValidationError, Variant, knobs
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.storage import json_values
from ncsn_viz.lab.sweep.planning import SEED

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)  # of the present value
LANE_PARTS = ("objective", "net", "optimizer", "sampler")


@dataclass(frozen=True)
class VariedChoice:
    """A knob that can be varied: its path, its title in plain English, by lane where it is one's, and some values."""

    path: str
    lane: str
    title: str
    values: tuple[Any, ...]

    @property
    def text(self) -> str:
        """The values as they are written in an input field."""
        return ", ".join(value if isinstance(value, str) else json.dumps(value) for value in self.values)


def choices(spec: Spec) -> list[VariedChoice]:
    """Every knob of a lane and of the experiment that takes a number or a name, those of the chosen lane first."""
    order = sorted(range(len(spec.lanes)), key=lambda index: index != spec.chosen)
    found = [choice for index in order for choice in _of_lane(spec, index)]
    target = [VariedChoice("target.kind", "", "Target", _kinds(knobs(spec)["target"], spec.target.kind))]
    return [*found, *target, *_of(spec.particles, "particles", "", "Particles")]


def parse_values(text: str) -> list[Any]:
    """The values in an input field: numbers, names or other JSON, between commas. Raises ValidationError."""
    if not text.strip():
        raise ValidationError("needs values, like 0.1, 0.3, 1")
    try:
        found = json_values.parse(f"[{text}]")
    except ValidationError:
        return [_value(part.strip()) for part in text.split(",") if part.strip()]
    return list(found)


def _value(text: str) -> Any:
    try:
        return json_values.parse(text)
    except ValidationError:
        return text  # a bare word, like sliced


def _of_lane(spec: Spec, index: int) -> Iterator[VariedChoice]:
    lane, path = spec.lanes[index], f"lanes.{index}"
    known = knobs(lane)
    for part in LANE_PARTS:
        own, title = getattr(lane, part), known[part].label
        if isinstance(known[part], Variant):
            yield VariedChoice(f"{path}.{part}.kind", lane.name, title, _kinds(known[part], own.kind))
        yield from _of(own, f"{path}.{part}", lane.name, title)


def _of(settings: Settings, path: str, lane: str, title: str) -> Iterator[VariedChoice]:
    for name, knob in knobs(settings).items():
        value = getattr(settings, name)
        if isinstance(knob, Nested):
            yield from _of(value, f"{path}.{name}", lane, title)
        elif (values := suggested(knob, value)) and name != SEED and knob.shown:
            yield VariedChoice(f"{path}.{name}", lane, f"{title}: {knob.label or name}", values)


def suggested(knob: Knob, value: Any) -> tuple[Any, ...]:
    """Values about the present one, or all options; none for a knob that is no single number or name."""
    if isinstance(knob, Choice) and not knob.fixed:
        return knob.options
    if isinstance(knob, Switch):
        return (False, True)
    if not isinstance(knob, Real | Integer):
        return ()
    scaled = [factor * value if value else factor * (knob.high if knob.high <= 1 else 1) for factor in FACTORS]
    known = [round(each) if isinstance(knob, Integer) else float(f"{each:.4g}") for each in scaled]
    return tuple(dict.fromkeys(min(max(each, knob.low), knob.high) for each in known))


def _kinds(knob: Knob, present: str) -> tuple[str, ...]:
    assert isinstance(knob, Variant)
    names = [kind.kind for kind in knob.kinds]
    return (present, *(name for name in names if name != present))
