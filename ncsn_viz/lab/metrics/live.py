"""The live metrics of a lane: computed in pieces, so that no frame waits for them, and shown all together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ncsn_viz.lab.metrics import METRICS
from ncsn_viz.lab.metrics.base import LIVE, MetricInputs, TargetReference, Value, computations


class LiveMetrics:
    """The metrics of one lane as they were measured last: `values` by name, and the `mode_weights`."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self.mode_weights: tuple[float, ...] = ()
        self.health = ""
        self._reference: TargetReference | None = None

    def forget(self) -> None:
        """Nothing is known: there is no target to measure against."""
        self.values, self.mode_weights, self.health, self._reference = {}, (), "", None

    def measure(self, inputs: MetricInputs) -> Iterator[None]:
        """Compute all metrics, yielding between those that cost time. Only at its end the new ones are shown."""
        inputs = replace(inputs, effort=LIVE)
        yield from self._prepare_reference(inputs)
        inputs = replace(inputs, reference=self._reference)
        found: dict[str, Value] = {}
        spent = 0.0
        for compute, cost in computations(METRICS.values(), lambda metric: metric.live).items():
            if spent and cost:
                yield
            found |= compute(inputs)
            spent += cost
        weights = found.pop("mode_weights", ())
        self.values = {name: value for name, value in found.items() if not isinstance(value, tuple)}
        self.mode_weights = weights if isinstance(weights, tuple) else ()
        self.health = inputs.health

    def _prepare_reference(self, inputs: MetricInputs) -> Iterator[None]:
        """Make what the particles are held against, where it is of another target or of another number of them."""
        x, known = inputs.x, self._reference
        if x is None:
            self._reference = None
        elif known is None or not known.still_valid(inputs.truth, inputs.seed, len(x)):
            self._reference = None
            self._reference = yield from TargetReference.build(inputs.truth, inputs.seed, len(x), LIVE, x.device)
