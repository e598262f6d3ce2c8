"""Which metrics mean anything for a lane: not those of a network that has diverged, or that is not looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from ncsn_viz.lab.metrics import METRICS
from ncsn_viz.lab.training.history import CHANCE_LEVEL, ERROR

ALWAYS = ("lost", "acceptance", "sigma")  # what the sampler itself reports
ValueT = TypeVar("ValueT")


def meaningful(values: Mapping[str, ValueT], diverged: bool, shows_truth: bool) -> dict[str, ValueT]:
    """Those of `values` by name that mean something.

    Of a `diverged` network none, and none of particles that it has moved. Where the lane `shows_truth`, its particles
    are moved by the exact score: what is measured of them counts, and what is measured of the network concerns nothing
    that is seen.
    """
    if not (diverged or shows_truth):
        return dict(values)
    return {name: value for name, value in values.items() if _counts(name, shows_truth)}


def _counts(name: str, shows_truth: bool) -> bool:
    name = name.removesuffix(ERROR).removesuffix(CHANCE_LEVEL)
    return name in ALWAYS or (shows_truth and name in METRICS and METRICS[name].of_particles)
