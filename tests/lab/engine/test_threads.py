"""numpy's threads would fight with training for the cores."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ncsn_viz.lab.engine import device

COUNT = """
import os
import ncsn_viz
import numpy as np
np.ones((300, 300)) @ np.ones((300, 300))
print(len(os.listdir("/proc/self/task")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_numpy_has_one_thread():
    env = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", COUNT], env=env, check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["1"]


def test_who_asks_for_more_gets_more():
    env = os.environ | {"OPENBLAS_NUM_THREADS": "3"}
    code = 'import os, ncsn_viz; print(os.environ["OPENBLAS_NUM_THREADS"])'
    done = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["3"]


@pytest.mark.parametrize(
    ("given", "cores", "threads"),
    [("", 2, 1), ("", 8, 4), ("3", 8, 3), ("1", 8, 1), ("99", 8, 4), ("0", 8, 4), ("2,1", 8, 4)],
)
def test_torch_has_as_many_threads_as_are_asked_for(monkeypatch, given, cores, threads):
    set_to = []
    monkeypatch.setenv("OMP_NUM_THREADS", given)
    monkeypatch.setattr(device, "cores", lambda: cores)
    monkeypatch.setattr(device.torch, "set_num_threads", set_to.append)
    device.use_few_threads()
    device.use_few_threads(1)  # of a sweep's worker
    assert set_to == [threads, 1]
