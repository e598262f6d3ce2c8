"""What several tests share: generators, small experiments, random settings, a look-out with a deadline."""

from __future__ import annotations

import math
import time
from functools import cache

import numpy as np
import torch

from ncsn_viz.core import knobs as k
from ncsn_viz.core.analysis import metrics
from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.targets.formula import ExpressionText
from ncsn_viz.core.targets.painting import Pixels, encode_pixels


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def norm(tensor):
    """The largest absolute value: a magnitude, never a signed sum. NaN stays NaN and fails every comparison."""
    return float(torch.as_tensor(tensor).detach().abs().max())


def relative(found, wanted):
    """How far two tensors are apart, in units of the larger of 1 and the wanted one."""
    return float(((found - wanted).abs() / wanted.abs().clamp(min=1)).detach().max())


def half_fisher(field, truth, x, sigma):
    """½ mean ‖s − s*‖² over the points `x` (n, 2), at noise level `sigma`."""
    with torch.no_grad():
        return metrics.half_mean_square(field.score(x, sigma) - truth.score(x, sigma))


def score_net(seed=0, dtype=torch.float64, **knobs):
    return ScoreMLP(**{"hidden": 16, "layers": 2} | knobs).build(generator(seed), dtype=dtype)


def energy_net(seed=0, dtype=torch.float64, **knobs):
    return EnergyMLP(**{"hidden": 16, "layers": 2} | knobs).build(generator(seed), dtype=dtype)


def jacobian(function, x):
    """∂fᵢ/∂xⱼ at every point of `x` (n, 2) by autograd alone: shape (n, 2, 2)."""
    point = x.clone().requires_grad_()
    value = function(point)
    rows = [torch.autograd.grad(value[:, i].sum(), point, create_graph=True, allow_unused=True)[0] for i in range(2)]
    return torch.stack([torch.zeros_like(x) if row is None else row for row in rows], dim=1)


def until(condition, seconds=30.0):
    """The first true answer of `condition`, asked again and again; fails at the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.002)
    raise AssertionError(f"nothing came of it in {seconds:g} s")


# -- random settings ------------------------------------------------------------------------------------------------


def random_settings(cls, rng, tries=3000):
    """Valid settings of the class with every knob drawn at random."""
    for _ in range(tries):
        length = rng.randint(1, 4)  # one for all lists of numbers: some must be equally long
        try:
            return cls(**{name: random_value(knob, rng, length) for name, knob in k.knobs(cls).items()})
        except k.ValidationError:
            continue  # knobs that must fit each other did not
    raise AssertionError(f"{cls.__name__}: no valid settings in {tries} tries")


def random_value(knob, rng, length=2):  # noqa: PLR0911
    match knob:
        case k.Real():
            return _random_number(knob, rng)
        case k.Integer():
            return round(_random_number(knob, rng))
        case k.Choice():
            return rng.choice(knob.options)
        case k.Switch():
            return rng.random() < 0.5
        case ExpressionText():
            return rng.choice(("1/(1 + r^2)", "2 + sin(x)*cos(y)", "1 + abs(x - y)/9", "2 - exp(-hypot(x, 3*y))"))
        case k.Text():
            return "".join(rng.choice('aB9 .σ한"\\\n😀') for _ in range(rng.randint(0, min(knob.max_length, 12))))
        case k.Numbers():
            count = min(max(length, knob.min_count), knob.max_count)
            row = (lambda: rng.uniform(knob.low, knob.high)) if not knob.width else None
            return tuple(
                row() if row else tuple(rng.uniform(knob.low, knob.high) for _ in range(knob.width))
                for _ in range(count)
            )
        case Pixels():
            return pixels(rng.randrange(64))
        case k.Nested():
            return random_settings(knob.of, rng)
        case k.Variant():
            return random_settings(rng.choice(knob.kinds), rng)
        case k.ListOf():
            return tuple(
                random_value(knob.of, rng, length) for _ in range(max(knob.min_count, min(length, knob.max_count)))
            )
    raise AssertionError(f"no random value for {type(knob).__name__}: teach tests/helpers.py")


@cache
def pixels(seed):
    """Random ones, of many widths: most are drawn in vain, for a number of columns that does not divide them."""
    return encode_pixels(np.random.default_rng(seed).random(720))


def _random_number(knob, rng):
    if knob.log:
        value = math.exp(rng.uniform(math.log(knob.low), math.log(knob.high)))
        return min(max(value, knob.low), knob.high)
    return rng.uniform(knob.low, knob.high)
