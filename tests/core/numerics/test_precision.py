"""float64 only on devices that have it: the tables of a painted target are computed on the CPU instead."""

from __future__ import annotations

import os

import pytest
import torch
from helpers import generator, norm
from torch.utils._python_dispatch import TorchDispatchMode

from ncsn_viz.core.analysis import calculus, grids, metrics
from ncsn_viz.core.numerics import precision, regions
from ncsn_viz.core.targets import Moons, Painted
from ncsn_viz.core.targets.lattice.interpolation import _sum_bags, _sum_gathered

PAINTING = Painted(base=Moons(), resolution=32)
REGION = (-8.0, 8.0, -8.0, 8.0)


class NoDouble(TorchDispatchMode):
    """Fails when a float64 tensor is created on `device`; `seen` counts the tensors created there."""

    def __init__(self, device):
        super().__init__()
        self.device, self.seen = device, 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for made in result if isinstance(result, tuple | list) else [result]:
            if isinstance(made, torch.Tensor) and made.device.type == self.device:
                self.seen += 1
                assert made.dtype != torch.float64, func
        return result


def test_where_float64_is_computed():
    assert precision.float64_device("mps") == torch.device("cpu")
    assert precision.float64_device("cuda") == torch.device("cuda")
    assert precision.to_float64(torch.ones(3)).dtype == torch.float64
    assert os.environ["PYTORCH_ENABLE_MPS_FALLBACK"] in ("0", "1")  # the default of this program, or the user's value


def test_tables_of_a_painting_are_computed_on_the_cpu_and_stored_on_the_device(monkeypatch):
    """The `meta` device plays one without float64."""
    monkeypatch.setattr(precision, "WITHOUT_FLOAT64", frozenset({"meta"}))
    with NoDouble("meta") as checked:
        there = PAINTING.build("meta")
        stack = there._level(0.3)._stack("density", 2)
        hessian = there._level(0.3)._stack("hessian", 1)
        parts = [stack, hessian, there.mixture.means, there.mixture.log_weights, *there._modes]
        assert {part.device.type for part in parts} == {"meta"}
        assert checked.seen > 5
    here = PAINTING.build()._level(0.3)._stack("density", 2)
    assert (here.shape, here.dtype) == (stack.shape, stack.dtype)


def test_gathering_equals_an_embedding_bag():
    rows = torch.randn(50, 3, generator=generator(1))
    bags = torch.randint(0, 50, (20, 16), generator=generator(2))
    weights = torch.randn(20, 16, generator=generator(3))
    assert norm(_sum_bags(rows, bags, weights)) > 1
    assert norm(_sum_gathered(rows, bags, weights) - _sum_bags(rows, bags, weights)) < 1e-5


@pytest.mark.cuda
def test_a_device_without_float64_gives_the_results_of_the_cpu(monkeypatch):
    monkeypatch.setattr(precision, "WITHOUT_FLOAT64", frozenset({"cuda"}))
    here = PAINTING.build()
    x = here.sample(500, generator(4))
    noise = torch.Generator("cuda").manual_seed(5)
    with NoDouble("cuda") as checked:
        there = PAINTING.build("cuda")
        score = there.score(x.cuda(), 0.3)
        sample = there.sample(500, noise)
        weights = there.mode_weights(x.cuda())
        points = regions.grid(REGION, 24, 24, "cuda")
        field = grids.score_on(there, points, 0.5, 24)
        potential = calculus.potential(field, REGION)
        share = calculus.non_conservative_share(field, REGION)
        distance = metrics.mmd(sample, x.cuda())
        assert checked.seen > 20
    assert sample.device.type == potential.device.type == "cuda"
    assert norm(score.cpu() - here.score(x, 0.3)) < 1e-3
    assert norm(weights.cpu() - here.mode_weights(x)) < 1e-6
    assert share < 0.01
    assert abs(distance) < 0.05
