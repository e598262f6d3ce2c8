"""When pictures are made, on a clock of the test."""

from __future__ import annotations

import pytest

from ncsn_viz.lab.experiment import View
from ncsn_viz.lab.worker import pace as module
from ncsn_viz.lab.worker.pace import TOUCHED, Pace


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(module, "perf_counter", made)
    return made


@pytest.mark.parametrize(("pace", "ticks"), [("smooth", 1), ("balanced", 2), ("fast", 6)])
def test_while_somebody_edits_every_tick_has_a_picture_and_at_rest_as_many_as_the_pace_says(clock, pace, ticks):
    made, view = Pace(), View(pace=pace)
    assert made.ticks(view) == 1
    clock.now += TOUCHED + 0.01
    assert made.ticks(view) == ticks
    made.touch()
    assert made.ticks(view) == 1


@pytest.mark.parametrize("pace", ["smooth", "balanced", "fast"])
def test_particles_move_sixty_times_a_second_at_every_pace(clock, pace):
    made, view, moved = Pace(), View(pace=pace), 0
    clock.now += 1.0
    made.ticks_passed(view)
    for _ in range(view.pictures_per_second):
        clock.now += 1 / view.pictures_per_second
        moved += made.ticks_passed(view)
    assert moved == 60


def test_what_a_late_picture_has_missed_is_not_caught_up(clock):
    made = Pace()
    clock.now += 5.0
    assert made.ticks_passed(View(pace="balanced")) == 2
    clock.now += 0.001
    assert made.ticks_passed(View(pace="balanced")) == 1
