"""Formulas as densities: against quadrature in numpy, closed forms and autograd, none of which reads the formula."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import generator, norm

from ncsn_viz.core.knobs import ValidationError, kind_from_json, to_json
from ncsn_viz.core.targets import TARGETS, Banana, Donut, Formula, FormulaTarget, Funnel, MullerBrown, SharpCheckerboard
from ncsn_viz.core.targets.formula import FORMULA_PRESETS
from ncsn_viz.core.targets.formula.formula_target import CELLS
from ncsn_viz.core.targets.painting import Blob, Painted, with_mark
from ncsn_viz.core.targets.statistics import finest_detail

CELL = 16 / CELLS
FINE = (np.arange(1200) + 0.5) / 75 - 8


def banana(x, y):
    return x**2 / 8 + (y - (x**2 - 4) / 4) ** 2 / 0.5


def funnel(x, y):
    return y**2 / 4.5 + x**2 / (2 * math.e**y) + y / 2


def donut(x, y):
    return 2 * ((x**2 + y**2) ** 0.5 - 4) ** 2


def muller_brown(x, y):
    """V/20 of Müller & Brown 1979, from their table of constants."""
    u, v = x / 5 - 0.2, y / 5 + 0.75
    table = [(-200, -1, 0, -10, 1, 0), (-100, -1, 0, -10, 0, 0.5), (-170, -6.5, 11, -6.5, -0.5, 1.5),
             (15, 0.7, 0.6, 0.7, -1, 1)]  # fmt: skip
    exponents = [a * (u - p) ** 2 + b * (u - p) * (v - q) + c * (v - q) ** 2 for _, a, b, c, p, q in table]
    return sum(row[0] * math.e**exponent for row, exponent in zip(table, exponents, strict=True)) / 20


ENERGIES = {Banana: banana, Funnel: funnel, Donut: donut, MullerBrown: muller_brown}
each = pytest.mark.parametrize("cls", ENERGIES, ids=lambda cls: cls.kind)


def moments(weights, x, y):
    weights = weights / weights.sum()
    mean = np.array([(weights * x).sum(), (weights * y).sum()])
    dx, dy = x - mean[0], y - mean[1]
    return mean, np.array([[(weights * a * b).sum() for a in (dx, dy)] for b in (dx, dy)])


@each
def test_moments_are_those_of_quadrature_with_smaller_cells(cls):
    x, y = np.meshgrid(FINE, FINE)
    energy = ENERGIES[cls](x, y)
    mean, covariance = moments(np.exp(energy.min() - energy), x, y)
    centres = (np.arange(CELLS) + 0.5) * CELL - 8
    for values, added in ((cls().means(), CELL**2 / 12), (cls().weights(), -((0.75 * CELL) ** 2))):
        own_mean, own = moments(values, *np.meshgrid(centres, centres))
        assert own_mean == pytest.approx(mean, abs=2e-4)
        assert own - covariance == pytest.approx(added * np.eye(2), abs=1e-3)
    sample = cls().build(dtype=torch.float64).sample(40_000, generator()).numpy()
    error = 5 * np.sqrt(np.diag(covariance) / 40_000)
    assert (abs(sample.mean(0) - mean) < error).all()
    assert np.cov(sample.T) == pytest.approx(covariance, abs=0.12)


ERRORS = {Banana: 0.015, Funnel: 0.1, Donut: 0.002, MullerBrown: 0.002}  # the narrowest parts are as fine as the cells


@each
def test_the_score_is_that_of_the_formula(cls):
    truth = cls().build(dtype=torch.float64)
    x = truth.sample(3000, generator(1)).requires_grad_()
    (wanted,) = torch.autograd.grad(-ENERGIES[cls](*x.unbind(1)).sum(), x)
    difference = truth.score(x.detach(), 0.0) - wanted
    assert float(difference.norm() / wanted.norm()) < ERRORS[cls]


@each
def test_the_noised_score_is_that_of_quadrature(cls):
    """∇ log p_σ(x) = E[x₀ − x | x]/σ², the mean over x₀ by a sum over a fine grid."""
    truth, sigma = cls().build(dtype=torch.float64), 0.5
    draws = generator(2)
    x = truth.sample(40, draws)
    x = x + sigma * torch.randn(40, 2, generator=draws, dtype=x.dtype)
    grid = np.meshgrid(FINE[::3], FINE[::3])
    points = np.stack([axis.ravel() for axis in grid], axis=1)
    energy = ENERGIES[cls](*points.T)
    for point in x.numpy():
        log_joint = -energy - ((point - points) ** 2).sum(1) / (2 * sigma**2)
        joint = np.exp(log_joint - log_joint.max())
        wanted = (joint @ points / joint.sum() - point) / sigma**2
        assert truth.score(torch.tensor(point)[None], sigma)[0].numpy() == pytest.approx(wanted, abs=0.02)


def test_a_gaussian_by_formula_is_the_closed_form_at_every_noise_level():
    for text, gives in (("exp(-x^2/3 - 2*(y - 1)^2)", "density"), ("5 + x^2/3 + 2*(y - 1)^2", "energy")):
        truth = Formula(text, gives).build(dtype=torch.float64)
        for sigma in (0.0, 0.3, 2.0, 10.0):
            v = torch.tensor([1.5, 0.25], dtype=torch.float64) + sigma**2
            offset = v.sqrt() * torch.randn(500, 2, generator=generator(), dtype=torch.float64)
            x = torch.tensor([0.0, 1.0]) + offset
            log_p = -(offset.square() / v).sum(1) / 2 - math.log(2 * math.pi) - v.log().sum() / 2
            assert norm(truth.log_density(x, sigma) - log_p) < 2e-3
            assert norm((truth.score(x, sigma) + offset / v) * v.sqrt()) < 5e-3


def test_the_basins_of_muller_and_brown_have_the_published_energies():
    minima = {(-0.558, 1.442): -146.70, (0.623, 0.028): -108.17, (-0.050, 0.467): -80.77}
    for (u, v), energy in minima.items():
        at = 5 * (np.array([[u, v]]) + [0.2, -0.75])
        assert 20 * muller_brown(*at.T)[0] == pytest.approx(energy, abs=0.01)
        assert MullerBrown().on_cells.formula.values(*at.T)[0] * 20 == pytest.approx(energy, abs=0.01)
    x, y = np.meshgrid(FINE, FINE)
    density = np.exp(-7.335 - muller_brown(x, y))
    u, v = x / 5 - 0.2, y / 5 + 0.75
    upper = density[v > 0.624 + 0.74 * (u + 0.822)].sum() / density.sum()  # a line through the published pass
    weights = MullerBrown().build(dtype=torch.float64).true_mode_weights()
    assert len(weights) == 2
    assert float(weights[0]) == pytest.approx(upper, abs=0.002)


@pytest.mark.parametrize("squares", ["2", "4", "6", "8"])
def test_every_square_of_the_board_has_exactly_the_same_mass(squares):
    target, count = SharpCheckerboard(squares), int(squares)
    weights, margin = target.weights(), CELLS // 8
    assert set(np.unique(weights)) == {0.0, 1.0}
    side = (CELLS - 2 * margin) // count
    board = weights[margin:-margin, margin:-margin].reshape(count, side, count, side).sum(axis=(1, 3))
    dark = np.add.outer(np.arange(count), np.arange(count)) % 2 == 0
    assert (board[dark] == side**2).all()
    assert (board[~dark] == 0).all()
    assert weights.sum() == board.sum()
    shares = target.build(dtype=torch.float64).true_mode_weights()
    assert len(shares) == count**2 // 2
    assert norm(shares * len(shares) - 1) < 4e-3  # light cells belong to either neighbour


def test_the_edge_of_a_square_is_as_sharp_as_its_lattice():
    truth = SharpCheckerboard().build(dtype=torch.float64)
    offset = torch.linspace(-0.5, 0.5, 41, dtype=torch.float64)
    x = torch.stack([offset, torch.full_like(offset, 1.5)], dim=1)  # through an edge, far from corners
    wanted = torch.special.ndtr(offset / (0.75 * CELL)) / 72
    assert norm(truth.log_density(x, 0.0).exp() - wanted) < 4e-4
    inside = torch.tensor([[1.5, 1.5], [-4.5, -4.5], [0.5, 2.5]], dtype=torch.float64)
    assert norm(truth.score(inside, 0.0)) < 1e-6


def test_a_region_far_away_is_the_same_density_moved():
    near = Formula("exp(-r^2/3)*(1 + sin(x))", window=(-6, 6), resolution=64)
    far = Formula("exp(-((x-1e3)^2+(y-1e3)^2)/3)*(1 + sin(x-1e3))", window=(994, 1006), resolution=64)
    assert far.weights() == pytest.approx(near.weights(), abs=1e-7)
    x = near.build().sample(50, generator())
    assert norm(far.build(origin=1000.0).score(x, 0.1) - near.build().score(x, 0.1)) < 1e-4
    assert far.image((994, 1006), 8) == pytest.approx(near.image((-6, 6), 8), abs=1e-9)


@pytest.mark.parametrize("cls", [*FORMULA_PRESETS, Formula], ids=lambda cls: cls.kind)
def test_painted_over_it_is_the_same_density_beside_the_mark(cls):
    target = cls()
    painted = with_mark(target, Blob(mean=(7.5, -7.5), std_1=0.1, std_2=0.1), (-8.0, 8.0))
    assert isinstance(painted, Painted)
    assert painted.base == target
    assert kind_from_json(TARGETS, to_json(painted)) == painted
    before, after = target.build(dtype=torch.float64), painted.build(dtype=torch.float64)
    x = before.sample(500, generator())
    x = x[(x - torch.tensor([7.5, -7.5])).norm(dim=1) > 2]
    assert norm(after.score(x, 0.0) - before.score(x, 0.0)) < 1e-6
    change = after.log_density(x, 0.0) - before.log_density(x, 0.0)
    assert norm(change - change.mean()) < 1e-6
    assert -0.2 < float(change.mean()) < 0


def test_with_small_cells_one_node_is_enough():
    fine, usual = (Donut() if n is None else Formula(Donut().expression, "energy", resolution=n) for n in (384, None))
    means = fine.means().reshape(CELLS, 2, CELLS, 2).mean(axis=(1, 3))
    assert means / means.max() == pytest.approx(usual.means(), abs=1e-3)


def test_painted_over_on_other_cells_it_keeps_its_mass():
    target = Donut()
    coarse = target.lattice_weights((-8.0, 8.0), 64, 0.3)
    assert coarse.shape == (64, 64)
    assert moments(coarse, *np.meshgrid(*2 * [np.arange(64)]))[0] == pytest.approx([31.5, 31.5])
    assert coarse.mean() == pytest.approx(target.weights().mean(), rel=0.01)
    part = target.lattice_weights((-4.0, 4.0), 96, 0.3)
    assert part.max() == 1
    assert part[48, 0] == pytest.approx(1, abs=0.02)
    assert part[48, 48] < 1e-10


# -- what is no density ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "gives", "sentence", "place"),
    [
        ("0", "density", "is 0 all over the region: there is no mass anywhere", "0"),
        ("exp(-r^2*1e6)*0", "density", "is 0 all over", None),
        ("1/(r*0)", "energy", "is infinite all over the region", None),
        ("x + 3", "density", "is -4.98 at x = -7.98, y = -7.98, and a density is never negative: use max(0, …)",
         "x + 3"),
        ("2 + log(x + y)", "density", "has “log(x + y)” at character 5, which is no number at x = -7.98", "log(x + y)"),
        ("2 + log(x + y)", "energy", "which is no number", "log(x + y)"),
        ("1 + exp(r^4)", "density", "has “exp(r^4)” at character 5, which is infinite at", "exp(r^4)"),
        ("exp(r^4)/exp(r^4)", "density", "which is no number", "exp(r^4)/exp(r^4)"),
        ("y - exp(r^4)", "energy", "has “exp(r^4)” at character 5, which is infinite", "exp(r^4)"),
        ("1/(x - x)", "density", "has “1/(x - x)” at character 1, which is infinite", "1/(x - x)"),
        ("x^2 - y^2", "energy", "grows without end: around the region there is more than 1000 times the mass", None),
        ("-r", "energy", "The density is exp(−energy): is the sign right?", None),
        ("cosh(x)", "density", "grows without end", None),
    ],
)  # fmt: skip
def test_what_is_no_density_is_refused_in_a_sentence(text, gives, sentence, place):
    with pytest.raises(ValidationError) as error:
        Formula(text, gives)
    assert str(error.value).startswith("expression ")
    assert sentence in str(error.value)
    assert text[error.value.start : error.value.end] == (text if place is None else place)
    with pytest.raises(ValidationError, match=r"^expression "):
        kind_from_json(TARGETS, {"kind": "formula", "expression": text, "gives": gives})


def test_rounding_is_not_negative_and_infinite_energies_are_walls():
    assert Formula("max(0, 4 - r)^2 + 1e-17*x").means().min() == 0
    walls = Formula("x^2/2 - log(step(y))", "energy").means()
    assert walls[: CELLS // 2].max() == 0
    assert walls[CELLS // 2 :].max() == 1


@pytest.mark.parametrize("window", [(3.0, 3.0), (5.0, -5.0), (0.0, 0.001)])
def test_a_region_has_a_size(window):
    with pytest.raises(ValidationError, match=r"window must be a low end and a high end at least 0\.01 above it"):
        Formula(window=window)


# -- notes ----------------------------------------------------------------------------------------------------------


def test_what_is_cut_off_is_said():
    outside = 100 * (1 - math.erf(8 / 4 / math.sqrt(2)) ** 2)
    (note,) = Formula("exp(-r^2/32)").notes
    assert note == f"{outside:.2g} % of the mass of the formula is outside of the region and is cut off."
    assert Formula("exp(-r^2/2)").notes == Donut().notes == SharpCheckerboard().notes == ()
    for endless in ("1", "1/(1 + r^2)", "sin(x)^2", "x^2"):
        assert Formula(endless).notes == (
            "The formula does not fall off outside of the region: it is cut off at its edge.",
        )
    for fine in ("exp(-1e4*x^2 - y^2)", "exp(-r)/x^2"):
        assert "details finer than the cells" in " ".join(Formula(fine).notes)


def test_the_finest_detail_of_a_gaussian_and_of_a_ridge():
    assert Donut(radius=0).statistics().min_std == pytest.approx(math.hypot(0.5 / math.sqrt(2), 0.75 * CELL), rel=0.01)
    ridge = Formula("2*x^2", "energy")
    assert finest_detail(ridge.means(), CELL) == pytest.approx(0.5, rel=0.01)
    assert finest_detail(np.ones((4, 4)), 1.0) == 4


def test_statistics_know_where_the_modes_are():
    assert Donut().statistics().mode_gap(0.0) is None
    two = Formula("exp(-((x-5)^2 + y^2)) + exp(-((x+5)^2 + y^2))").statistics()
    assert two.mode_gap(0.0) == pytest.approx(10, abs=3.5)
    assert two.mode_gap(4.0) is None
    assert two.std == pytest.approx(math.sqrt(25.5), rel=0.01)


def test_presets_are_formulas_that_can_be_typed():
    for cls in FORMULA_PRESETS:
        target = cls()
        typed = Formula(target.expression, target.gives)
        assert isinstance(target, FormulaTarget)
        assert (typed.weights() == target.weights()).all()
    assert replace(Banana(), bend=-0.3).expression == "x^2/8 + (y - (-0.3)*(x^2 - 4))^2/(2*0.5^2)"
