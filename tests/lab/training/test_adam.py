"""Our Adam is torch's, without its compiler."""

from __future__ import annotations

import copy
import subprocess
import sys

import torch
from helpers import generator, score_net

from ncsn_viz.lab.training.adam import Adam


def test_it_moves_weights_exactly_as_torchs_does():
    ours = score_net(dtype=torch.float32)
    theirs = copy.deepcopy(ours)
    mine, reference = Adam(ours.parameters(), 3e-3), torch.optim.Adam(theirs.parameters(), lr=3e-3, fused=True)
    for step in range(20):
        x = torch.randn(32, 2, generator=generator(step))
        mine.lr = reference.param_groups[0]["lr"] = 3e-3 / (1 + step)
        for net, optimizer in ((ours, mine), (theirs, reference)):
            optimizer.zero_grad()
            net.score(x, 0.5).square().sum().backward()
            optimizer.step()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_parameter_without_gradient_stays():
    used, unused = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    adam = Adam([used, unused], 0.1)
    adam.zero_grad()
    used.sum().backward()
    adam.step()
    assert torch.equal(unused, torch.ones(3))
    assert torch.allclose(used, torch.full((3,), 0.9))  # the first step of Adam is lr itself


def test_training_does_not_import_torchs_compiler():
    code = """
import sys
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import Spec
engine = Engine("cpu")
engine.apply(Spec())
engine.train()
engine.advance()
engine.evaluate_now(0)
for work in (engine.prepare(), engine.measure(0)):
    for _ in work:
        pass
assert engine.snapshot().lanes[0].step == 1
sys.exit("torch._dynamo" in sys.modules or "sympy" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
