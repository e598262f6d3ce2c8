"""`ncsn-viz check`."""

from __future__ import annotations

import json
import math

from lab.checks.test_checks import Given

from ncsn_viz import cli
from ncsn_viz.lab.checks import table


def test_the_command_prints_and_returns_0(capsys):
    assert cli.main(["check", "--only", "log_z", "--only", "hutchinson_rademacher"]) == 0
    output = capsys.readouterr().out
    lines = output.splitlines()
    assert lines[1].split()[:2] == ["agrees", "hutchinson_rademacher"]  # in the order of the list
    assert "Hutchinson 1990" in output
    assert "2 of 2 agree" in lines[-1]
    rows = [line for line in lines if "±" in line]
    assert len({line.index("±") for line in rows}) == 1
    assert len(rows) == 2


def test_the_command_prints_json(capsys):
    assert cli.main(["check", "--json", "--only", "log_z"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["passed"] is True
    (only,) = found["checks"]
    assert only["name"] == "log_z"
    assert abs(only["measured"] - (1.5 * math.log(math.pi) - 3)) < 1e-9
    assert "5 · error" in only["rule"]
    assert only["difference"] < only["allowed"] < 1e-5


def test_the_command_returns_1_if_anything_differs(capsys, monkeypatch):
    monkeypatch.setattr(table, "GROUPS", {"all": (Given(), Given(name="off", values=(3.0, 3.0)))})
    assert cli.main(["check"]) == 1
    output = capsys.readouterr().out
    assert "DIFFERS   off" in output
    assert "1 of 2 agree" in output
    assert cli.main(["check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["passed"] is False


def test_a_misspelt_check_names_the_nearest(capsys):
    assert cli.main(["check", "--only", "logz"]) == 2
    assert "did you mean 'log_z'?" in capsys.readouterr().err


def test_the_list_is_printed_without_measuring(capsys):
    assert cli.main(["check", "--list", "--only", "log_z"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["calculus", "  log_z"]
    assert len(lines) == 3
