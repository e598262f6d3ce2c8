"""The runs of a sweep: every one known, and known to be possible, before the first one starts."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ncsn_viz.core.knobs import Integer, ValidationError, knobs, show
from ncsn_viz.lab.experiment import Experiment, Spec
from ncsn_viz.lab.storage import experiment_files
from ncsn_viz.lab.sweep.sweep_file import MOST_STEPS, STEPS, Sweep

MOST_RUNS = 100_000
SEED = "seed"
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """The runs of a sweep, numbered from 0, and the most lanes that any of them has."""

    sweep: Sweep
    combinations: tuple[Values, ...]
    num_lanes: int

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The varied knobs besides the seed."""
        return tuple(path for path in self.sweep.vary if path != SEED)

    def __len__(self) -> int:
        return len(self.combinations)

    def spec(self, run: int) -> Spec:
        """The experiment of a run."""
        return spec_with(self.sweep.spec, self.combinations[run])

    def steps(self, run: int) -> int:
        """The training steps of a run."""
        return int(self.combinations[run].get(STEPS, self.sweep.settings.steps))

    def seed(self, run: int) -> int:
        """The seed of a run."""
        return int(self.combinations[run].get(SEED, self.sweep.spec.seed))

    def setting(self, run: int) -> tuple[str, ...]:
        """What a run has in common with those that differ from it in their seed alone: values as JSON by `paths`."""
        return tuple(json.dumps(self.combinations[run][path]) for path in self.paths)

    def of_setting(self) -> dict[tuple[str, ...], list[int]]:
        """The runs by their setting."""
        found: dict[tuple[str, ...], list[int]] = {}
        for run in range(len(self)):
            found.setdefault(self.setting(run), []).append(run)
        return found


def plan(sweep: Sweep) -> Plan:
    """All runs of the sweep, each of them validated. Raises ValidationError for the first one that is impossible."""
    values = sweep.vary
    count = math.prod(map(len, values.values())) if sweep.settings.combine == "product" else 1
    if count > MOST_RUNS:
        raise ValidationError(f"makes {count:,} runs, and there may be {MOST_RUNS:,}", ("vary",))
    for path, check in ((SEED, knobs(Experiment)[SEED]), (STEPS, Integer(low=0, high=MOST_STEPS))):
        for value in values.get(path, ()):
            try:
                check.parse(value)
            except ValidationError as error:
                raise error.at(path).at("vary") from None
    runs = tuple(dict(zip(values, each, strict=True)) for each in _combined(sweep))
    return Plan(sweep, runs, _most_lanes(sweep.spec, runs))


def spec_with(spec: Spec, values: Values) -> Spec:
    """The experiment with the values of its varied knobs."""
    return experiment_files.with_values(spec, {path: value for path, value in values.items() if path != STEPS})


def _combined(sweep: Sweep) -> Iterator[tuple[Any, ...]]:
    lists = sweep.vary.values()
    if sweep.settings.combine == "product" or not lists:
        return itertools.product(*lists)
    return zip(*lists, strict=True)


def _most_lanes(spec: Spec, runs: tuple[Values, ...]) -> int:
    """The most lanes of a run. Raises ValidationError where a run is impossible."""
    found: dict[str, int] = {}  # by setting: neither the seed nor the steps make it impossible
    for values in runs:
        setting = {path: value for path, value in values.items() if path not in (SEED, STEPS)}
        key = json.dumps(setting)
        if key not in found:
            found[key] = len(_checked(spec, setting).lanes)
    return max(found.values())


def _checked(spec: Spec, setting: Values) -> Spec:
    try:
        return spec_with(spec, setting)
    except ValidationError as error:
        if len(setting) < 2:
            raise
        with_values = ", ".join(f"{path} = {show(value)}" for path, value in setting.items())
        raise ValidationError(f"{error} (with {with_values})") from None
