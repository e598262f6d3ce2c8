"""What every command does alike: interrupts, a full disk, a device that is missing."""

from __future__ import annotations

import errno
import io
import os
import sys

import pytest
import torch

from ncsn_viz import cli
from ncsn_viz.lab.storage import experiment_files


def test_ctrl_c_anywhere_else_is_no_traceback(monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(experiment_files, "read", interrupted)
    assert cli.main(["run", "some.json", "--steps", "1", "--out", "nowhere"]) == 130
    assert capsys.readouterr().err == ""


def test_a_listing_that_finds_the_disk_full_is_an_error(capsys, monkeypatch):
    class Full(io.StringIO):
        def flush(self):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(sys, "stdout", Full())
    assert cli.main(["list"]) == 2
    assert capsys.readouterr().err == f"ncsn-viz: {os.strerror(errno.ENOSPC)}\n"


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused_before_the_window_opens(device, capsys):
    if {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}[device]():
        pytest.skip("it is there")
    assert cli.main(["--device", device]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"ncsn-viz: {device} is not available")
    assert len(error.splitlines()) == 1
