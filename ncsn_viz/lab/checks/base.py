"""The base classes of checks: set-ups whose answer is known, measured with several seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from time import perf_counter
from typing import TYPE_CHECKING

from ncsn_viz.core.numerics import torch

if TYPE_CHECKING:
    from ncsn_viz.core.fields import Field
    from ncsn_viz.core.samplers import Sampler

ERRORS = 5  # standard errors that are allowed: exceeded by chance about once in six thousand with 16 seeds

Values = float | Mapping[str, float]  # one number, or one for each of several variants by name


@dataclass(frozen=True)
class Outcome:
    """The result of a check; it passed if |measured − expected| ≤ errors · error + tolerance.

    `error` is the standard error of `measured` over the seeds, `because` the reason for the tolerance, `variant` which
    of several variants the numbers are of: that with the largest `share`. `note` is the reason why there is no
    measurement, where there is none.
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
    variant: str = ""

    @property
    def rule(self) -> str:
        """The condition to pass, as a formula with the reason for the tolerance."""
        allowed = [f"{self.errors} · error"] if self.errors else []
        allowed += [f"{self.tolerance:g} ({self.because})"] if self.tolerance else []
        return f"|measured − expected| ≤ {' + '.join(allowed)}"

    @property
    def difference(self) -> float:
        """|measured − expected|."""
        return abs(self.measured - self.expected)

    @property
    def allowed(self) -> float:
        """The largest difference with which the check would pass."""
        return self.errors * self.error + self.tolerance

    def share(self) -> float:
        """The difference as a share of what is allowed: it passed if that is at most 1. Infinite for NaN."""
        if not (math.isfinite(self.difference) and math.isfinite(self.allowed)):
            return math.inf
        return 0.0 if self.difference == 0 else self.difference / self.allowed if self.allowed else math.inf


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

    def expected(self) -> Values:
        """The answer, in closed form or by an independent computation; one number may serve for all variants."""
        raise NotImplementedError

    def measure(self, generator: torch.Generator) -> Values:
        """The measurement with these random numbers: one number, or one for each of several variants."""
        raise NotImplementedError

    def run(self, stopped: Callable[[], bool] = never) -> Outcome | None:
        """Measure with every seed and compare; None if `stopped()` between two of them."""
        begin, rows = perf_counter(), []
        for seed in range(self.first_seed, self.first_seed + self.seeds):
            if stopped():
                return None
            rows.append(self.measure(torch.Generator().manual_seed(seed)))
        return self.outcome(self.expected(), rows, perf_counter() - begin)

    def outcome(self, expected: Values, rows: Sequence[Values], seconds: float) -> Outcome:
        """The outcome of `rows`, one a seed; of several variants that which is nearest to failing."""
        found = [_by_variant(row) for row in rows]
        wanted = dict(expected) if isinstance(expected, Mapping) else dict.fromkeys(found[0], expected)
        if any(row.keys() != wanted.keys() for row in found):
            raise ValueError(f"expected {', '.join(wanted)}, but measured {', '.join(found[0])}")
        each = [self._of_variant(name, wanted[name], [row[name] for row in found], seconds) for name in wanted]
        return max(each, key=Outcome.share)

    def _of_variant(self, variant: str, expected: float, values: Sequence[float], seconds: float) -> Outcome:
        mean, error = fmean(values), _standard_error(values)
        unknown = Outcome(
            self.name, self.what, expected, mean, error, self.tolerance, self.because, False, self.source, seconds,
            errors=self.errors, variant=variant,
        )  # fmt: skip
        return replace(unknown, passed=unknown.share() <= 1)

    def failed(self, error: Exception) -> Outcome:
        """The outcome of a check that raised an error."""
        note = f"{type(error).__name__}: {error}"
        unknown = (math.nan, math.nan, math.nan)
        return Outcome(
            self.name, self.what, *unknown, self.tolerance, self.because, False, self.source, 0.0, note, self.errors
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Discrepancy(Check):
    """Two computations of the same thing: what is measured is the size of their difference."""

    errors: int = 0
    seeds: int = 2

    def expected(self) -> Values:
        """0: none."""
        return 0.0


def _by_variant(values: Values) -> dict[str, float]:
    return dict(values) if isinstance(values, Mapping) else {"": values}


def _standard_error(values: Sequence[float]) -> float:
    if not all(map(math.isfinite, values)):
        return math.nan
    return stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0


def largest(errors: torch.Tensor) -> float:
    """The largest absolute value; NaN if there is a NaN."""
    return float(errors.abs().max())


def root_mean_square(errors: torch.Tensor) -> float:
    """√(mean e²)."""
    return float(errors.square().mean().sqrt())


def relative_error(found: torch.Tensor, exact: torch.Tensor) -> float:
    """√(Σ(f − e)²/Σe²)."""
    return root_mean_square(found - exact) / root_mean_square(exact)


def run_sampler(sampler: Sampler, field: Field, x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """The particles at the end of `sampler` from `x` (n, 2): shape (n, 2)."""
    with torch.no_grad():
        state = sampler.init(x, generator)
        for _ in range(sampler.num_steps()):
            state = sampler.step(state, field, generator)
    return state.x
