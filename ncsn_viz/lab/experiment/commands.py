"""Commands: what is requested once. They are not part of an experiment or a file, and none is ever dropped.

Those that restart are edits for the session (`restarted`), so that undo brings back what was learned.
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]
FAR = 1e4  # the largest coordinate of a point in a command: as far out as a view can be moved


@dataclass(frozen=True)
class Command:
    """A request to the engine, carried out once and in order."""

    def supersedes(self, earlier: Command) -> bool:  # noqa: ARG002
        """Whether it makes an `earlier` command pointless that is next to it in the queue."""
        return False


@dataclass(frozen=True)
class TrainStep(Command):
    """One training step of every lane."""


@dataclass(frozen=True)
class SampleStep(Command):
    """One sampler step of every lane."""


@dataclass(frozen=True)
class RestartTraining(Command):
    """Every lane starts again from fresh weights, data and particles."""


@dataclass(frozen=True)
class RestartLane(Command):
    """The lane in `slot` starts again from fresh weights."""

    slot: int


@dataclass(frozen=True)
class ReleaseParticles(Command):
    """The particles of every lane are released again."""


@dataclass(frozen=True)
class DropParticles(Command):
    """`count` particles of every lane move to `at`, normally distributed with standard deviation `spread`."""

    at: Point
    count: int
    spread: float


@dataclass(frozen=True)
class HoldParticle(Command):
    """The particle nearest to `start` in the lane in `slot` is tracked and held at `at`, in every lane."""

    slot: int
    start: Point
    at: Point


@dataclass(frozen=True)
class MoveParticle(Command):
    """The held particle moves to `at`."""

    at: Point

    def supersedes(self, earlier: Command) -> bool:
        return isinstance(earlier, MoveParticle)


@dataclass(frozen=True)
class HoldNoiseLevel(Command):
    """The particles of all lanes, or of the lane in `slot`, are set to the level nearest to `sigma` and held there."""

    sigma: float
    slot: int | None = None

    def supersedes(self, earlier: Command) -> bool:
        return isinstance(earlier, HoldNoiseLevel) and earlier.slot == self.slot


@dataclass(frozen=True)
class ShowTime(Command):
    """All particles are drawn where they were at `share` of their sampler's steps, from 0 at their release to 1.

    With `forward` what is drawn is data with the noise of that time, x₀ + σz with one z for each. Moving particles end
    it.
    """

    share: float
    forward: bool = False

    def supersedes(self, earlier: Command) -> bool:
        return isinstance(earlier, ShowTime)


@dataclass(frozen=True)
class RunRace(Command):
    """The samplers `names` race on the field of the lane in `slot`; none ends its race."""

    slot: int
    names: tuple[str, ...]

    def supersedes(self, earlier: Command) -> bool:
        return isinstance(earlier, RunRace) and earlier.slot == self.slot


@dataclass(frozen=True)
class LetGo(Command):
    """Nothing is held any more."""


@dataclass(frozen=True)
class RecordStep(Command):
    """One training step and one sampler step, recorded for the lane in slow motion; `number` identifies the trace."""

    number: int
