"""`ncsn-viz doctor`: also where parts of the program are missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ncsn_viz import cli
from ncsn_viz.cli import doctor

BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == sys.argv[1]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocker())
from ncsn_viz.cli import main
sys.exit(main(sys.argv[2:]))
"""


def without(package, *words):
    command = [sys.executable, "-c", BLOCKED, package, *words]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=120)


def test_the_report(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "_qt", lambda: "Qt           as it is")
    monkeypatch.setattr(doctor, "obstacle", lambda: None)
    assert cli.main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(("device       CPU", "device       CUDA")) for line in lines)
    assert lines[-1] == "window       can be opened"
    monkeypatch.setattr(doctor, "obstacle", lambda: "there is no screen")
    assert cli.main(["doctor"]) == 1


def test_it_works_without_torch():
    done = without("torch", "doctor")
    assert done.returncode == 1
    assert "device       none: No module named 'torch'" in done.stdout
    assert done.stderr == ""


def test_a_library_of_torch_that_cannot_be_loaded_is_told(monkeypatch):
    def broken(_):
        raise OSError("libtorch_cpu.so: cannot open shared object file")

    monkeypatch.setattr("ncsn_viz.lab.engine.device.pick", broken)
    assert doctor._device() == ("none: libtorch_cpu.so: cannot open shared object file", False)


@pytest.mark.parametrize("words", [("run", "x.json", "--steps", "1", "--out", "nowhere"), ("doctor",)])
def test_what_is_missing_is_one_sentence(words):
    done = without("numpy", *words)
    assert done.returncode == 2
    assert done.stderr == "ncsn-viz: numpy is not installed; `pip install ncsn-viz` brings all that is needed\n"
