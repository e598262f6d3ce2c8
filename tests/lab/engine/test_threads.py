"""numpy's threads would fight with training for the cores."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

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
