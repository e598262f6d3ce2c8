"""Noise that is made once for several lanes is the same noise."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from helpers import generator

from ncsn_viz.core import draws
from ncsn_viz.core.draws import FEWEST, KEPT, MOST, normal


@pytest.mark.parametrize("n", [1, FEWEST - 1, FEWEST, 5000, MOST + 1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_is_what_torch_draws(n, dtype):
    plain, ours = generator(3), [generator(3) for _ in range(3)]
    x = torch.zeros(n, 2, dtype=dtype)
    wanted = [torch.randn(n, 2, generator=plain, dtype=dtype) for _ in range(4)]
    for each in ours:  # a few steps of one lane, then those of the next
        assert all(torch.equal(normal(x, each), z) for z in wanted)
    after = [torch.randn(7, generator=each) for each in (plain, *ours)]
    assert all(torch.equal(after[0], z) for z in after)


def test_the_second_lane_gets_a_copy():
    x, first, second = torch.zeros(FEWEST, 2), generator(5), generator(5)
    drawn = normal(x, first)
    kept = drawn.clone()
    drawn.mul_(0)
    assert torch.equal(normal(x, second), kept)
    normal(x, generator(5)).add_(1)
    assert torch.equal(normal(x, generator(5)), kept)


def test_it_is_made_once_for_lanes_and_steps_and_no_more_is_kept(monkeypatch):
    made = []
    original = torch.randn
    monkeypatch.setattr(draws.torch, "randn", lambda *args, **more: (made.append(args), original(*args, **more))[1])
    x, lanes = torch.zeros(FEWEST + 1, 2), [generator(9) for _ in range(4)]
    for _, lane, _ in product(range(3), lanes, range(KEPT)):
        normal(x, lane)
    assert len(made) == 3 * KEPT
    assert len(draws._made.draws) == KEPT


def test_other_shapes_and_states_are_drawn_anew():
    x = torch.zeros(FEWEST, 2)
    normal(x, generator(1))
    assert not torch.equal(normal(x, generator(1)), normal(x, generator(2)))
    assert normal(x[:, :1], generator(1)).shape == (FEWEST, 1)
    assert normal(x.double(), generator(1)).dtype == torch.float64
