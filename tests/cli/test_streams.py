"""Output that is closed, or knows few characters."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest

from ncsn_viz import cli
from ncsn_viz.cli import streams


def written(text, encoding):
    """What arrives of a text in a file of this encoding."""
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding=encoding, newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        patch.setattr(sys, "stderr", stream)
        streams.make_safe()
        print(text, end="", flush=True)
    return buffer.getvalue().decode(encoding)


def test_what_a_file_can_hold_is_written_as_it_is():
    assert written("σ ≥ 0.1 – 한글 \udcff", "utf-8") == "σ ≥ 0.1 – 한글 \\udcff"
    assert written("½ ‖∇u‖² · ü", "cp1252") == "½ ||grad u||² · ü"


def test_what_it_cannot_is_spelled():
    assert written("σ ≥ √2η, Σ – “é” ₂ 한…█░ \udc80 \x00", "ascii") == (
        'sigma >= sqrt2eta, Sigma - "e" 2 \\ud55c...#. \\udc80 \x00'
    )


def start(*words, **options):
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONWARNINGS": "error"} | options.pop("env", {})
    command = [sys.executable, "-m", "ncsn_viz", *words]
    return subprocess.run(command, check=False, timeout=120, env=environment, **options)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_the_listing_in_other_encodings(encoding):
    done = start("list", capture_output=True, env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert "sigma" in done.stdout.decode(encoding)


def test_json_for_machines_is_the_same_in_every_encoding(capsys):
    assert cli.main(["list", "--json"]) == 0
    text = capsys.readouterr().out
    assert text.isascii()
    assert any("σ" in str(row) for row in json.loads(text)["objectives"])


@pytest.mark.skipif(sys.platform == "win32", reason="no shell like it there")
def test_a_run_with_closed_streams(tmp_path):
    """Nothing fails, and no file of the results gets the place of a stream, and with it what is printed."""
    (tmp_path / "small.json").write_text('{"lanes": [{}], "particles": {"count": 5}}')
    words = "run small.json --steps 1 --out out --device cpu --set lanes.0.sampler.steps_per_level=1 >&- 2>&- <&-"
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    command = f'"{sys.executable}" -m ncsn_viz {words}'
    done = subprocess.run(["sh", "-c", command], check=False, timeout=120, cwd=tmp_path, env=environment)
    assert done.returncode == 0
    assert json.loads((tmp_path / "out" / "metrics.json").read_text(encoding="utf-8"))["lanes"][0]["steps"] == 1
    assert (tmp_path / "out" / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_without_any_stream_as_under_pythonw(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    try:
        assert cli.main(["list"]) == 0
        assert cli.main(["run", "no such file", "--steps", "1", "--out", "nowhere"]) == 2
        with pytest.raises(SystemExit):
            cli.main(["run"])
    finally:
        sys.stdout.close()
        sys.stderr.close()


def test_a_terminal_that_is_gone_is_no_error(monkeypatch):
    class Gone(io.StringIO):
        def write(self, text):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stderr", Gone())
    streams.say("nobody reads it")


def test_a_name_in_a_message_does_not_steer_the_terminal(capsys):
    streams.say("lane “\x1b]0;title\x07\u202eB\n”: no")
    assert capsys.readouterr().err == "ncsn-viz: lane “\\x1b]0;title\\x07\\u202eB\\n”: no\n"
