"""The folder of a sweep: rows that stand whatever happens, resuming, locking; quartiles."""

from __future__ import annotations

import csv
import math
import os
from pathlib import Path

import numpy as np
import pytest

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.sweep import folder, planning, summary, sweep_file
from ncsn_viz.lab.sweep.folder import SweepFolder
from ncsn_viz.lab.sweep.outcome import RunOutcome, SweepStopped, number
from ncsn_viz.lab.sweep.summary import Quartiles

EXPERIMENT = {"target": "two_modes", "lanes": [{"objective": "denoising"}]}
COLUMN = "lanes.0.fisher_common"


def plan_of(**changes):
    data = {"experiment": EXPERIMENT, "vary": {"lanes.0.objective.sigma": [0.1, 0.3], "seed": [0, 1]}, "steps": 5,
            "metrics": ["fisher_common", "mode_weights"]}  # fmt: skip
    return planning.plan(sweep_file.from_data(data | changes, Path()))


PLAN = plan_of()


def outcome(run, value=0.125, **rest):
    values = {COLUMN: value, "lanes.0.mode_weights": (0.2, 0.8)}
    return RunOutcome(run, **({"status": "ok", "values": values, "seconds": 1.5, "device": "cpu"} | rest))


def table(path):
    with (path / "runs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def refused(path, plan=PLAN, resume=False):
    with pytest.raises(ValidationError) as caught, SweepFolder(path, plan, resume):
        pass
    return str(caught.value)


def test_a_row_stands_as_soon_as_it_is_added(tmp_path):
    with SweepFolder(tmp_path / "a" / "b", PLAN, resume=False) as made:
        made.add(outcome(2, 0.1 + 0.2, message="two\nlines, and a “quote”"))
        (row,) = table(made.path)
        assert made.missing == [0, 1, 3]
    assert row["run"] == "2"
    assert (row["lanes.0.objective.sigma"], row["seed"], row["steps"]) == ("0.3", "0", "5")
    assert float(row[COLUMN]) == 0.1 + 0.2  # to the last bit
    assert row["lanes.0.mode_weights"] == "[0.2, 0.8]"
    assert (row["status"], row["seconds"], row["device"]) == ("ok", "1.5", "cpu")
    assert row["message"] == "two\\nlines, and a “quote”"


def test_what_is_not_finite(tmp_path):
    with SweepFolder(tmp_path, PLAN, resume=False) as made:
        made.add(outcome(0, math.inf))
        made.add(outcome(1, math.nan))
        made.add(outcome(2, None))
    assert [number(row[COLUMN]) for row in table(tmp_path)] == [math.inf, pytest.approx(math.nan, nan_ok=True)] + [
        pytest.approx(math.nan, nan_ok=True)
    ]


@pytest.mark.parametrize("torn", [b"3,0.3,1,5,o", b'3,0.3,1,5,ok,"half a mess', "3,0.3,1,5,ok,ü".encode()[:-1]])
def test_half_a_row_is_cut_off(tmp_path, torn):
    with SweepFolder(tmp_path, PLAN, resume=False) as made:
        made.add(outcome(1))
    with (tmp_path / "runs.csv").open("ab") as file:
        file.write(torn)
    _, rows = folder.read(tmp_path)
    assert set(rows) == {1}
    with SweepFolder(tmp_path, PLAN, resume=True) as made:
        assert made.missing == [0, 2, 3]
        made.add(outcome(0))
    assert [row["run"] for row in table(tmp_path)] == ["1", "0"]


def test_only_a_run_whose_worker_was_lost_is_done_again(tmp_path):
    with SweepFolder(tmp_path, PLAN, resume=False) as made:
        for run, status in enumerate(("ok", "worker lost", "diverged", "failed")):
            made.add(outcome(run, status=status))
    with SweepFolder(tmp_path, PLAN, resume=True) as made:
        assert made.missing == [1]


def test_finished_rows_are_in_the_order_of_their_runs(tmp_path):
    with SweepFolder(tmp_path, PLAN, resume=False) as made:
        for run in (3, 1, 0):
            made.add(outcome(run, float(run)))
        made.finish(summary.summary_table(PLAN, made.rows))
    assert [row["run"] for row in table(tmp_path)] == ["0", "1", "3"]
    with (tmp_path / "summary.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["lanes.0.objective.sigma"], first["runs"], first["done"], first["ok"]) == ("0.1", "2", "2", "2")
    assert float(first[f"{COLUMN}.median"]) == 0.5
    assert float(first[f"{COLUMN}.lower_quartile"]) == 0.25
    assert (second["runs"], second["done"]) == ("2", "1")
    assert float(second[f"{COLUMN}.median"]) == 3.0
    assert not any("mode_weights" in name for name in first)


def test_files_of_a_run(tmp_path):
    with SweepFolder(tmp_path, PLAN, resume=False) as made:
        made.add(outcome(2, files={"curves.csv": b"x"}))
    assert (tmp_path / "runs" / "2" / "curves.csv").read_bytes() == b"x"


def test_a_row_that_cannot_be_written_is_not_there(tmp_path, monkeypatch):
    with SweepFolder(tmp_path, PLAN, resume=False) as made:
        made.add(outcome(0))
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
            with pytest.raises(SweepStopped, match=r"cannot write into .*: No space left on device"):
                made.add(outcome(1))
        made.add(outcome(2))
    assert [row["run"] for row in table(tmp_path)] == ["0", "2"]


# -- refused folders ------------------------------------------------------------------------------------------------


def test_two_sweeps_in_one_folder_are_refused(tmp_path):
    with SweepFolder(tmp_path, PLAN, resume=False):
        assert f"another sweep is running in {tmp_path}" in refused(tmp_path, resume=True)
        assert f"another sweep is running in {tmp_path}" in refused(tmp_path)
    assert "holds a sweep; go on with it by --resume" in refused(tmp_path)
    with SweepFolder(tmp_path, PLAN, resume=True):
        pass


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"steps": 6}, "'steps'"),
        ({"vary": {"seed": [0]}}, "'vary'"),
        ({"experiment": EXPERIMENT | {"repeats": 2}}, "'experiment'"),
    ],
)
def test_another_sweep_is_not_resumed(tmp_path, changes, key):
    with SweepFolder(tmp_path, PLAN, resume=False):
        pass
    sentence = refused(tmp_path, plan_of(**changes), resume=True)
    assert "holds another sweep, with another" in sentence
    assert key in sentence


def test_folders_that_cannot_be_used(tmp_path):
    assert "there is no sweep in" in refused(tmp_path / "new", resume=True)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert "cannot use the folder" in refused(tmp_path / "file")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "runs.csv").write_text("mine", encoding="utf-8")
    assert "holds runs.csv of something else" in refused(tmp_path / "other")
    assert (tmp_path / "other" / "runs.csv").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"a,b\n1,2\n", "has other columns"), (b"\xff\xfe\n", "cannot be understood")]
)
def test_a_table_of_something_else(tmp_path, content, sentence):
    with SweepFolder(tmp_path, PLAN, resume=False):
        pass
    (tmp_path / "runs.csv").write_bytes(content)
    assert sentence in refused(tmp_path, resume=True)
    assert (tmp_path / "runs.csv").read_bytes() == content


# -- quartiles ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_quartiles_are_those_of_numpy(count):
    values = np.random.default_rng(count).normal(size=count)
    found = Quartiles.of([*values, math.nan])
    assert found.count == count
    wanted = np.quantile(values, [0.25, 0.5, 0.75])
    assert np.allclose([found.lower, found.median, found.upper], wanted, rtol=1e-12)


def test_steps_that_did_not_suffice_count():
    assert Quartiles.of([100, math.inf, 200]) == Quartiles(200, 150, math.inf, 3)
    assert math.isnan(Quartiles.of([math.nan]).median)
