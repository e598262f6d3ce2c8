"""Noise-contrastive estimation: classification of data against noise of a known density."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.knobs import Integer, Real, knob
from ncsn_viz.core.numerics import Generator, Tensor, torch
from ncsn_viz.core.objectives.base import FLOOR_SAMPLES, Objective, Terms, energies


@dataclass(frozen=True)
class NoiseContrastive(Objective):
    """−E_p[log h] − ν E_q[log(1 − h)] with h = sigmoid(log p̃ − log q − log ν), q = N(0, s_q² I).

    The minimum is at p̃ = p without any integral: log Z is learned in the network's last bias. Gutmann &
    Hyvärinen 2010, equation 3 (ν = 1); JMLR 13 (2012), equation 8 (any ν).
    """

    kind = "noise_contrastive"
    title = "Noise-contrastive estimation"
    about = (
        "A classifier between data and known noise: its logit is log p − log q − log ν, and Z is learned on the way."
    )
    formula = (
        r"\mathbb{E}_{p}\left[ -\log h(x) \right] + \nu\, \mathbb{E}_{q}\left[ -\log (1 - h(x)) \right], "
        r"\qquad h = \mathrm{sigmoid}\left(\log \tilde{p} - \log q - \log \nu\right)"
    )
    needs_energy = True

    noise_std: float = knob(
        5.0,
        Real(low=0.1, high=50, log=True, label="Noise width", symbol="s_q",
             help="Deviation of the Gaussian noise q, which should cover the data. Small: where q is absent, nothing "
                  "is learned. Large: too easily told from data, and little is learned."),
    )  # fmt: skip
    ratio: int = knob(
        2,
        Integer(low=1, high=32, label="Noise ratio", symbol="ν",
                below_reason="without noise there is nothing to tell data from",
                help="Points of noise for each point of data. Few: a noisy gradient. Many: less noise, at a cost that "
                     "grows with them."),
    )  # fmt: skip

    def loss(
        self, net: Differentiable, batch: Tensor, truth: Density, generator: Generator, state: Tensor | None = None
    ) -> Terms:
        """The logistic loss on `batch` (n, 2) and ν n points of noise."""
        shape = (self.ratio * len(batch), 2)
        noise = self.noise_std * torch.randn(shape, generator=generator, device=batch.device, dtype=batch.dtype)
        softplus = torch.nn.functional.softplus
        data = softplus(-self._logit(net, batch))
        other = softplus(self._logit(net, noise)).reshape(self.ratio, -1).sum(0)  # of ν points for each of the batch
        parts = {"data": data.mean().detach(), "noise": other.mean().detach()}
        return Terms((data + other).mean(), parts, negatives=noise, each=(data + other).detach())

    def _logit(self, net: Differentiable, x: Tensor) -> Tensor:
        log_q = -x.square().sum(1) / (2 * self.noise_std**2) - math.log(2 * math.pi * self.noise_std**2)
        return -energies(net, x, 0.0) - log_q - math.log(self.ratio)

    @property
    def reference_std(self) -> float:
        """s_q."""
        return self.noise_std

    def symbols(self) -> Mapping[str, str]:
        """Of the terms, as the formula has them."""
        return {"data": "−log h", "noise": "−ν log(1 − h)"}

    def floor(self, truth: Density, generator: Generator, n: int = FLOOR_SAMPLES) -> float:
        """The loss of the true density."""
        return float(self.loss(truth, truth.sample(max(1, n // self.ratio), generator), truth, generator).loss)
