"""The base class of checks: set-ups whose answer is known, measured with several seeds."""

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

ERRORS = 4  # standard errors that are allowed: exceeded by chance about once in a thousand with 16 seeds


@dataclass(frozen=True)
class Outcome:
    """The result of a check; it passed if |measured − expected| ≤ errors · error + tolerance.

    `error` is the standard error of `measured` over the seeds, `because` the reason for the tolerance, `note` the
    reason why there is no measurement, where there is none.
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
        """The condition to pass, as a formula with the reason for the tolerance."""
        allowed = [f"{self.errors} · error"] if self.errors else []
        allowed += [f"{self.tolerance:g} ({self.because})"] if self.tolerance else []
        return f"|measured − expected| ≤ {' + '.join(allowed)}"


def never() -> bool:
    """The default of `stopped`: run the check to its end."""
    return False


@dataclass(frozen=True, kw_only=True)
class Check:
    """A set-up whose answer is known. Sampler, objective and target are fields, so that tests can use faulty ones.

    `errors` is how many standard errors are allowed: 0 where the measurement is itself the size of an error, since
    large errors also scatter widely and would allow themselves.
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
        """The answer, in closed form or by an independent computation."""
        raise NotImplementedError

    def measure(self, generator: torch.Generator) -> tuple[float, ...]:
        """The measurement with these random numbers: one value, or one for each of several variants."""
        raise NotImplementedError

    def run(self, stopped: Callable[[], bool] = never) -> Outcome | None:
        """Measure with every seed and compare; None if `stopped()` between two of them."""
        begin, rows = perf_counter(), []
        for seed in range(self.first_seed, self.first_seed + self.seeds):
            if stopped():
                return None
            rows.append(self.measure(torch.Generator().manual_seed(seed)))
        return self.outcome(self.expected(), rows, perf_counter() - begin)

    def outcome(self, expected: float, rows: Sequence[tuple[float, ...]], seconds: float) -> Outcome:
        """The outcome of `rows`, one a seed; of several variants that with the largest error."""
        variants = [(fmean(values), _standard_error(values)) for values in zip(*rows, strict=True)]
        excesses = [self._excess(expected, mean, error) for mean, error in variants]
        worst = excesses.index(max(excesses))
        measured, error = variants[worst]
        return Outcome(
            self.name, self.what, expected, measured, error, self.tolerance, self.because, excesses[worst] <= 0,
            self.source, seconds, errors=self.errors,
        )  # fmt: skip

    def failed(self, error: Exception) -> Outcome:
        """The outcome of a check that raised an error."""
        note = f"{type(error).__name__}: {error}"
        unknown = (math.nan, math.nan, math.nan)
        return Outcome(
            self.name, self.what, *unknown, self.tolerance, self.because, False, self.source, 0.0, note, self.errors
        )  # fmt: skip

    def _excess(self, expected: float, mean: float, error: float) -> float:
        excess = abs(mean - expected) - self.errors * error - self.tolerance
        return excess if math.isfinite(mean) and math.isfinite(error) else math.inf  # NaN never passes


def _standard_error(values: Sequence[float]) -> float:
    return stdev(values) / math.sqrt(len(values)) if all(map(math.isfinite, values)) else math.nan


def run_sampler(sampler: Sampler, field: Field, x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """The particles at the end of `sampler` from `x` (n, 2): shape (n, 2)."""
    with torch.no_grad():
        state = sampler.init(x, generator)
        for _ in range(sampler.num_steps()):
            state = sampler.step(state, field, generator)
    return state.x
