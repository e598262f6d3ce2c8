"""The state of training by contrastive divergence, on series whose state is known."""

from __future__ import annotations

import numpy as np
import pytest

from ncsn_viz.core.objectives import OBJECTIVES, ContrastiveDivergence
from ncsn_viz.core.objectives.cd_health import LEAST, cd_health, collapsed
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


@pytest.mark.parametrize(
    ("gap", "penalty", "found"),
    [(-0.8, 0.01, False), (1.5, 0.01, False), (-29.9, 0.01, False), (-30.1, 0.01, True), (-100, 0.01, True),
     (-49, 0.001, False), (-180, 0.001, True), (-740, 0.001, True), (-1e4, 0, True), (-1, 0, False), (-5, 0.1, False),
     (-10, 0.1, True), (-1, 1, False), (30, 0.01, False), (float("nan"), 0.01, False)],
)  # fmt: skip
def test_a_collapse_is_known_by_its_gap(gap, penalty, found):
    sentence = ContrastiveDivergence(regulariser=penalty).failure({ENERGY_GAP: gap})
    assert sentence == collapsed(gap, penalty)
    assert bool(sentence) == found
    assert ("−1/α" in sentence) == (found and penalty > 0)


def test_the_gap_of_a_collapse_is_the_least_that_the_penalty_allows():
    """Over energies E at the data and −E elsewhere, as far apart as they like."""
    energies, penalty = np.linspace(-200, 0, 20001), 0.01
    least = energies[np.argmin(2 * energies + 2 * penalty * energies**2)]
    assert 2 * least == pytest.approx(-1 / penalty, abs=0.02)


def test_no_other_objective_fails_by_its_terms():
    assert [cls.kind for cls in OBJECTIVES if cls().failure({ENERGY_GAP: -1e6})] == ["contrastive_divergence"]
