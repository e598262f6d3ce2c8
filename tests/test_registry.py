"""A kind, a map layer or a metric is one file and one line: a copy of the package with one more offers it everywhere.

What has to hold in such a copy stands in `extended_registry.py` and `extended_kinds.py`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ncsn_viz
from ncsn_viz.core import nets, objectives, samplers, schedules, targets
from ncsn_viz.lab import map_layers, metrics

TESTS = Path(__file__).parent
PACKAGE = Path(ncsn_viz.__file__).parent

MAP_LAYER = """
from __future__ import annotations

from ncsn_viz.core.numerics import torch
from {room}.base import MapInputs, MapLayer


def length(inputs: MapInputs) -> torch.Tensor:
    return torch.linalg.vector_norm(inputs.field.score, dim=-1)


LENGTH = MapLayer("length", "Length", "How long arrows are.", "‖s‖", "Shift+9", "log", length)
"""
METRIC = """
from __future__ import annotations

from {room}.base import Metric, MetricInputs


def radius(inputs: MetricInputs) -> dict[str, float]:
    return {{}} if inputs.x is None else {{"radius": float(inputs.x.norm(dim=1).mean())}}


RADIUS = Metric("radius", "mean radius", "Mean distance from the origin.", better="least", format="percent",
                logarithmic=True, live=radius, final=radius)
"""


HEAD = """
from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.numerics import torch
"""
TARGET = (
    HEAD
    + """
import numpy as np

from ncsn_viz.core.knobs import Real, knob
from {room}.mixture import Components, GaussianTarget


@dataclass(frozen=True)
class Pair(GaussianTarget):
    \"\"\"Two Gaussians.\"\"\"

    kind = "pair"
    title = "Pair"
    about = "Two Gaussians."

    gap: float = knob(4.0, Real(low=1, high=10, label="Gap", help="Between the two."))

    def components(self):
        \"\"\"Both.\"\"\"
        means = np.array([[-self.gap / 2, 0.0], [self.gap / 2, 0.0]])
        return Components(np.array([0.5, 0.5]), means, np.array([1.0, 1.0]), range(2))
"""
)
OBJECTIVE = (
    HEAD
    + """
from ncsn_viz.core.knobs import Real, knob
from ncsn_viz.core.numerics import normal
from {room}.base import Objective, Terms


@dataclass(frozen=True)
class Norm(Objective):
    \"\"\"E‖s(x + σz; σ) + z/σ‖.\"\"\"

    kind = "norm"
    title = "Norm"
    about = "The norm of the error, not its square."
    formula = r"\\mathbb{{E}}\\left\\| s + z/\\sigma \\right\\|"
    has_floor = False

    sigma: float = knob(0.5, Real(low=0.01, high=50, label="Noise", help="The noise."))

    def loss(self, net, batch, truth, generator, state=None):
        \"\"\"The mean.\"\"\"
        z = normal(batch, generator)
        residual = net.score(batch + self.sigma * z, self.sigma) + z / self.sigma
        return Terms(torch.linalg.vector_norm(residual, dim=1).mean())

    def sigmas(self):
        \"\"\"One.\"\"\"
        return (self.sigma,)

    def floor(self, truth, generator, n=0):
        \"\"\"Unknown.\"\"\"
"""
)
NET = (
    HEAD
    + """
from ncsn_viz.core.knobs import Integer, knob
from {room}.base import Net


@dataclass(frozen=True)
class Waves(Net):
    \"\"\"A mixture of waves.\"\"\"

    kind = "waves"
    title = "Waves"
    about = "A mixture of waves."

    width: int = knob(16, Integer(low=1, high=64, label="Width", help="How many."))

    def module(self, generator):
        \"\"\"Plain torch: a module with a score.\"\"\"

        class Module(torch.nn.Module):
            def __init__(module):
                super().__init__()
                module.first = torch.nn.Parameter(0.5 * torch.randn(self.width, 3, generator=generator))
                module.second = torch.nn.Parameter(0.1 * torch.randn(2, self.width, generator=generator))

            def score(module, x, sigma):
                level = torch.as_tensor(sigma, dtype=x.dtype).expand(len(x))[:, None]
                return torch.sin(torch.cat([x, level], dim=1) @ module.first.T) @ module.second.T

        return Module()
"""
)
SAMPLER = (
    HEAD
    + """
import math

from ncsn_viz.core.numerics import normal
from {room}.base import StepFormula
from {room}.fixed_noise import FixedNoise


@dataclass(frozen=True)
class Damped(FixedNoise):
    \"\"\"Langevin of half the step.\"\"\"

    kind = "damped"
    title = "Damped"
    about = "Langevin of half the step."
    formula = "x"
    overdamped = True

    def step_formula(self, step):
        \"\"\"Half of the drift, and of the noise's variance.\"\"\"
        return StepFormula("½η s", self.step_size / 2, "√η z", math.sqrt(self.step_size))

    def step(self, state, field, generator):
        \"\"\"One.\"\"\"
        drift = self.step_size / 2 * field.score(state.x, self.sigma)
        return state.moved(state.x + drift + math.sqrt(self.step_size) * normal(state.x, generator), drift=drift)
"""
)
SCHEDULE = (
    HEAD
    + """
from {room}.variance_exploding import VarianceExploding


@dataclass(frozen=True)
class EvenSteps(VarianceExploding):
    \"\"\"Even steps.\"\"\"

    kind = "even"
    title = "Even steps"
    about = "Even steps."

    def sigma(self, t):
        \"\"\"From the smallest to the largest.\"\"\"
        return self.sigma_min + t * (self.sigma_max - self.sigma_min)

    def sigma_rate(self, t):
        \"\"\"Constant.\"\"\"
        return 0 * t + self.sigma_max - self.sigma_min

    def time(self, noise):
        \"\"\"The inverse.\"\"\"
        return (noise - self.sigma_min) / (self.sigma_max - self.sigma_min or 1.0)
"""
)


def add(copy, room, name, text, listed, last):
    """Write the file `name` into `room`, and one line into its list, behind `last`, for what is `listed` there."""
    folder = copy.joinpath(*room.split(".")[1:])
    (folder / f"{name}.py").write_text(text.format(room=room), encoding="utf-8")
    lines = (folder / "__init__.py").read_text(encoding="utf-8").splitlines()
    place = max(number for number, line in enumerate(lines) if re.search(rf"\b{last},", line))
    lines[place] = lines[place].replace(f"{last},", f"{last}, {listed},")
    first = next(number for number, line in enumerate(lines) if line.startswith("from ncsn_viz"))
    lines.insert(first, f"from {room}.{name} import {listed}")
    (folder / "__init__.py").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def copy(tmp_path):
    """A copy of the package, beside its assets."""
    shutil.copytree(PACKAGE, tmp_path / "ncsn_viz", ignore=shutil.ignore_patterns("__pycache__"))
    assets = PACKAGE.parent / "assets"
    if assets.is_dir():
        (tmp_path / "assets").symlink_to(assets)
    return tmp_path / "ncsn_viz"


def holds(copy, tests):
    """Run `tests` against the copy."""
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", TESTS.parent / "pyproject.toml",
             TESTS / tests]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(copy.parent), str(TESTS)))}
    done = subprocess.run(words, cwd=copy.parent, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_file_and_one_line_add_a_map_layer_and_a_metric(copy):
    add(copy, map_layers.__name__, "length", MAP_LAYER, "LENGTH", "CURL")
    add(copy, metrics.__name__, "radius", METRIC, "RADIUS", "SLICED_W2")
    holds(copy, "extended_registry.py")


def test_one_file_and_one_line_add_a_kind_of_each_list(copy):
    add(copy, targets.__name__, "pair", TARGET, "Pair", "Moons")
    add(copy, objectives.__name__, "norm", OBJECTIVE, "Norm", "Denoising")
    add(copy, nets.__name__, "waves", NET, "Waves", "ScoreMLP")
    add(copy, samplers.__name__, "damped", SAMPLER, "Damped", "AnnealedLangevin")
    add(copy, schedules.__name__, "even", SCHEDULE, "EvenSteps", "Geometric")
    holds(copy, "extended_kinds.py")
