"""Random numbers come from the generator that is passed, in torch's order."""

from __future__ import annotations

import pytest
import torch
from helpers import generator

from ncsn_viz.core.numerics import normal


@pytest.mark.parametrize("n", [1, 5000])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_normal_numbers_are_those_of_torch(n, dtype):
    plain, ours = generator(3), generator(3)
    for _ in range(2):
        drawn = normal(torch.zeros(n, 2, dtype=dtype), ours)
        assert drawn.dtype == dtype
        assert torch.equal(drawn, torch.randn(n, 2, generator=plain, dtype=dtype))
    assert torch.equal(plain.get_state(), ours.get_state())
