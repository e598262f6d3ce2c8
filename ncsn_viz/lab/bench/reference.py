"""The references of the benchmarks: plain PyTorch, without any code of the program."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from ncsn_viz.core.numerics import torch

BATCH, WIDTH, LAYERS = 512, 128, 3  # of the training that is compared
POINTS = 100_000  # of the data


def network(inputs: int = 2) -> torch.nn.Module:
    """A perceptron of three hidden layers of 128."""
    sizes = [inputs] + [WIDTH] * LAYERS
    layers: list[torch.nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [torch.nn.Linear(before, after), torch.nn.SiLU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(WIDTH, 2))


def denoising(data: torch.Tensor, sigma: float = 0.3) -> Callable[[], torch.Tensor]:
    """A training step of denoising score matching on `data` (n, 2): draw, add noise, loss, gradient, Adam."""
    net = network().to(data.device)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step() -> torch.Tensor:
        x = data[torch.randint(len(data), (BATCH,), device=data.device)]
        z = torch.randn_like(x)
        loss: torch.Tensor = 0.5 * (net(x + sigma * z) + z / sigma).square().sum(1).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return loss.detach()

    return step


def products(device: torch.device, passes: int = 1) -> Callable[[], object]:
    """The matrix products of a training step: one a layer forward, and two a layer backward."""
    sizes = [2] + [WIDTH] * LAYERS + [2]
    pairs = list(pairwise(sizes))
    weights = [torch.randn(a, b, device=device) for a, b in pairs]
    inputs = [torch.randn(BATCH * passes, a, device=device) for a, _ in pairs]
    gradients = [torch.randn(BATCH * passes, b, device=device) for _, b in pairs]

    def step() -> None:
        for index, (x, weight, gradient) in enumerate(zip(inputs, weights, gradients, strict=True)):
            torch.mm(x, weight)
            torch.mm(x.T, gradient)
            if index:  # the gradient of the data is not needed
                torch.mm(gradient, weight.T)

    return step


def langevin(net: torch.nn.Module, x: torch.Tensor, step_size: float) -> Callable[[], object]:
    """A Langevin step of particles `x` (n, 2) along a network."""

    def step() -> None:
        nonlocal x
        with torch.no_grad():
            x = x + step_size * net(x) + (2 * step_size) ** 0.5 * torch.randn_like(x)

    return step
