"""The race of samplers at equal cost: how near each comes to the target with so many score evaluations a particle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ncsn_viz.core.analysis import wasserstein
from ncsn_viz.core.fields import Density, Field
from ncsn_viz.core.numerics import normal, torch
from ncsn_viz.core.samplers import AnnealedLangevin, PredictorCorrector, ProbabilityFlow, ReverseSDE, Sampler, State
from ncsn_viz.lab.snapshot import RacePoint, RaceResult

BUDGETS = (5, 7, 10, 14, 20, 28, 40, 57, 80, 113, 160)  # score evaluations a particle
PARTICLES = 2000
DIRECTIONS = 32
DRAWS = 42  # for the chance level
LANGEVIN_STEP = 0.1  # η/σ² of annealed Langevin


def contestants(noise: tuple[float, float]) -> Mapping[str, Sampler]:
    """The samplers that can take part, by name, between the largest and the least `noise`."""
    high, low = noise
    return {
        "ddim": ProbabilityFlow(solver="euler", sigma_max=high, sigma_min=low),
        "flow_matching": ProbabilityFlow(solver="euler", schedule="linear", sigma_max=high, sigma_min=low),
        "heun": ProbabilityFlow(solver="heun", sigma_max=high, sigma_min=low),
        "heun_karras": ProbabilityFlow(solver="heun", schedule="karras", sigma_max=high, sigma_min=low),
        "dpm_2m": ProbabilityFlow(solver="dpm_2m", sigma_max=high, sigma_min=low),
        "reverse_sde": ReverseSDE(sigma_max=high, sigma_min=low),
        "predictor_corrector": PredictorCorrector(sigma_max=high, sigma_min=low),
        "annealed_langevin": AnnealedLangevin(
            step_size=LANGEVIN_STEP * low**2, denoise=True, sigma_max=high, sigma_min=low
        ),
    }


class Race:
    """Runs some of the samplers on one field, all with the same start, and measures where their particles end.

    The start is data with noise of the largest level, so that no error is one of the start.
    """

    def __init__(
        self, field: Field, truth: Density, noise: tuple[float, float], names: tuple[str, ...], step: int, seed: int
    ) -> None:
        """`field` must not change meanwhile; `step` is the training step that it is of."""
        self._field, self._truth, self._names, self._seed = field, truth, names, seed
        self._samplers = contestants(noise)
        self._noise, self._step = noise, step
        self._points: dict[str, list[RacePoint]] = {name: [] for name in names}
        self._chance: float | None = None
        self.result = self._so_far(False)

    def run(self, device: torch.device) -> Iterator[None]:
        """Fill `result`, the smallest budgets first, yielding after every step of a sampler."""
        generator = torch.Generator(device).manual_seed(self._seed)
        data = self._truth.sample(PARTICLES, generator)
        start = data + self._noise[0] * normal(data, generator)
        parts = []
        for axis in wasserstein.axes(DIRECTIONS, data):
            parts.append(wasserstein.Projections.along(self._truth, axis, PARTICLES))
            yield
        reference = wasserstein.Projections.joined(parts)
        self._chance = yield from reference.chance(self._truth, DRAWS, generator)
        for budget in BUDGETS:
            for name in self._names:
                sampler = self._samplers[name].with_evaluations(budget)
                if sampler is not None:
                    yield from self._take_part(name, sampler, start, reference)
        self.result = self._so_far(True)

    def _take_part(
        self, name: str, sampler: Sampler, start: torch.Tensor, reference: wasserstein.Projections
    ) -> Iterator[None]:
        generator, state = torch.Generator(start.device).manual_seed(self._seed + 1), State(start)
        for _ in range(sampler.num_steps()):
            with torch.no_grad():  # not around the yield: others work meanwhile
                state = sampler.step(state, self._field, generator)
            yield
        found = self._points[name]
        if not found or found[-1].evaluations != state.evaluations:  # a budget that allows no more than the last one
            found.append(RacePoint(state.evaluations, *reference.distance(state.x)))
            self.result = self._so_far(False)

    def _so_far(self, complete: bool) -> RaceResult:
        points = {name: tuple(found) for name, found in self._points.items()}
        return RaceResult(self._noise, self._step, points, self._chance, complete)
