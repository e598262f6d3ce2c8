"""Contrastive divergence: negative samples by short Langevin chains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.knobs import Choice, Integer, Real, knob
from ncsn_viz.core.numerics import Generator, Tensor, torch
from ncsn_viz.core.objectives.base import Chains, Objective, Terms, energies
from ncsn_viz.core.objectives.cd_health import cd_health, collapsed
from ncsn_viz.core.samplers.base import langevin_step

POOL = 4096  # persistent chains
ENERGY_GAP = "energy gap"  # E_data[E] − E_model[E], which oscillates around 0 in healthy training
CHAIN_GRADIENT = "gradient along chain"  # the mean ‖∇E‖ over the chains' steps, which settles in healthy training


@dataclass(frozen=True)
class ContrastiveDivergence(Objective):
    """E_data[E] − E_model[E] + α(E_data[E²] + E_model[E²]), model samples from k Langevin steps.

    Only its gradient is meaningful, not its value: there is no floor. Hinton 2002 (CD, from the data), Tieleman 2008
    (PCD, from a persistent pool), Nijkamp et al. 2020 (short-run, from noise). The terms ENERGY_GAP and CHAIN_GRADIENT
    are the diagnostics d and v by which the latter distinguish stable from diverging training.

    Of two seeds on the moons, after 2000 steps with chains of 20: a negative log-likelihood of 104 and 115 at η = 0.05,
    α = 0.001, where the gap has sunk by hundreds; 3.75 and 3.70 at η = 0.02, α = 0.01; the truth has 3.65.
    """

    kind = "contrastive_divergence"
    title = "Contrastive divergence"
    about = "Push energy down at the data and up where short Langevin chains from the model end."
    formula = (
        r"\mathbb{E}_{p}\left[E\right] - \mathbb{E}_{\mathrm{model}}\left[E\right]"
        r" + \alpha \left( \mathbb{E}_{p}\left[E^2\right] + \mathbb{E}_{\mathrm{model}}\left[E^2\right] \right)"
    )
    needs_energy = True
    has_floor = False
    health_terms = (ENERGY_GAP, CHAIN_GRADIENT)

    start: str = knob(
        "persistent",
        Choice(options=("data", "persistent", "noise"),
               titles=("data (CD)", "persistent pool (PCD)", "noise (short-run)"), label="Chains start",
               help="Where chains begin: at the data, where the last ones ended, or at noise. From the data, modes "
                    "that the model invents far away are never found."),
    )  # fmt: skip
    chain: int = knob(
        20,
        Integer(low=1, high=500, log=True, label="Chain length", symbol="k",
                below_reason="the energy would be pushed up just where it is pushed down",
                help="Langevin steps of each chain. Few: chains lag behind the model, whose landscape is wrong where "
                     "none has been. Many: each training step costs that many scores."),
    )  # fmt: skip
    step_size: float = knob(
        0.02,
        Real(low=1e-5, high=10, log=True, label="Chain step", symbol="η",
             help="Step size of the chains, x ← x + η s + √(2η) z. Too large: chains jump over the data, and energies "
                  "run away. Too small: they hardly leave their start."),
    )  # fmt: skip
    regulariser: float = knob(
        0.01,
        Real(low=0, high=1, label="Energy L2", symbol="α",
             help="Holds energies near 0, whose level nothing else fixes. Small: once chains no longer reach the data, "
                  "data and model part by up to 1/α. Too large: a flat landscape."),
    )  # fmt: skip
    renewal: float = knob(
        0.05,
        Real(low=0, high=1, label="Renewal",
             help="Share of the pool's chains that start at noise again, at each step. 0: chains that are stuck stay "
                  "so. 1: no memory at all. Only for the persistent pool."),
    )  # fmt: skip
    noise_std: float = knob(
        5.0,
        Real(low=0.1, high=50, log=True, label="Noise width",
             help="Deviation of the noise from which chains start. Small: modes further out are never visited. Large: "
                  "most chains start far from all data."),
    )  # fmt: skip

    def loss(
        self, net: Differentiable, batch: Tensor, truth: Density, generator: Generator, state: Tensor | None = None
    ) -> Terms:
        """On `batch` (n, 2) and as many chains; the state is the pool (POOL, 2)."""
        chosen = torch.randperm(POOL, generator=generator, device=batch.device)[: len(batch)]
        pool = None
        if self.start == "persistent":
            pool = self._noise(POOL, batch, generator) if state is None else state
        negatives, gradient = self.run_chains(net, self._starts(batch, pool, chosen, generator), generator)
        if pool is not None:
            pool = pool.index_copy(0, chosen, negatives)
        positive, negative = energies(net, batch, 0.0), energies(net, negatives, 0.0)
        held = self.regulariser * (positive.square().mean() + negative.square().mean())
        parts = {
            "positive": positive.mean().detach(),
            "negative": negative.mean().detach(),
            "regulariser": held.detach(),
            ENERGY_GAP: (positive.mean() - negative.mean()).detach(),
            CHAIN_GRADIENT: gradient,
        }
        return Terms(positive.mean() - negative.mean() + held, parts, pool, negatives)

    def _starts(self, batch: Tensor, pool: Tensor | None, chosen: Tensor, generator: Generator) -> Tensor:
        if self.start == "data":
            return batch
        noise = self._noise(len(batch) if pool is None else len(chosen), batch, generator)
        if pool is None:
            return noise
        renewed = torch.rand(len(chosen), 1, generator=generator, device=batch.device) < self.renewal
        return torch.where(renewed, noise, pool[chosen])

    def _noise(self, n: int, like: Tensor, generator: Generator) -> Tensor:
        return self.noise_std * torch.randn(n, 2, generator=generator, device=like.device, dtype=like.dtype)

    def run_chains(self, net: Differentiable, x: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """The ends (n, 2) of k Langevin steps from `x` (n, 2), without a graph, and the mean ‖∇E‖ over all of them."""
        gradient = x.new_zeros(())
        with torch.no_grad():
            for _ in range(self.chain):
                score = net.score(x, 0.0)
                gradient = gradient + torch.linalg.vector_norm(score, dim=1).mean() / self.chain
                x, _ = langevin_step(x, score, self.step_size, generator)
        return x, gradient

    @property
    def state_shape(self) -> tuple[int, int]:
        """That of the pool."""
        return POOL, 2

    @property
    def chains(self) -> Chains:
        """Start, length and step size of the chains."""
        return Chains(self.start, self.chain, self.step_size)

    @property
    def energy_penalty(self) -> float:
        """α."""
        return self.regulariser

    def health(self, terms: Mapping[str, Sequence[float]]) -> str:
        """By the energy gap and the gradient along the chains, see `cd_health`."""
        return cd_health(terms[ENERGY_GAP], terms[CHAIN_GRADIENT], self.step_size)

    def failure(self, terms: Mapping[str, float]) -> str:
        """By the energy gap, see `collapsed`."""
        return collapsed(terms.get(ENERGY_GAP, 0.0), self.regulariser)

    def symbols(self) -> Mapping[str, str]:
        """Of the terms, as the formula has them."""
        return {
            "positive": "E at the data",
            "negative": "E of the model",
            "regulariser": "α E² terms",
            ENERGY_GAP: "gap of E",
            CHAIN_GRADIENT: "‖∇E‖ on chains",
        }
