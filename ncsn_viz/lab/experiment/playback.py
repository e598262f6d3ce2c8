"""What runs, what stands still, and what was asked for so far."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ncsn_viz.core.knobs import Integer, ListOf, Nested, Settings, Switch, Text, knob
from ncsn_viz.lab.experiment.hand import Hand


@dataclass(frozen=True)
class Playback(Settings):
    """The loop's pace. Counts only ever grow, so that a dropped Spec loses nothing, and undo leaves them alone."""

    training: bool = knob(True, Switch(help="Whether training goes on."))
    sampling: bool = knob(True, Switch(help="Whether the particles move."))
    train_steps: int = knob(0, Integer(low=0, high=10**12, help="Single training steps asked for so far."))
    sample_steps: int = knob(0, Integer(low=0, high=10**12, help="Single sampler steps asked for so far."))
    restarts: int = knob(0, Integer(low=0, high=10**9, help="How often training was started again."))
    restarted: tuple[str, ...] = knob(
        (), ListOf(of=Text(), help="The lanes that were started again, by name, once for each time.")
    )
    releases: int = knob(0, Integer(low=0, high=10**9, help="How often the particles were released by hand."))
    hand: Hand = knob(Hand(), Nested(of=Hand))
    slow: str = knob("", Text(help="The lane that is watched in slow motion, while all else stands still; or none."))
    slow_steps: int = knob(0, Integer(low=0, high=10**9, help="Steps in slow motion asked for so far."))

    def among(self, lanes: tuple[str, ...]) -> Playback:
        """The same among lanes of these names: one that is gone is watched no more, and what it held is let go."""
        run = self
        if run.slow and run.slow not in lanes:
            run = replace(run, slow="")
        if run.hand.holding and run.hand.lane not in lanes:
            run = replace(run, hand=replace(run.hand, holding=False))
        return run
