"""`ncsn-viz bench`."""

from __future__ import annotations

import json

import pytest

from ncsn_viz import cli
from ncsn_viz.lab import bench
from ncsn_viz.lab.bench.base import Figure, Goal, Row, at_most
from ncsn_viz.ui import bench as window_bench


@pytest.fixture
def two_figures(monkeypatch):
    """A figure that is met and one that is not."""
    good = Figure("good", "", lambda _: [Row("a", 1.0, "ms", 1.0, "b", goal=at_most(1))])
    bad = Figure("bad", "", lambda _: [Row("a", 1.0, "ms", 2.0, "b", goal=Goal("at most", 1))])
    monkeypatch.setattr(bench, "FIGURES", (good,))
    monkeypatch.setattr(window_bench, "FIGURES", (bad,))


@pytest.mark.usefixtures("two_figures")
def test_the_exit_code_tells_of_missed_goals(capsys):
    assert cli.main(["bench", "--quick", "--device", "cpu", "--only", "good"]) == 0
    assert cli.main(["bench", "--quick", "--device", "cpu"]) == 1
    assert "1 goals met, 1 missed, 0 not measured" in capsys.readouterr().out


@pytest.mark.usefixtures("two_figures")
def test_json_is_all_that_is_printed(capsys):
    cli.main(["bench", "--json", "--device", "cpu"])
    assert [row["name"] for row in json.loads(capsys.readouterr().out)["rows"]] == ["good.a", "bad.a"]


def test_a_misspelt_figure_names_the_nearest(capsys):
    assert cli.main(["bench", "--only", "trainin"]) == 2
    assert "there is no figure 'trainin'; did you mean 'training'?" in capsys.readouterr().err


def test_minutes_have_to_be_a_number(capsys):
    with pytest.raises(SystemExit):
        cli.main(["bench", "--soak", "long"])
    assert "'long' is not a number of minutes" in capsys.readouterr().err
