"""The benchmarks: the references are what they claim to be, and the reports are right."""

from __future__ import annotations

import itertools
import json
import math

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from ncsn_viz.core.nets import NETS
from ncsn_viz.core.objectives import OBJECTIVES
from ncsn_viz.core.targets import Moons
from ncsn_viz.lab import bench
from ncsn_viz.lab.bench import machine, reference, table, timing
from ncsn_viz.lab.bench.base import Figure, Row, Setting, at_least, at_most
from ncsn_viz.lab.bench.figures.tangents import OBJECTIVES as SECOND
from ncsn_viz.lab.bench.figures.tangents import step
from ncsn_viz.lab.bench.timing import Times

BRISK = Setting(quick=True, scale=0.001)


# -- what is compared with ------------------------------------------------------------------------------------------


def test_the_products_are_those_of_a_real_step():
    with FlopCounterMode(display=False) as floor:
        reference.products(torch.device("cpu"))()
    with FlopCounterMode(display=False) as real:
        reference.network()(torch.randn(reference.BATCH, 2)).sum().backward()
    assert floor.get_total_flops() == real.get_total_flops() > 1e8


def test_more_passes_are_as_many_products():
    counts = []
    for passes in (1, 3):
        with FlopCounterMode(display=False) as found:
            reference.products(torch.device("cpu"), passes)()
        counts.append(found.get_total_flops())
    assert counts[1] == 3 * counts[0]


def test_the_bare_loop_learns():
    torch.manual_seed(0)
    step = reference.denoising(3 + torch.randn(10_000, 2), sigma=1.0)
    losses = [float(step()) for _ in range(80)]
    floor = 2 / 2 - 0.5 * 2 / (1 + 1)  # D/(2σ²) − ½E‖∇log p_σ‖² of a normal density with variance 1 + σ²
    assert abs(sum(losses[-20:]) / 20 - floor) < 0.05
    assert sum(losses[:5]) / 5 > 1.5 * floor


# -- timing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("objective", SECOND, ids=lambda objective: objective.kind)
@pytest.mark.parametrize("kind", NETS, ids=lambda kind: kind.kind)
def test_both_ways_to_second_derivatives_learn_alike(kind, objective):
    """The same losses, step after step: what is compared does the same work."""
    truth, settings = Moons().build(), kind(hidden=16, layers=2)
    forward, twice = (step(objective, settings, truth, "cpu", way) for way in (False, True))
    losses = [(float(forward()), float(twice())) for _ in range(5)]
    assert max(abs(one - other) for one, other in losses) < 1e-3 * max(abs(one) for one, _ in losses)
    assert abs(losses[0][0] - losses[-1][0]) > 1e-3


def test_tasks_take_turns(monkeypatch):
    called = []
    monkeypatch.setattr(timing, "_calls", lambda *_: 2)
    timing.interleaved({"a": lambda: called.append("a"), "b": lambda: called.append("b")}, Setting(), 3, 3)
    assert "".join(called) == "aabb" * 3


def test_a_task_that_takes_three_times_as_long_has_a_ratio_of_three(monkeypatch):
    clock = itertools.count()
    now = [0.0]
    monkeypatch.setattr(timing, "perf_counter", lambda: now[0])
    monkeypatch.setattr(timing, "process_time", lambda: 2 * now[0])

    def spend(seconds):
        now[0] += seconds * (1 + 0.5 * (next(clock) % 2))  # noise that is not the same for both

    times = timing.interleaved({"a": lambda: spend(0.03), "b": lambda: spend(0.01)}, Setting(), 5, 5)
    row = timing.rate("a", times["a"], times["b"], "b", "calls/s", amount=10)
    assert row.ratio == pytest.approx(3, rel=0.2)
    assert row.cpu == pytest.approx(3, rel=0.2)
    assert row.value == pytest.approx(10 / 0.0375, rel=0.2)
    assert row.low <= row.ratio <= row.high


def test_ratios_are_taken_round_by_round():
    slow_then_fast = Times((2.0, 20.0, 4.0), (1.0, 1.0, 1.0)), Times((1.0, 10.0, 2.0), (1.0, 1.0, 1.0))
    row = timing.duration("x", *slow_then_fast, "y")
    assert (row.low, row.ratio, row.high) == (2.0, 2.0, 2.0)


# -- figures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("figure", bench.FIGURES, ids=lambda figure: figure.name)
def test_every_figure_yields_rows(figure):
    rows = list(figure.rows(BRISK))
    assert rows
    assert not [row.note for row in rows if row.note.startswith("failed")]
    assert len({row.name for row in rows}) == len(rows)
    if figure.name == "training":
        assert {f"training.{kind.kind}" for kind in OBJECTIVES} <= {row.name for row in rows}
    for row in rows:
        assert row.name.startswith(f"{figure.name}.")
        measured = [value for value in (row.value, row.ratio) if value is not None]
        assert all(math.isfinite(value) and value > 0 for value in measured)
        assert measured or row.note.startswith("not measured"), row
        assert row.ratio is None or row.against, row


def test_a_figure_that_breaks_is_a_row(capsys):
    def broken(_):
        yield Row("first", 1.0)
        raise ZeroDivisionError("of all things")

    first, second = Figure("f", "", broken).rows(BRISK)
    assert first.value == 1
    assert second.note == "failed: ZeroDivisionError: of all things"


# -- goals, table, JSON ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "met"),
    [(at_most(2), True), (at_most(1.4), False), (at_least(30, of="value"), True), (at_least(31, of="value"), False)],
)
def test_goals(goal, met):
    assert Row("x", 30.0, "ms", 1.5, "y", goal=goal).met is met


def test_a_goal_is_not_judged_without_a_measurement():
    assert Row("x", goal=at_most(1)).met is None


def test_a_line_holds_every_part_of_a_row():
    row = Row("training.x", 12345.6, "steps/s", 0.98765, "the bare loop", 0.91, 1.21, 1.02, at_most(1.0), "a note")
    line = " ".join(table.as_line(row).split())
    assert (
        line == "met training.x 12,346 steps/s 0.988 0.910 – 1.21 1.02 the bare loop; goal: ratio at most 1.00; a note"
    )
    assert table.as_line(Row("x", 1.0, "s", 3.0, "y", goal=at_most(2))).startswith("MISSED")


def test_json_holds_rows_and_machine():
    rows = [Row("x", math.nan, goal=at_most(1)), Row("y", 2.0, "ms", 2.0, "z", goal=at_most(1))]
    found = json.loads(json.dumps(table.as_json(rows, machine.machine(), 1.0), allow_nan=False))
    assert [(row["value"], row["met"]) for row in found["rows"]] == [(None, None), (2.0, False)]
    assert found["passed"] is False
    assert found["rows"][1]["goal"] == {"rule": "at most", "limit": 1, "of": "ratio"}
    assert {"processor", "cores", "memory_GB", "torch_threads", "torch", "PySide6-Essentials", "gpu"} <= set(
        found["machine"]
    )


def test_the_machine_is_this_one():
    found = machine.machine()
    assert found["torch"] == torch.__version__.partition("+")[0] or found["torch"] == torch.__version__
    assert found["torch_threads"] == torch.get_num_threads()
    before = machine.peak_memory()
    assert before > 1e8  # torch alone takes more
    lump = torch.ones(60_000_000)
    assert machine.peak_memory() >= before
    if memory := machine.resources().memory:
        assert machine.peak_memory() >= 0.9 * memory > lump.nbytes
