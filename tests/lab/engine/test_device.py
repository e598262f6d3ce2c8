"""The best device that is there."""

from __future__ import annotations

import pytest
import torch

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.engine import device


@pytest.fixture
def machine(monkeypatch):
    def has(cuda=False, mps=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return has


@pytest.mark.parametrize(
    ("cuda", "mps", "best"),
    [(1, 1, "cuda"), (1, 0, "cuda"), (0, 1, "mps"), (0, 0, "cpu")],
    ids=lambda value: str(value),
)
def test_auto_takes_the_best(machine, cuda, mps, best):
    machine(bool(cuda), bool(mps))
    assert device.pick().type == best
    assert device.pick("cpu").type == "cpu"


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_device_can_be_asked_for_and_is_refused_where_it_is_not(machine, name):
    machine(**{name: True})
    assert device.pick(name) == torch.device(name)
    machine()
    with pytest.raises(ValidationError, match=f"{name} is not available on this machine; choose cpu, or auto"):
        device.pick(name)


def test_devices_are_named():
    assert device.describe(torch.device("mps")) == "MPS · Apple GPU"
    assert device.describe(torch.device("cpu")) == "CPU"
