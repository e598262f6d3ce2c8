"""The live measures of a lane: taken a piece at a time, so that no picture waits for them, and shown all together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ncsn_viz.core import metrics
from ncsn_viz.core.field import Density
from ncsn_viz.core.lazy import torch
from ncsn_viz.lab.crowd import near

if TYPE_CHECKING:
    from ncsn_viz.lab.lane import Lane

MEASURED = 1000  # particles that live measures look at
PAIRED = 300  # of them, all pairs of which the live discrepancy looks at
QUADRATURE = 40  # nodes each way for the live Z
DIRECTIONS = 16  # of the live sliced Wasserstein distance


@dataclass(frozen=True)
class Fresh:
    """Samples of the target against which particles are held, and the bandwidth that they set."""

    truth: Density
    seed: int
    x: torch.Tensor
    bandwidth: float

    @classmethod
    def draw(cls, truth: Density, seed: int, n: int, device: torch.device) -> Fresh:
        """`n` samples, always the same ones for a seed."""
        x = truth.sample(n, torch.Generator(device).manual_seed(seed + 1))
        return cls(truth, seed, x, metrics.median_distance(x[:PAIRED]))

    def serves(self, truth: Density, seed: int, n: int) -> bool:
        """Whether drawing again would give the same."""
        return self.truth is truth and (self.seed, len(self.x)) == (seed, n)


class Scene(NamedTuple):
    """What is measured: a lane against the truth, with samples from a seed."""

    lane: Lane
    truth: Density
    seed: int


Found = dict[str, float]


class Live:
    """Measures by name, and the mode weights, of what a lane's network has learned and of where its particles are."""

    def __init__(self) -> None:
        self.measures: Found = {}
        self.mode_weights: tuple[float, ...] = ()
        self.health = ""
        self._coming: Found = {}
        self._next = 0
        self._fresh: Fresh | None = None

    def proceed(self, lane: Lane, truth: Density, seed: int) -> bool:
        """Take the next piece; whether it was the last one, and all are shown."""
        self._coming |= PIECES[self._next](self, Scene(lane, truth, seed))
        self._next = (self._next + 1) % len(PIECES)
        if self._next:
            return False
        self.measures, self._coming = self._coming, {}
        return True

    def forget(self) -> None:
        """Nothing is known: there is no target to measure against."""
        self.measures, self.mode_weights, self.health = {}, (), ""
        self._coming, self._next, self._fresh = {}, 0, None

    def take(self, lane: Lane, truth: Density, seed: int) -> None:
        """Take all of them, from the first piece on."""
        self._next, self._coming = 0, {}
        while not self.proceed(lane, truth, seed):
            pass

    def _errors(self, scene: Scene) -> Found:
        """Errors against the true score."""
        learner = scene.lane.learner
        self.health = learner.health
        if learner.yardstick is None:
            return {}
        found = learner.yardstick.over_window(learner.learned)
        if scene.lane.spec.net.gives_energy:
            del found["non_conservative"]  # a gradient by construction: only the grid's own error would be seen
        if (last := learner.history.last("fisher")) is not None:
            found["fisher_data"] = last
        return found

    def _energy(self, scene: Scene) -> Found:
        """Z and the likelihood, where there is an energy."""
        learner = scene.lane.learner
        if learner.yardstick is None or not scene.lane.spec.net.gives_energy:
            return {}
        return learner.yardstick.of_energy(learner.learned, QUADRATURE) | {"nll_truth": learner.yardstick.truth_nll}

    def _distances(self, scene: Scene) -> Found:
        """Particles against fresh samples, projected."""
        if scene.lane.crowd is None:
            return {}
        x = scene.lane.crowd.state.x[:MEASURED]
        if self._fresh is None or not self._fresh.serves(scene.truth, scene.seed, len(x)):
            self._fresh = Fresh.draw(scene.truth, scene.seed, len(x), x.device)
        found = {"sliced_w2": metrics.sliced_w2(x, self._fresh.x, DIRECTIONS), "lost": scene.lane.crowd.lost}
        if (accepted := scene.lane.crowd.state.acceptance) is not None:
            found["acceptance"] = accepted
        return found

    def _discrepancy(self, scene: Scene) -> Found:
        """The same, pair by pair."""
        fresh = self._fresh
        if scene.lane.crowd is None or fresh is None:
            return {}
        return {"mmd": metrics.mmd(scene.lane.crowd.state.x[:PAIRED], fresh.x[:PAIRED], fresh.bandwidth)}

    def _modes(self, scene: Scene) -> Found:
        """Which share of the particles is in which mode; those that have flown off are in none."""
        if scene.lane.crowd is not None:
            x = scene.lane.crowd.state.x[:MEASURED]
            here = x[near(x)]
            weights = scene.truth.mode_weights(here if len(here) else x)
            self.mode_weights = () if weights is None else tuple((len(here) / len(x) * weights.nan_to_num(0)).tolist())
        return {}


Piece = Callable[[Live, Scene], Found]
PIECES: tuple[Piece, ...] = (Live._errors, Live._energy, Live._distances, Live._discrepancy, Live._modes)
