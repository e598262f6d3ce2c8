"""The live metrics of a lane: computed in pieces, so that no frame waits for them, and shown all together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ncsn_viz.lab.metrics import METRICS
from ncsn_viz.lab.metrics.base import LIVE, MetricInputs, TargetReference, Value, computations


class LiveReference:
    """What particles are held against: made once for all lanes that share it, as they share target, seed and number."""

    def __init__(self) -> None:
        self.present: TargetReference | None = None

    def prepare(self, inputs: MetricInputs) -> Iterator[None]:
        """Make it, where it is of another target or of another number of particles."""
        x, known = inputs.x, self.present
        if x is not None and (known is None or not known.still_valid(inputs.truth, inputs.seed, len(x))):
            self.present = None
            self.present = yield from TargetReference.build(inputs.truth, inputs.seed, len(x), LIVE, x.device)


class LiveMetrics:
    """The metrics of one lane as they were measured last: `values` by name, and the `mode_weights`."""

    def __init__(self, reference: LiveReference | None = None) -> None:
        self.values: dict[str, float] = {}
        self.mode_weights: tuple[float, ...] = ()
        self.health = ""
        self._reference = reference or LiveReference()

    def forget(self) -> None:
        """Nothing is known: there is no target to measure against."""
        self.values, self.mode_weights, self.health = {}, (), ""

    def measure(self, inputs: MetricInputs) -> Iterator[None]:
        """Compute all metrics, yielding between those that cost time. Only at its end the new ones are shown."""
        inputs = replace(inputs, effort=LIVE)
        yield from self._reference.prepare(inputs)
        inputs = replace(inputs, reference=self._reference.present)
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
