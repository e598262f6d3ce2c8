"""The maps of a survey against closed forms in float64."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ncsn_viz.core.targets import TwoModes
from ncsn_viz.lab.observe import Survey
from ncsn_viz.lab.spec import View

VIEW = View(region=(-8.0, 8.0, -6.0, 6.0))
CPU = torch.device("cpu")


def survey(field, layers, sigma=1.0, region=(-9.0, 9.0, -8.0, 8.0), truth=None, **more):
    made = Survey(field, region, sigma, CPU, replace(VIEW, layers=layers), truth, **more)
    made.finish()
    return made.result()[0]


def nodes(field):
    rows, columns = field.energy.shape
    x0, x1, y0, y1 = field.region
    return np.meshgrid(np.linspace(x0, x1, columns), np.linspace(y0, y1, rows))


def log_density(target, x, y, sigma):
    """log p_σ of a mixture, written down once more, in float64."""
    built = target.build(dtype=torch.float64)
    weights, means, stds = (part.numpy() for part in (built.log_weights.exp(), built.means, built.stds))
    variance = stds**2 + sigma**2
    away = (x[..., None] - means[:, 0]) ** 2 + (y[..., None] - means[:, 1]) ** 2
    return np.log((weights / (2 * np.pi * variance) * np.exp(-away / (2 * variance))).sum(-1))


@pytest.mark.parametrize("sigma", [0.5, 3.0])
def test_the_true_density_is_exact_and_its_peak_in_the_view_is_1(sigma):
    truth = TwoModes().build(CPU)
    field = survey(truth, ("true_density",), sigma, truth=truth)
    x, y = nodes(field)
    wanted = log_density(TwoModes(), x, y, sigma)
    seen = (np.abs(x) <= 8) & (np.abs(y) <= 6)
    wanted = np.minimum(np.exp(wanted - wanted[seen].max()), 1)
    assert np.abs(field.maps["true_density"] - wanted).max() < 2e-5
    assert field.maps["true_density"][seen].max() == 1


def test_the_energy_map_counts_from_the_least_in_the_view():
    truth = TwoModes().build(CPU)
    field = survey(truth, ("energy_map",), 1.0)
    x, y = nodes(field)
    energy = -log_density(TwoModes(), x, y, 1.0)
    seen = (np.abs(x) <= 8) & (np.abs(y) <= 6)
    assert np.abs(field.maps["energy_map"] - (energy - energy[seen].min())).max() < 1e-3
    assert field.maps["energy_map"] is field.energy or np.array_equal(field.maps["energy_map"], field.energy)


def test_only_the_maps_that_are_wanted_are_made():
    truth = TwoModes().build(CPU)
    for name in ("true_density", "energy_map", "error", "weighted_error", "divergence", "curl"):
        assert set(survey(truth, (name, "field"), truth=truth).maps) == {name}
    assert survey(truth, ("density",), truth=truth).maps == {}
