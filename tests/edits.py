"""Edits of experiments: every knob at both of its ends, and knobs at random.

The generator of the tests that no setting of the listing breaks a running experiment or a headless run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from helpers import random_value

from ncsn_viz.core import knobs as k
from ncsn_viz.core.targets import Moons, Painted
from ncsn_viz.core.targets.painting import Stroke
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Spec, View
from ncsn_viz.lab.storage import REGISTRIES, experiment_files

PARTS = {"targets": "target", "objectives": "objective", "nets": "net", "samplers": "sampler"}
OTHERS = {"particles": Particles, "optimizer": Optimizer}
SMALL = Spec(lanes=(LaneSpec(),), particles=Particles(count=50), view=View(pixels=32))


@dataclass(frozen=True)
class Edit:
    """A change of an experiment: the value of a knob, by its path in the file; `base` is the experiment before it."""

    base: Spec
    path: tuple[str | int, ...]
    value: Any

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path))}={str(self.value)[:40]}"

    def apply(self) -> Spec:
        """The experiment after it. Raises ValidationError."""
        data = k.to_json(self.base)
        place = data
        for name in self.path[:-1]:
            place = place[name]
        place[self.path[-1]] = self.value
        return experiment_files.from_data(data)


def with_kind(registry: str, cls: type[k.Kind]) -> Spec:
    """A small experiment in which this kind has its defaults, with what fits it beside it."""
    if registry == "targets":
        marks = {"base": Moons(), "strokes": (Stroke(points=((0.0, 0.0), (2.0, 1.0))),)} if cls is Painted else {}
        return replace(SMALL, target=cls(**marks))
    lane = {PARTS[registry]: {"kind": cls.kind}}
    data = {"lanes": [lane], "particles": {"count": 50}, "view": {"pixels": 32}}
    return experiment_files.from_data(data)


def knob_ends() -> Iterator[Edit]:
    """Every knob of every kind, of the particles, the optimiser and the experiment itself at both ends."""
    for registry, part in PARTS.items():
        for cls in REGISTRIES[registry]:
            base = with_kind(registry, cls)
            path = ("target",) if part == "target" else ("lanes", 0, part)
            yield from _ends(base, path, cls)
    yield from _ends(SMALL, ("particles",), Particles)
    yield from _ends(SMALL, ("lanes", 0, "optimizer"), Optimizer)
    yield from (Edit(SMALL, (name,), end) for name in ("seed", "repeats") for end in ends(k.knobs(Spec)[name]))


def _ends(base: Spec, path: tuple[str | int, ...], cls: type[k.Settings]) -> Iterator[Edit]:
    for name, knob in k.knobs(cls).items():
        if not knob.fixed:
            yield from (Edit(base, (*path, name), end) for end in ends(knob))


def ends(knob: k.Knob) -> tuple[Any, ...]:
    """The ends of a knob, as JSON: bounds of numbers, every option, shortest and longest lists."""
    match knob:
        case k.Real() | k.Integer():
            return knob.low, knob.high
        case k.Choice():
            return tuple(knob.options)
        case k.Switch():
            return False, True
        case k.Numbers():
            rows = [[end] * knob.width if knob.width else end for end in (knob.low, knob.high)]
            return tuple([row] * max(1, knob.min_count) for row in rows)
        case k.Variant():
            return tuple({"kind": kind.kind} for kind in knob.kinds)
    return ()


def random_edits(seed: int, count: int) -> Iterator[Spec]:
    """Experiments, each from the one before by a knob of a lane, of the particles or of the target drawn at random."""
    rng, spec = random.Random(seed), SMALL
    while count:
        edit = _random_edit(spec, rng)
        try:
            spec = edit.apply()
        except k.ValidationError:
            continue
        count -= 1
        yield spec


def _random_edit(spec: Spec, rng: random.Random) -> Edit:
    part = rng.choice([*PARTS.values(), *OTHERS, "kind"])
    if part == "kind":
        registry = rng.choice(list(PARTS))
        part = PARTS[registry]
        path = ("target",) if part == "target" else ("lanes", 0, part)
        return Edit(spec, path, {"kind": rng.choice(REGISTRIES[registry]).kind})
    holder = spec if part in ("target", "particles") else spec.lanes[0]
    path = (part,) if holder is spec else ("lanes", 0, part)
    settings = getattr(holder, part)
    knobs = {name: knob for name, knob in k.knobs(settings).items() if not knob.fixed}
    if not knobs:
        return Edit(spec, ("seed",), rng.randrange(100))
    name = rng.choice(list(knobs))
    return Edit(spec, (*path, name), knobs[name].dump(random_value(knobs[name], rng)))
