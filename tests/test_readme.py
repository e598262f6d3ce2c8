"""What the README promises: its commands stand there, and its notebook runs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language):
    """The code blocks in a language, from top to bottom."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def test_one_command_opens_the_window_and_one_runs_the_tests():
    window, tests = blocks("sh")[:2]
    for block in (window, tests):
        assert len(block.splitlines()) == 1
        assert block.startswith("python3 -m venv .venv && .venv/bin/pip install -e ")
    assert window.rstrip().endswith("&& .venv/bin/ncsn-viz")
    assert tests.rstrip().endswith("&& .venv/bin/python -m pytest -n 2")
    marked = re.search(r"<!-- tests -->\n```sh\n(.*?)```", README, flags=re.DOTALL)
    assert marked
    assert marked[1] == tests


def test_the_notebook_runs(capsys):
    (code,) = blocks("python")
    assert len([line for line in code.splitlines() if line]) <= 14
    quick = (
        code.replace("steps=2000", "steps=30")
        .replace('"auto"', '"cpu"')
        .replace("LaneSpec(objective", "LANE(objective")
    )
    assert quick.count("steps=30") == quick.count('"cpu"') == 1
    names = {"LANE": quick_lane}
    exec(compile(quick, "README.md", "exec"), names)
    assert names["samples"].shape == (4000, 2)
    assert np.isfinite(names["samples"]).all()
    fields = names["lane"].fields
    for array in (names["result"].grid, names["score"], fields["true_score"]):
        assert array.shape == (101, 101, 2)
    for name in ("energy", "true_log_density"):
        assert fields[name].shape == (101, 101)
    assert names["result"].run.engine.lanes[0].trainer.step == names["lane"].metrics["steps"] == 30
    assert "0.2000" in capsys.readouterr().out


def quick_lane(**settings):
    """A lane of the README with a small network and few steps of its sampler."""
    from ncsn_viz.core.nets import ScoreMLP
    from ncsn_viz.core.samplers import AnnealedLangevin
    from ncsn_viz.lab.experiment import LaneSpec

    return LaneSpec(net=ScoreMLP(hidden=16, layers=2), sampler=AnnealedLangevin(steps_per_level=3), **settings)


@pytest.mark.parametrize("link", re.findall(r"\]\((assets/[^)]+|LICENSE)\)", README))
def test_what_it_links_to_is_there(link):
    assert (Path(__file__).parent.parent / link).is_file()
