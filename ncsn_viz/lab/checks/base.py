"""What every check is: a set-up whose answer is known, measured over several seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from time import perf_counter
from typing import TYPE_CHECKING

from ncsn_viz.core.numerics import torch

if TYPE_CHECKING:
    from ncsn_viz.core.fields import Field
    from ncsn_viz.core.samplers import Sampler

ERRORS = 4  # standard errors by which a measurement may miss: by chance about once in a thousand with 16 seeds


@dataclass(frozen=True)
class Outcome:
    """What a check found: |measured − expected| ≤ errors · error + tolerance, or not.

    `error` is the standard error of `measured` over the seeds; `because` says where the tolerance comes from, and
    `note` why there is no measurement, where there is none.
    """

    name: str
    what: str
    expected: float
    measured: float
    error: float
    tolerance: float
    because: str
    passed: bool
    source: str
    seconds: float
    note: str = ""
    errors: int = ERRORS

    @property
    def rule(self) -> str:
        """What the check asks for, as a formula with its reason."""
        allowed = [f"{self.errors} · error"] if self.errors else []
        allowed += [f"{self.tolerance:g} ({self.because})"] if self.tolerance else []
        return f"|measured − expected| ≤ {' + '.join(allowed)}"


def never() -> bool:
    """For whoever runs a check to its end."""
    return False


@dataclass(frozen=True, kw_only=True)
class Check:
    """A set-up whose answer is known. What a test may spoil (sampler, objective, target) is a field of the subclass.

    `errors` standard errors are forgiven. They are none where the measurement is itself a magnitude of errors: what is
    grossly wrong scatters grossly, too, and would excuse itself.
    """

    name: str
    what: str
    source: str
    tolerance: float = 0.0
    because: str = ""
    errors: int = ERRORS
    seeds: int = 16
    first_seed: int = 0

    def expected(self) -> float:
        """The answer, in closed form or by a computation of its own."""
        raise NotImplementedError

    def measure(self, draws: torch.Generator) -> tuple[float, ...]:
        """What the program finds with these random numbers: one value, or one for each of several variants."""
        raise NotImplementedError

    def run(self, stopped: Callable[[], bool] = never) -> Outcome | None:
        """Measure with every seed and judge; None if `stopped` says so on the way."""
        begin, rows = perf_counter(), []
        for seed in range(self.first_seed, self.first_seed + self.seeds):
            if stopped():
                return None
            rows.append(self.measure(torch.Generator().manual_seed(seed)))
        return self.judged(self.expected(), rows, perf_counter() - begin)

    def judged(self, expected: float, rows: Sequence[tuple[float, ...]], seconds: float) -> Outcome:
        """The outcome of `rows`, one a seed; of several variants the one that misses by most."""
        variants = [(fmean(values), _standard_error(values)) for values in zip(*rows, strict=True)]
        misses = [self._miss(expected, mean, error) for mean, error in variants]
        worst = misses.index(max(misses))
        measured, error = variants[worst]
        return Outcome(
            self.name, self.what, expected, measured, error, self.tolerance, self.because, misses[worst] <= 0,
            self.source, seconds, errors=self.errors,
        )  # fmt: skip

    def failed(self, error: Exception) -> Outcome:
        """The outcome of a check that could not be carried out."""
        note = f"{type(error).__name__}: {error}"
        nothing = (math.nan, math.nan, math.nan)
        return Outcome(
            self.name, self.what, *nothing, self.tolerance, self.because, False, self.source, 0.0, note, self.errors
        )  # fmt: skip

    def _miss(self, expected: float, mean: float, error: float) -> float:
        miss = abs(mean - expected) - self.errors * error - self.tolerance
        return miss if math.isfinite(mean) and math.isfinite(error) else math.inf  # NaN never agrees


def _standard_error(values: Sequence[float]) -> float:
    return stdev(values) / math.sqrt(len(values)) if all(map(math.isfinite, values)) else math.nan


def walk(sampler: Sampler, field: Field, x: torch.Tensor, draws: torch.Generator) -> torch.Tensor:
    """Where `sampler` ends from particles `x` (n, 2): shape (n, 2)."""
    with torch.no_grad():
        state = sampler.init(x, draws)
        for _ in range(sampler.num_steps()):
            state = sampler.step(state, field, draws)
    return state.x
