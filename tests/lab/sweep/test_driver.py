"""Runs on a real cluster of two processes on the loopback."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.sweep import cluster, driver, planning, sweep_file, versions
from ncsn_viz.lab.sweep.outcome import SweepStopped

EXPERIMENT = {
    "target": "two_modes",
    "lanes": [{"objective": "denoising", "net": {"kind": "score_mlp", "hidden": 8, "layers": 1}}],
}


def plan_of(seeds, steps=1):
    data = {"experiment": EXPERIMENT, "vary": {"seed": {"range": [0, seeds]}}, "steps": steps}
    return planning.plan(sweep_file.from_data(data | {"metrics": ["loss_floor", "fisher_data"]}, Path()))


def all_of(client, plan):
    return driver.outcomes(client, driver.tasks(plan, range(len(plan)), "cpu", keep=False))


def test_every_run_is_done_once(client):
    cluster.check_workers(client, "cpu", versions.installed())
    found = list(all_of(client, plan_of(12)))
    assert sorted(each.run for each in found) == list(range(12))
    assert {each.status for each in found} == {"ok"}
    assert len({each.values["lanes.0.fisher_data"] for each in found}) == 12
    assert len(client.futures) <= 1  # the last one is just being forgotten
    kept = client.scheduler_comm.recent_message_log  # of Dask: each message has an experiment
    assert len(kept) <= cluster.LEAN["distributed.admin.low-level-log-length"]


def test_a_killed_worker_loses_nothing(client):
    found, pids = [], client.run(os.getpid)
    for outcome in all_of(client, plan_of(6, steps=600)):
        if not found:
            os.kill(next(iter(pids.values())), signal.SIGKILL)
        found.append(outcome)
    assert sorted(each.run for each in found) == list(range(6))
    assert {each.status for each in found} == {"ok"}


@pytest.mark.slow
def test_killing_the_workers_of_five_of_twenty_runs_loses_nothing(client):
    found, killed = [], 0
    for outcome in all_of(client, plan_of(20, steps=600)):
        found.append(outcome)
        if len(found) % 3 == 0 and killed < 5:
            os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
            killed += 1
    assert killed == 5
    assert sorted(each.run for each in found) == list(range(20))
    assert {each.status for each in found} == {"ok"}


def test_a_run_that_kills_its_worker_twice_is_a_row_with_its_reason(client, monkeypatch):
    monkeypatch.setattr(driver, "carry_out", die)
    (found,) = all_of(client, plan_of(1))
    assert found.status == "worker lost"
    assert "lost twice" in found.message


def die(task):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("name", ["ncsn-viz", "torch"])
def test_other_versions_are_refused(client, name):
    client.wait_for_workers(2, timeout=20)
    here = versions.installed()
    with pytest.raises(ValidationError, match=rf"worker tcp://\S+ has {name} .*, and here it is 0.0.1: results would"):
        cluster.check_workers(client, "cpu", here | {name: "0.0.1"})


def test_a_worker_that_comes_later_with_another_version_ends_the_sweep(client):
    wanted = (replace(task, versions={"torch": "0.1"}) for task in driver.tasks(plan_of(1), [0], "cpu", False))
    with pytest.raises(SweepStopped, match="a worker that has come later has another ncsn-viz"):
        list(driver.outcomes(client, wanted))


def test_a_device_that_a_worker_lacks(client):
    with pytest.raises(ValidationError, match=r"the worker tcp://.*: mps is not available on this machine"):
        cluster.check_workers(client, "mps", versions.installed())


def test_the_dashboard_is_told_where_there_is_one():
    class Somewhere:
        dashboard_link = "http://host:8787/status"

        def __init__(self, bokeh):
            self.bokeh = bokeh

        def run_on_scheduler(self, function, name):
            assert (function, name) == (version, "bokeh")
            if not self.bokeh:
                raise PackageNotFoundError(name)

    assert cluster.dashboard(Somewhere(bokeh=True)) == "http://host:8787/status"
    assert cluster.dashboard(Somewhere(bokeh=False)) == ""


def test_no_scheduler_answers(monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER", 0.3)
    with (
        pytest.raises(ValidationError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9: "),
        cluster.workers_of("tcp://127.0.0.1:9"),
    ):
        pass
    with pytest.raises(ValidationError, match="no scheduler answers at nonsense"), cluster.workers_of("nonsense://"):
        pass
