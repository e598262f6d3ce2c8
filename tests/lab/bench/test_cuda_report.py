"""The report on a CUDA device, as far as it goes without one."""

from __future__ import annotations

import math

import pytest

from ncsn_viz import cli
from ncsn_viz.lab import bench
from ncsn_viz.lab.bench import Figure, Row, cuda_report
from ncsn_viz.lab.bench.base import at_most
from ncsn_viz.lab.bench.figures.devices import compared


@pytest.fixture
def card(monkeypatch):
    """A machine with a device, as far as the report asks."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda *_: "A card")
    monkeypatch.setattr(cuda_report, "card", lambda: ["A card: 80 GiB"])
    monkeypatch.setattr(bench, "FIGURES", (Figure("one", "", lambda setting: [Row("a", 2.0, note=setting.device)]),))


def test_without_a_device_it_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert cli.main(["bench", "--cuda-report", str(tmp_path / "report.md")]) == 2
    assert capsys.readouterr().err == "ncsn-viz: there is no CUDA device on this machine that PyTorch can use\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("passed", [True, False])
def test_the_page_has_the_card_the_tests_and_the_figures(monkeypatch, tmp_path, capsys, passed):
    def tests(emit):
        emit("tests: all of them")
        return passed

    monkeypatch.setattr(cuda_report, "tests", tests)
    path = tmp_path / "report.md"
    assert cli.main(["bench", "--cuda-report", str(path)]) == (0 if passed else 1)
    page, shown = path.read_text(encoding="utf-8"), capsys.readouterr().out
    for words in ("A card: 80 GiB", "tests: all of them", "one.a", "cuda", "0 goals met, 0 missed"):
        assert words in page
        assert words in shown
    assert page.startswith("# ncsn-viz on CUDA\n\n```\n")


@pytest.mark.usefixtures("card")
def test_a_page_that_cannot_be_written_is_told(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(cuda_report, "tests", lambda emit: True)
    assert cli.main(["bench", "--cuda-report", str(tmp_path / "none" / "report.md")]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_the_tests_marked_cuda_are_run_and_failures_named(monkeypatch, tmp_path):
    for room in ("core", "lab"):
        (tmp_path / "tests" / room).mkdir(parents=True)
    (tmp_path / "tests" / "core" / "test_a.py").write_text(
        "import pytest\n\n@pytest.mark.cuda\ndef test_good(): pass\n\n"
        "@pytest.mark.cuda\ndef test_bad(): assert 1 == 2\n\ndef test_other(): raise ValueError\n"
    )
    monkeypatch.setattr(cuda_report, "ROOT", tmp_path)
    told = []
    assert cuda_report.tests(told.append) is False
    assert told[0].startswith("tests: 1 failed, 1 passed, 1 deselected")
    assert "test_bad" in told[0]
    monkeypatch.setattr(cuda_report, "ROOT", tmp_path / "nowhere")
    assert cuda_report.tests(told.append) is True
    assert told[1] == "tests: not run, because this is no checkout"


def test_equal_errors_meet_the_goal_and_others_miss_it():
    here = [1.0, 1.2, 0.9, 1.1]
    equal = compared("a", [1.05, 1.15, 0.95, 1.05], here, "")
    assert equal.met
    assert equal.ratio == pytest.approx(1.0)
    other = compared("a", [2.0, 2.2, 1.9, 2.1], here, "")
    error = math.sqrt(2 * (0.05 / 3) / 4)  # both have a variance of .05/3
    assert other.goal == at_most(pytest.approx(1 + 4 * error / 1.05))
    assert not other.met
    assert other.note.startswith(f"+{1 / error:.1f} standard errors apart over 4 seeds")
