"""The state of training by contrastive divergence, on series whose state is known."""

from __future__ import annotations

import numpy as np
import pytest

from ncsn_viz.core.objectives import OBJECTIVES, ContrastiveDivergence
from ncsn_viz.core.objectives.cd_health import LEAST, cd_health
from ncsn_viz.core.objectives.contrastive_divergence import CHAIN_GRADIENT, ENERGY_GAP

STEPS = 200
NOISE = np.random.default_rng(0).normal(size=STEPS)
STEADY, RISING = np.ones(STEPS), np.linspace(0, 1, STEPS)


@pytest.mark.parametrize(
    ("gaps", "gradients", "state"),
    [
        (NOISE, STEADY, "Healthy"),
        (2 + 0.1 * NOISE, STEADY, "Lopsided"),
        (20 * RISING, STEADY, "Diverging: the energy gap grows"),
        (NOISE, 100 * RISING**3, "Diverging: the gradient along the chains explodes"),
        (NOISE, 0.001 * STEADY, "Diverging: the gradient along the chains vanishes"),
        (np.where(RISING < 1, NOISE, np.nan), STEADY, "Diverging: the energies are no longer numbers"),
    ],
    ids=["healthy", "lopsided", "gap", "explodes", "vanishes", "not a number"],
)
def test_the_state_of_training(gaps, gradients, state):
    assert cd_health(gaps, gradients, 0.05).startswith(state)
    assert cd_health(gaps[: LEAST - 1], gradients[: LEAST - 1], 0.05) == ""


def test_a_steep_gradient_is_no_explosion_where_chains_are_noisy():
    assert cd_health(NOISE, 5 * RISING, 0.01).startswith("Healthy")
    assert cd_health(NOISE, 5 * RISING, 1.0).startswith("Diverging")


def test_the_objective_reads_its_own_terms():
    objective = ContrastiveDivergence(step_size=0.05)
    found = objective.health({ENERGY_GAP: list(NOISE), CHAIN_GRADIENT: list(STEADY)})
    assert found == cd_health(NOISE, STEADY, 0.05)
    assert [cls.kind for cls in OBJECTIVES if cls.health_terms] == ["contrastive_divergence"]
