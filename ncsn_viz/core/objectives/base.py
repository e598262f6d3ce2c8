"""The base class of objectives, and what their losses share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from ncsn_viz.core.analysis import metrics, noisy_sample
from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.knobs import Kind, ValidationError
from ncsn_viz.core.nets import Net
from ncsn_viz.core.numerics import Generator, Tensor, normal, torch
from ncsn_viz.core.schedules import Schedule

FLOOR_SAMPLES = 65_536  # ½E‖∇log p‖² of a preset to about half a percent


@dataclass(frozen=True)
class ScoreQuery:
    """The points at which a loss evaluated the score: `points` (n, 2) at noise level `sigma`, one number or shape (n,).

    Where σ > 0 they are `data` (n, 2) plus Gaussian noise of standard deviation σ. `target` (n, 2) is the value to
    which the score is regressed and `target_formula` its formula; None and empty for losses without a target.
    """

    data: Tensor
    points: Tensor
    sigma: float | Tensor = 0.0
    target: Tensor | None = None
    target_formula: str = ""


@dataclass(frozen=True)
class Terms:
    """A loss, a scalar with a graph, and its named terms, detached scalars.

    `state` is passed to the next call of the objective, for example a pool of persistent chains. `negatives` (m, 2) are
    the points at which the loss raises the energy, if there are any. `query` is where the score was evaluated, for slow
    motion; None means the batch itself at σ = 0. `each` (n,), detached, is the loss at every point of the batch, whose
    mean is the loss; None for score matching, where `fisher_weights` says more.
    """

    loss: Tensor
    parts: Mapping[str, Tensor] = field(default_factory=dict)
    state: Tensor | None = None
    negatives: Tensor | None = None
    query: ScoreQuery | None = None
    each: Tensor | None = None


class Quadrature(NamedTuple):
    """The grid by which a loss computes log Z: `nodes` along each axis of [−half_width, half_width]²."""

    half_width: float
    nodes: int


class Chains(NamedTuple):
    """The Langevin chains by which a loss samples the model: `steps` of size η = `step_size`, from `start`."""

    start: str
    steps: int
    step_size: float


@dataclass(frozen=True)
class Objective(Kind):
    """The settings of a loss: an expectation over data, which training minimises."""

    formula: ClassVar[str] = ""  # in LaTeX
    needs_energy: ClassVar[bool] = False
    needs_second_derivatives: ClassVar[bool] = False
    has_floor: ClassVar[bool] = True  # whether the loss has a minimum to which its value can be compared
    terms_sum_to_loss: ClassVar[bool] = True  # whether the loss is the sum of its terms, and not their mean
    health_terms: ClassVar[tuple[str, ...]] = ()  # the terms that `health` needs
    net_settings: ClassVar[Mapping[str, Any]] = {}  # of the network that a lane with this objective alone gets
    sampler_settings: ClassVar[Mapping[str, Any]] = {}  # of its sampler, with the kind; empty for Langevin

    @property
    def noise_schedule(self) -> Schedule | None:
        """The schedule of the noise levels; None for an objective with a single level."""
        return None

    @property
    def continuous(self) -> bool:
        """Whether every σ between the largest and the smallest is learned, and not only `sigmas`."""
        return False

    @property
    def state_shape(self) -> tuple[int, ...] | None:
        """The shape of `Terms.state`; None where the loss keeps nothing from one call to the next."""
        return None

    @property
    def quadrature(self) -> Quadrature | None:
        """The grid for log Z; None where the loss does not compute it."""
        return None

    @property
    def chains(self) -> Chains | None:
        """The chains that sample the model; None where the loss needs no samples of it."""
        return None

    @property
    def energy_penalty(self) -> float | None:
        """α of the penalty α E² that keeps energies bounded; None where the loss needs no such penalty."""
        return None

    @property
    def reference_std(self) -> float | None:
        """The standard deviation of the reference noise q to which data are compared; None without such noise."""
        return None

    def loss(
        self, net: Differentiable, batch: Tensor, truth: Density, generator: Generator, state: Tensor | None = None
    ) -> Terms:
        """The loss of `net` on `batch`, points (n, 2) of the data; all noise is drawn from `generator`.

        `state` is the `Terms.state` of the call before, None at the first one.
        """
        raise NotImplementedError

    def sigmas(self) -> tuple[float, ...]:
        """The noise levels at which the score is learned, largest first; 0 is the clean data."""
        return (0.0,)

    def weight(self, sigma: float) -> float:
        """λ(σ), the weight of the error at noise level `sigma`."""
        return 1.0

    def fisher_weights(self) -> Sequence[tuple[float, float]]:
        """Noise levels σ and weights w(σ) of score matching; empty for other losses.

        For every field, loss − floor = Σ w(σ) ½E_{p_σ}‖s(·, σ) − ∇log p_σ‖². Vincent 2011; Hyvärinen 2005, theorem 1.
        """
        return ()

    def floor(self, truth: Density, generator: Generator, n: int = FLOOR_SAMPLES) -> float | None:
        """The minimum of the expected loss over all fields, estimated from `n` samples; None where there is none."""
        return None

    def symbols(self) -> Mapping[str, str]:
        """The symbols of the named terms in the formula; a term without one is shown by its name."""
        return {}

    def health(self, terms: Mapping[str, Sequence[float]]) -> str:
        """The state of training in one sentence, from recent values of `health_terms`; empty where it is unknown."""
        return ""

    def failure(self, terms: Mapping[str, float]) -> str:
        """That training has failed though its loss is finite, in a sentence or two, by the last `terms`; or empty."""
        return ""

    def incompatibility(self, net: Net) -> str | None:
        """Why this objective cannot train `net`, in one sentence, or None."""
        if self.needs_energy and not net.gives_energy:
            name = net.title.lower()
            return f"{self.title} needs an energy, and a {name} has only a score: choose an energy network."
        if net.why_noise and min(self.sigmas()) == 0:
            return f"{self.title} learns the score of the clean data (σ = 0), and {net.why_noise}"
        if self.needs_second_derivatives and not net.smooth and net.gives_energy:
            return (
                f"{self.title} needs the second derivatives of the energy, and with ReLU they are zero almost "
                "everywhere: choose a smooth activation."
            )
        return None


def paired_noise(batch: Tensor, antithetic: bool, generator: Generator) -> tuple[Tensor, Tensor]:
    """Clean points and noise z for them, shapes (n, 2).

    `antithetic` takes the first half of `batch` twice, with z and −z. The mean is unchanged, and in the gradient of a
    denoising loss the term z/σ, nearly all of the variance at small σ, cancels to first order within a pair.
    """
    points = batch[: (len(batch) + 1) // 2] if antithetic else batch
    z = normal(points, generator)
    return (torch.cat([points, points]), torch.cat([z, -z])) if antithetic else (points, z)


def half_mean_squared_error(score: Tensor, target: Tensor) -> Tensor:
    """½ mean ‖s − t‖² of vectors (n, 2): shape ().

    With two components that is the mean over all numbers, which torch computes, with its gradient, in a third of the
    kernels.
    """
    return torch.nn.functional.mse_loss(score, target)


def energies(net: Differentiable, x: Tensor, sigma: float) -> Tensor:
    """The energies of `x` (n, 2): shape (n,). Raises ValidationError for a net without energy."""
    if (found := net.energy(x, sigma)) is None:
        message = "needs an energy, and this network gives only a score: choose an energy network"
        raise ValidationError(message, ("objective",))
    return found


def half_square_norm(truth: Density, sigma: float, generator: Generator, n: int = FLOOR_SAMPLES) -> float:
    """½ E_{p_σ}‖∇log p_σ‖², estimated from `n` samples of p_σ."""
    x = noisy_sample(truth, n, sigma, generator)
    return metrics.half_mean_square(truth.score(x, sigma))


def denoising_floor(truth: Density, sigma: float, generator: Generator, n: int = FLOOR_SAMPLES) -> float:
    """½ E‖∇log p_σ(x + σz) + z/σ‖², the least of denoising at `sigma`, estimated from `n` pairs of x and z.

    It is 1/σ² − ½E‖∇log p_σ‖², too. Of both means that with less variance is taken: the second where the score is small
    beside 1/σ, at small noise; the first where it is nearly −z/σ, at large noise.
    """
    x = truth.sample(n, generator)
    z = normal(x, generator)
    score = truth.score(x + sigma * z, sigma)
    paired = (score + z / sigma).square().sum(1) / 2
    apart = 1 / sigma**2 - score.square().sum(1) / 2
    least: Tensor = min((paired, apart), key=lambda values: float(values.double().var()))
    return float(least.double().mean())
