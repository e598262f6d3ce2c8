"""Noise schedules: where levels lie, and that objectives and samplers take theirs from the one that is named."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from ncsn_viz.core import schedules
from ncsn_viz.core.knobs import ValidationError, knobs, to_json
from ncsn_viz.core.objectives import NCSN
from ncsn_viz.core.samplers import AnnealedLangevin, PredictorCorrector, ProbabilityFlow, ReverseSDE
from ncsn_viz.core.schedules import SCHEDULE, Geometric, Schedule

SCHEDULED = (NCSN, AnnealedLangevin, ReverseSDE, PredictorCorrector, ProbabilityFlow)


@dataclass(frozen=True)
class Linear(Schedule):
    """Even steps."""

    kind = "linear"
    title = "Linear"
    about = "Even steps."

    def sigmas(self, levels):
        return tuple(torch.linspace(self.sigma_max, self.sigma_min, levels).tolist())


@pytest.fixture
def two(monkeypatch):
    """Another schedule, as if it stood in the list."""
    monkeypatch.setattr(schedules, "SCHEDULES", (Geometric, Linear))
    options, titles = SCHEDULE.options, SCHEDULE.titles
    object.__setattr__(SCHEDULE, "options", ("geometric", "linear"))
    object.__setattr__(SCHEDULE, "titles", ("Geometric", "Linear"))
    yield
    object.__setattr__(SCHEDULE, "options", options)
    object.__setattr__(SCHEDULE, "titles", titles)


def test_geometric():
    assert Geometric(8, 0.5).sigmas(5) == (8, pytest.approx(4), pytest.approx(2), pytest.approx(1), 0.5)
    assert Geometric(8, 0.5).sigmas(1) == (0.5,)
    assert Geometric(3, 3).sigmas(3) == (3, 3, 3)


@pytest.mark.parametrize("cls", SCHEDULED, ids=lambda cls: cls.kind)
def test_one_schedule_alone_is_no_setting(cls):
    assert knobs(cls)["schedule"].fixed
    assert "schedule" not in to_json(cls())
    with pytest.raises(ValidationError, match="schedule"):
        cls(schedule="linear")


@pytest.mark.parametrize("cls", SCHEDULED, ids=lambda cls: cls.kind)
def test_levels_are_those_of_the_chosen_schedule(cls, two):
    made = cls(sigma_max=4.0, sigma_min=1.0, schedule="linear", **({} if "steps" in knobs(cls) else {"levels": 7}))
    found = made.sigmas()
    assert found == pytest.approx(torch.linspace(4, 1, len(found)).tolist())
    assert len(found) > 2
    assert to_json(made)["schedule"] == "linear"
    assert cls(sigma_max=4.0, sigma_min=1.0).sigmas() == Geometric(4.0, 1.0).sigmas(len(cls().sigmas()))


@pytest.mark.parametrize("cls", SCHEDULED, ids=lambda cls: cls.kind)
def test_the_smallest_level_may_not_exceed_the_largest(cls):
    with pytest.raises(ValidationError, match="sigma_min must not exceed sigma_max = 1, but is 2"):
        cls(sigma_max=1.0, sigma_min=2.0)
