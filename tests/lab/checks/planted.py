"""Errors that are planted in the formulas of the program, one at a time: `ncsn-viz check` must find every one.

`python tests/lab/checks/planted.py` plants all of them and says which check finds each; names as arguments choose some.
"""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

from ncsn_viz.core.analysis import calculus, likelihood, metrics, wasserstein, weighted_potential
from ncsn_viz.core.analysis.kernel_density import _kernels
from ncsn_viz.core.fields import GridField
from ncsn_viz.core.nets import activations, mlp, modules, noise_embedding, preconditioning
from ncsn_viz.core.objectives import (
    ContrastiveDivergence,
    Denoising,
    Explicit,
    Implicit,
    MaximumLikelihood,
    NoiseContrastive,
    Sliced,
)
from ncsn_viz.core.objectives.base import denoising_floor, half_mean_squared_error
from ncsn_viz.core.objectives.paths import base as path_base
from ncsn_viz.core.objectives.paths import distributions, weightings
from ncsn_viz.core.objectives.paths.base import PathObjective
from ncsn_viz.core.samplers import (
    HMC,
    MALA,
    AnnealedLangevin,
    GradientFlow,
    PredictorCorrector,
    ProbabilityFlow,
    State,
    UnderdampedLangevin,
)
from ncsn_viz.core.samplers import base as sampler_base
from ncsn_viz.core.samplers.reverse import reverse_process
from ncsn_viz.core.schedules import LinearPath, Schedule, VPLinear, readings
from ncsn_viz.core.schedules import base as schedule_base
from ncsn_viz.core.targets import GaussianTarget
from ncsn_viz.core.targets.formula import cell_means, functions
from ncsn_viz.core.targets.formula.sharpening import sharpened
from ncsn_viz.core.targets.gaussians import Gaussians
from ncsn_viz.core.targets.lattice import LatticeMixture
from ncsn_viz.core.targets.lattice.interpolation import InterpolationTables
from ncsn_viz.core.targets.lattice.posterior import posterior
from ncsn_viz.lab.checks import CHECKS, Check, Outcome
from ncsn_viz.lab.inspection import point_probe
from ncsn_viz.lab.map_layers import FieldValues
from ncsn_viz.lab.map_layers.curl import CURL
from ncsn_viz.lab.map_layers.difference import difference
from ncsn_viz.lab.training import evaluation_set
from ncsn_viz.lab.training.score_points import ScorePoints

BY_NAME = {check.name: check for check in CHECKS}


@dataclass(frozen=True)
class Planted:
    """An error: `old` becomes `new` in the source of `function`. `finders` names checks that must find it."""

    name: str
    function: FunctionType
    old: str
    new: str
    finders: tuple[str, ...]

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The function has the error, wherever it is called from."""
        sound, function = self.function.__code__, self.function
        function.__code__ = self.spoiled()
        _forget()
        try:
            yield
        finally:
            function.__code__ = sound
            _forget()

    def spoiled(self) -> CodeType:
        """The code of the function with the error, compiled as a part of its file."""
        code = self.function.__code__
        lines, first = inspect.getsourcelines(code)
        text = "".join(lines)
        assert text.count(self.old) == 1, f"{self.name}: {self.old!r} must stand once in {code.co_qualname}; plant anew"
        changed = text.replace(self.old, self.new)
        assert changed.count("\n") == text.count("\n")
        before, after = Path(code.co_filename).read_text(encoding="utf-8").splitlines(keepends=True), len(lines)
        before, rest = before[: first - 1], before[first - 1 + after :]
        tree = compile("".join([*before, changed, *rest]), code.co_filename, "exec", dont_inherit=True)
        same = (code.co_qualname, code.co_firstlineno)
        (found,) = (each for each in _all_codes(tree) if (each.co_qualname, each.co_firstlineno) == same)
        return found

    def found(self, checks: tuple[Check, ...]) -> Outcome | None:
        """The outcome of the first of `checks` that differs with the error in place; None if none does."""
        with self.in_place():
            for check in checks:
                try:
                    outcome = check.run()
                except Exception as error:
                    outcome = check.failed(error)
                assert outcome is not None
                if not outcome.passed:
                    return outcome
        return None


def _forget() -> None:
    """Nothing that was computed with or without the error stays in a cache."""
    schedules = (schedule_base._sigmas, path_base._levels, path_base._edges, noise_embedding._of_number)
    for cached in (*schedules, cell_means.sampled, cell_means.cell_weights, cell_means.notes):
        cached.cache_clear()


def _all_codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _all_codes(constant)


PLANTED = (
    # -- targets ----------------------------------------------------------------------------------------------------
    Planted("height of a Gaussian", Gaussians._log_joint, "2 * math.pi * variances", "math.pi * variances",
            ("mixture_formulas",)),
    Planted("noise added to deviations", Gaussians._log_joint, "sigma_column(sigma, x).square()",
            "sigma_column(sigma, x)", ("mixture_formulas",)),
    Planted("sign of a score", Gaussians.score, "factors @ self.means - factors.sum(1, keepdim=True) * x",
            "factors.sum(1, keepdim=True) * x - factors @ self.means", ("mixture_formulas", "langevin_basins")),
    Planted("sign of a Jacobian", Gaussians.score_and_tangents, "- precision * directions", "+ precision * directions",
            ("mixture_formulas",)),
    Planted("samples too narrow", Gaussians.sample, "self.stds[component, None]", "self.stds[component, None] ** 2",
            ("mixture_samples",)),
    Planted("posterior off the data", Gaussians.mode_weights, "0.0", "1.0", ("mixture_samples",)),
    Planted("picture of unequal parts", GaussianTarget._density, "parts.stds**2", "parts.stds", ("target_image",)),
    Planted("normalisation of a lattice", posterior, "2 * math.pi * v", "math.pi * v", ("lattice_sum",)),
    Planted("covariance of cells", posterior, "second - product", "second", ("lattice_sum",)),
    Planted("far from a lattice", InterpolationTables.log_density, "(2 * self.v)", "self.v",
            ("lattice_interpolation",)),
    Planted("blurred by h twice", GaussianTarget.lattice_weights, "parts.stds**2 - bandwidth**2", "parts.stds**2",
            ("painted_over",)),
    Planted("samples of a lattice", LatticeMixture.sample, "+ self.bandwidth * noise", "+ self.bandwidth**2 * noise",
            ("lattice_samples",)),
    Planted("bandwidth of a lattice", LatticeMixture._level, "self.bandwidth**2 + sigma**2",
            "(self.bandwidth + sigma) ** 2", ("lattice_sum",)),
    Planted("a formula blurred by its cells", sharpened, "weights * (1 + _blurred(change, 0.0))", "weights",
            ("formula_mixture",)),
    Planted("square of a formula", functions._power, "base * base", "base * 2", ("formula_presets",)),
    # -- networks ---------------------------------------------------------------------------------------------------
    Planted("SiLU twice", activations._silu_two, "(fall - gate)", "(gate - fall)", ("network_jacobian",)),
    Planted("tanh twice", activations._tanh_two, "-2 * value", "-value", ("network_jacobian",)),
    Planted("chain rule", mlp.MLP.gradient_and_tangents, "(g * curvature) * tangent", "g * curvature",
            ("network_jacobian",)),
    Planted("input scale of an energy", preconditioning.Preconditioning.energy_score,
            "-self.c_in(self.c_energy(gradient, noise), noise)", "-self.c_energy(gradient, noise)",
            ("energy_gradient",)),
    Planted("half of a square", preconditioning.Preconditioning.energy, "noise) / 2", "noise)", ("energy_gradient",)),
    Planted("sign of an energy's score", preconditioning.Preconditioning.energy_score, "-self.c_in", "self.c_in",
            ("energy_gradient",)),
    Planted("Karras' c_out", readings._karras, "-SIGMA_DATA / total", "-1 / total", ("preconditioning",)),
    Planted("Karras' c_skip", readings._karras, "noise / SIGMA_DATA / total", "noise / total", ("preconditioning",)),
    Planted("tangents of an energy", modules.EnergyModule.score_and_tangents, "along[..., :2], directions",
            "along[..., :2], x", ("network_jacobian",)),
    # -- losses -----------------------------------------------------------------------------------------------------
    Planted("the noise's σ", Denoising.loss, "z / -self.sigma", "-z", ("vincent_constant",)),
    Planted("half a squared error", half_mean_squared_error, "(score, target)", "(score, target) * 2",
            ("vincent_constant",)),
    Planted("truth without noise", Explicit.loss, "truth.score(x, self.sigma)", "truth.score(x, 0.0)",
            ("vincent_constant",)),
    Planted("trace of two columns", Implicit.loss, "along[1, :, 1]", "along[1, :, 0]",
            ("implicit_terms", "hyvarinen_constant")),
    Planted("radius of a sphere", Sliced.directions, "math.sqrt(2) * normal", "normal", ("sliced_is_implicit",)),
    Planted("signs of directions", Sliced.directions, "to(batch.dtype) * 2 - 1", "to(batch.dtype)",
            ("sliced_is_implicit", "hutchinson_rademacher")),
    Planted("directions of one side", Sliced.directions, "torch.randn(shape", "torch.rand(shape",
            ("sliced_is_implicit", "hutchinson_gaussian")),
    Planted("half of a projection", Sliced.loss, "0.5 * projected", "projected", ("sliced_is_implicit",)),
    Planted("weight of a level", readings._score, "-1 / path.scales(noise)[1]", "-1 + 0 * noise", ("ncsn_levels",)),
    Planted("v of the other sign", readings._v, "return -sigma, alpha", "return sigma, alpha", ("path_losses",)),
    Planted("velocity of the noise alone", LinearPath.rates, "0 * t - 1,", "0 * t,", ("path_losses",)),
    Planted("root of an SNR", weightings._min_snr, "math.sqrt(MAX_SNR)", "MAX_SNR", ("path_losses",)),
    Planted("weighting of EDM", weightings._edm, "sigma / SIGMA_DATA", "sigma / SIGMA_DATA**2", ("path_losses",)),
    Planted("width of log σ", distributions._log_normal, "+ NORMAL.stdev *", "+", ("path_losses",)),
    Planted("growth of β", VPLinear._integral, "(LAST - FIRST) / 2", "(LAST - FIRST)", ("path_losses",)),
    Planted("density of time", distributions._density_of_time, "schedule.time_density(sigma) *",
            "schedule.time_density(1.0) *", ("floors",)),
    Planted("points of a level", PathObjective.loss, "points = x + column * z", "points = x + column**2 * z",
            ("ncsn_levels",)),
    Planted("mean of levels", PathObjective._per_level, "sums / counts", "sums / len(each)", ("ncsn_levels",)),
    Planted("half a floor", denoising_floor, "apart = 1 / sigma**2 -", "apart = 0.5 / sigma**2 -", ("floors",)),
    Planted("floor of one level", Denoising.floor, "1 / self.sigma**2", "1 / self.sigma", ("floors",)),
    Planted("half a mean square", metrics.half_mean_square, "0.5 *", "1.0 *", ("floors",)),
    Planted("nodes over log σ", Schedule.quadrature, "float(w) / 2", "float(w)", ("floors",)),
    Planted("ratio of noise", NoiseContrastive._logit, "- math.log(self.ratio)", "+ math.log(self.ratio)",
            ("minima_at_the_truth",)),
    Planted("share of noise", NoiseContrastive.loss, ".reshape(self.ratio, -1).sum(0)",
            ".reshape(self.ratio, -1).mean(0)", ("minima_at_the_truth",)),
    Planted("density of noise", NoiseContrastive._logit, "2 * math.pi *", "math.pi *", ("minima_at_the_truth",)),
    Planted("area of a cell", MaximumLikelihood.log_z, "2 * math.log(spacing)", "math.log(spacing)", ("log_z",)),
    Planted("sign of Z", MaximumLikelihood.loss, "data + log_z,", "data - log_z,", ("minima_at_the_truth",)),
    Planted("sign of a contrast", ContrastiveDivergence.loss, "Terms(positive.mean() - negative.mean() +",
            "Terms(negative.mean() - positive.mean() +", ("contrastive_gradient",)),
    Planted("penalty of one side", ContrastiveDivergence.loss, "positive.square().mean() + negative.square().mean()",
            "positive.square().mean()", ("contrastive_gradient",)),
    Planted("who is renewed", ContrastiveDivergence._starts, "< self.renewal", "> self.renewal",
            ("contrastive_gradient",)),
    # -- samplers ---------------------------------------------------------------------------------------------------
    Planted("the papers' α", sampler_base.langevin_step, "math.sqrt(2 * step_size)", "math.sqrt(step_size)",
            ("langevin_on_gaussian", "langevin_bias")),
    Planted("gradient flow down", GradientFlow.step, "self.step_size * field", "-self.step_size * field",
            ("ascent_on_gaussian",)),
    Planted("density of a proposal", MALA.step, "here = (x - proposal - eta * back).square().sum(1) / (4 * eta)",
            "here = (x - proposal - eta * back).square().sum(1) / (2 * eta)", ("acceptance",)),
    Planted("way back of a proposal", MALA.step, "- eta * back", "+ eta * back", ("acceptance", "mala_no_bias")),
    Planted("accept by u", State.metropolis, "uniform.log() < log_ratio", "uniform < log_ratio", ("acceptance",)),
    Planted("kinetic energy", HMC.step, "gain + kinetic", "gain", ("acceptance", "boltzmann")),
    Planted("time of a leap", HMC.step, "math.sqrt(2 * self.step_size)", "math.sqrt(self.step_size)", ("acceptance",)),
    Planted("friction", UnderdampedLangevin.step, "math.exp(-self.friction * h)", "math.exp(-self.friction * h / 2)",
            ("underdamped_oscillation",)),
    Planted("half a kick", UnderdampedLangevin.step, "(h if state.step else h / 2)", "h / 2", ("underdamped_spread",)),
    Planted("noise of friction", UnderdampedLangevin.step, "math.sqrt(1 - keep**2)", "math.sqrt(1 - keep)",
            ("underdamped_spread",)),
    Planted("steps of a ladder", AnnealedLangevin.step_size_at, "(sigma / self.sigma_min) ** 2",
            "(sigma / self.sigma_min)", ("annealed_on_gaussian", "annealed_weights")),
    Planted("last denoising", AnnealedLangevin.step, "state.x + sigma**2 * score", "state.x + sigma * score",
            ("annealed_on_gaussian",)),
    Planted("first level", AnnealedLangevin.level_index, "step // self", "(step + 1) // self",
            ("annealed_on_gaussian",)),
    Planted("ladder of levels", schedule_base._sigmas.__wrapped__, "level / (levels - 1)", "level / levels",
            ("flow_on_gaussian",)),
    Planted("speed of the flow", ProbabilityFlow.step, "slope = -here * score", "slope = -(here**2) * score",
            ("flow_on_gaussian", "probability_flow_weights")),
    Planted("Heun's second slope", ProbabilityFlow.step, "field.score(moved, there)", "field.score(moved, here)",
            ("flow_on_gaussian",)),
    Planted("cost of Heun", ProbabilityFlow.step, "2, drift)", "1, drift)", ("score_evaluations",)),
    Planted("cost of a trajectory", HMC.step, "cost=leaps + 1", "cost=leaps", ("score_evaluations",)),
    Planted("drift of friction", UnderdampedLangevin.step, "drift=far * kick", "drift=kick", ("step_parts",)),
    Planted("straight line", HMC.step, "leaps * h * start", "h * start", ("step_parts",)),
    Planted("ratio of two steps", ProbabilityFlow._two_step, "/ (2 * ratio)", "* ratio / 2", ("flow_on_gaussian",)),
    Planted("share of the flow", reverse_process.reverse_drift, "(1 - share)", "(1 - stochasticity)",
            ("reverse_sde_on_gaussian",)),
    Planted("noise that is dropped", reverse_process.reverse_step, "here**2 - there**2", "(here - there) ** 2",
            ("reverse_sde_on_gaussian", "reverse_sde_weights")),
    Planted("noise of a reverse step", reverse_process.reverse_step, "stochasticity * math.sqrt(drop)", "drop",
            ("reverse_sde_on_gaussian",)),
    Planted("start without noise", reverse_process.ReverseProcess.init, "x + self.sigma_max * normal(x, generator)",
            "x", ("reverse_sde_on_gaussian",)),
    Planted("step of a correction", PredictorCorrector._correct, "eta = 2 * (", "eta = (", ("corrector_spread",)),
    Planted("level of a correction", PredictorCorrector.step, "field.score(x, there)", "field.score(x, here)",
            ("corrector_spread",)),
    # -- calculus ---------------------------------------------------------------------------------------------------
    Planted("sign of the curl", calculus.divergence_and_curl, "along_x[..., 1] - along_y[..., 0]",
            "along_y[..., 0] - along_x[..., 1]", ("divergence_and_curl",)),
    Planted("map of the wrong one", CURL.compute, "[1]", "[0]", ("divergence_and_curl",)),
    Planted("middle of a grid", GridField.interpolate, "(x0 + x1) / (x0 - x1)", "(x0 + x1) / (x1 - x0)",
            ("grid_field",)),
    Planted("without a spline", GridField.from_values.__func__, "finer > 1 and", "finer > 9 and", ("grid_field",)),
    Planted("curl at the cursor", point_probe.read_point, "slope[0, 1] - slope[1, 0]", "slope[1, 0] - slope[0, 1]",
            ("divergence_and_curl",)),
    Planted("sign of a potential", calculus.potential, "divergence = -pad", "divergence = pad", ("potential",)),
    Planted("share of a rotation", calculus.non_conservative_share, "residual / total", "residual / (residual + total)",
            ("potential",)),
    Planted("area of a node", calculus.log_partition, "math.log(dx * dy)", "math.log(dx)", ("shown_z",)),
    Planted("mass outside", calculus.outside_share, "log_z - outside", "outside - log_z", ("shown_z",)),
    Planted("sign of log Z", metrics.log_density_of_energy, "-energy - log_z", "-energy + log_z", ("shown_z",)),
    Planted("nodes on a line", calculus._nodes, "weights / 2", "weights", ("line_integral",)),
    Planted("end of the flow", likelihood.log_likelihood, "end.log_density(x, sigma_max)",
            "end.log_density(x, sigma_min)", ("flow_likelihood",)),
    Planted("growth along the flow", likelihood._rates, "sigma**2 * (jacobian", "sigma * (jacobian",
            ("flow_likelihood",)),
    # -- metrics ----------------------------------------------------------------------------------------------------
    Planted("first power of W₂", wasserstein.Projections.square, "away.square()", "away.abs()", ("sliced_w2",)),
    Planted("width of a kernel", metrics._kernel_sum, ".square() / 2", ".square()", ("mmd",)),
    Planted("half an error", ScorePoints.on_data, "0.5 *", "1.0 *", ("loss_above_floor", "shown_likelihood")),
    Planted("weights of levels", PathObjective.fisher_weights, "self.weight(sigma) / self.levels", "1 / self.levels",
            ("loss_above_floor",)),
    Planted("likelihood of clean data", ScorePoints.build.__func__, "noisy_sample(truth, n, sigma,",
            "noisy_sample(truth, n, 0.0,", ("shown_likelihood",)),
    Planted("sign of a divergence", evaluation_set.likelihood, "true_log_p - log_p", "log_p - true_log_p",
            ("shown_likelihood",)),
    Planted("pairs of a point with itself", metrics.mmd, "(len(x) - 1)", "len(x)", ("mmd",)),
    # -- what is drawn ----------------------------------------------------------------------------------------------
    Planted("distance of scores", FieldValues.distance, "self.score - other.score", "self.score + other.score",
            ("maps",)),
    Planted("normalised on one side", difference, "(other_z - own_z)", "(own_z - other_z)", ("maps",)),
    Planted("mean of two nodes", weighted_potential, "(s[:, 1:, 0] + s[:, :-1, 0]) / 2", "(s[:, 1:, 0] + s[:, :-1, 0])",
            ("recovered_energy",)),
    Planted("height of a kernel", _kernels, "2 * math.pi * variance", "math.pi * variance", ("particle_density",)),
)  # fmt: skip


def main(names: list[str]) -> int:
    """Plant errors and print what finds them; 1 if one is not found."""
    missed = 0
    for error in PLANTED:
        if names and error.name not in names:
            continue
        begin = time.perf_counter()
        others = tuple(check for check in CHECKS if check.name not in error.finders)
        found = error.found((*(BY_NAME[name] for name in error.finders), *others))
        missed += found is None
        text = (
            "NOT FOUND"
            if found is None
            else f"{found.name}: {found.measured:.4g} for {found.expected:.4g} {found.note}"
        )
        print(f"{error.name:<32} {text} ({time.perf_counter() - begin:.1f} s)", flush=True)
    print(f"{missed} not found")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
