"""The real program in a real window on a virtual screen, painted on by mouse events of the X server."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from ncsn_viz.core.targets import Painted
from ncsn_viz.lab.storage import experiment_files
from ncsn_viz.ui.shell import display as display_module

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Xvfb and xdotool"),
    pytest.mark.skipif(sys.platform != "linux", reason="Xvfb is a thing of Linux"),
]

PATIENCE = 60


def until(condition, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"no {what} within {PATIENCE} s")


@contextmanager
def screen():
    """A virtual screen of its own; the server itself picks a free number.

    It would start anew when its last client goes, as xdotool does all the time, and lose who comes just then.
    """
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            yield f":{pipe.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def program(display, home, *words):
    env = os.environ | {"DISPLAY": display, "XDG_DATA_HOME": str(home)}
    env.pop("QT_QPA_PLATFORM", None)
    env.pop("WAYLAND_DISPLAY", None)
    running = subprocess.Popen(
        [sys.executable, "-m", "ncsn_viz", *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()


def xdotool(display, *words):
    done = subprocess.run(
        ["xdotool", *map(str, words)],
        env=os.environ | {"DISPLAY": display},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def window_of(display, running):
    def there():
        assert running.poll() is None, running.communicate()
        return xdotool(display, "search", "--onlyvisible", "--pid", running.pid).splitlines()

    return until(there, "window")[-1]


def saved(home):
    path = home / "ncsn-viz" / "last.json"
    return experiment_files.read(path) if path.exists() else None


def test_a_stroke_by_the_mouse_is_undone_by_the_keyboard_and_sigint_ends_it_cleanly(tmp_path):
    with screen() as display, program(display, tmp_path) as running:
        window = window_of(display, running)
        time.sleep(3)  # torch is loading meanwhile, and strokes then have fewer points
        xdotool(display, "mousemove", "--window", window, 80, 150)
        xdotool(display, "mousedown", 1)
        for step in range(10):
            # at the pace of a hand: Qt merges moves that come faster than they are handled
            xdotool(display, "mousemove", "--window", window, 80 + 8 * step, 150 + 4 * step, "sleep", 0.05)
        xdotool(display, "mouseup", 1)

        def stroke():
            spec = saved(tmp_path)
            return spec and isinstance(spec.target, Painted) and spec.target.strokes

        (drawn,) = until(stroke, "stroke in the safety copy")
        assert len(drawn.points) > 3
        assert drawn.points[-1][0] > drawn.points[0][0]  # to the right on the screen is to larger x
        assert drawn.points[-1][1] < drawn.points[0][1]  # and down is to smaller y
        xdotool(display, "windowfocus", window)
        xdotool(display, "key", "ctrl+z")
        until(lambda: not isinstance(saved(tmp_path).target, Painted), "undo in the safety copy")
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
        assert running.returncode == 0, err
        assert "Traceback" not in out + err


def test_closing_the_window_while_it_trains_ends_it_cleanly_and_the_next_start_goes_on(tmp_path):
    (tmp_path / "mine.json").write_text('{"seed": 41, "target": {"kind": "rings"}}')
    with screen() as display:
        with program(display, tmp_path, str(tmp_path / "mine.json")) as running:
            window = window_of(display, running)
            time.sleep(2)  # into the training
            xdotool(display, "windowfocus", window)  # there is no window manager to do it
            xdotool(display, "key", "ctrl+q")
            out, err = running.communicate(timeout=30)
            assert running.returncode == 0, err
            assert "Traceback" not in out + err
        assert saved(tmp_path).seed == 41
        with program(display, tmp_path) as again:
            window_of(display, again)
            again.send_signal(signal.SIGINT)
            again.communicate(timeout=30)
        assert saved(tmp_path).seed == 41


def test_a_screen_that_is_not_there_is_one_sentence(tmp_path):
    with program(":987", tmp_path) as running:
        _, err = running.communicate(timeout=30)
    assert running.returncode == 2
    assert len(err.strip().splitlines()) == 1
    assert ":987" in err


def test_frames_a_second_are_returned_every_half_second(monkeypatch):
    now = [10.0]
    monkeypatch.setattr(display_module, "perf_counter", lambda: now[0])
    counting, told = display_module.FpsCounter(), []
    for _ in range(40):
        now[0] += 1 / 32  # a power of two: no rounding
        told.append(counting.count())
    assert [(place, rate) for place, rate in enumerate(told) if rate is not None] == [(15, 32.0), (31, 32.0)]
