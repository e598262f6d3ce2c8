"""A cluster of two processes on the loopback, started once for the tests of a module."""

from __future__ import annotations

import pytest

from ncsn_viz.lab.sweep import cluster


@pytest.fixture(scope="module")
def client():
    with cluster.local_workers(2) as found:
        yield found
