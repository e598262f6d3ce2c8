"""The density that is drawn of NCSN after 3,000 steps is near the truth.

Total variation between the picture of the default lane, whose particles have run to the end, and p_σ blurred by the
bandwidth that stands beside it, for seed 0.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ncsn_viz.core.numerics import regions
from ncsn_viz.core.targets import EightGaussians, Moons, Rings
from ncsn_viz.lab.engine import headless
from ncsn_viz.lab.experiment import Spec


def total_variation(target, batch_size):
    """½ ∫ |p − p*| of the picture of NCSN on `target` against the truth."""
    lane = Spec().lanes[0]
    lane = replace(lane, optimizer=replace(lane.optimizer, batch_size=batch_size))
    run = headless.start(Spec(target=target, lanes=(lane,)), 3000, "cpu")
    torch.set_num_threads(1)
    run.go(lambda *_: None)
    field = run.picture().lanes[0].field
    assert field.bandwidth is not None
    points = regions.grid(field.region, *field.density.shape)
    blurred = float(np.hypot(field.sigma, field.bandwidth))
    truth = run.truth.log_density(points, blurred).exp().reshape(field.density.shape).numpy()
    shown = (field.density / 255.0) ** (1 / 0.6)
    return float(np.abs(shown / shown.sum() - truth / truth.sum()).sum() / 2)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("target", "batch_size"), [(Moons(), 128), (EightGaussians(), 128), (Rings(), 512)])
def test_the_density_of_ncsn_is_near_the_truth(target, batch_size):
    assert total_variation(target, batch_size) < 0.15
