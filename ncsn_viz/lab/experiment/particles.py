"""The particles of every lane: how many, where they start, how fast they move."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.knobs import Choice, Integer, Real, Settings, Switch, ValidationError, knob


@dataclass(frozen=True)
class Particles(Settings):
    """The particles of every lane and where they start."""

    count: int = knob(
        4000,
        Integer(low=1, high=1_000_000, log=True, hot=False, label="Count",
                help="Particles in each lane. Few: no picture of a density. Many: slower frames; without a GPU, more "
                     "than 2 000 move on a grid of the field."),
    )  # fmt: skip
    start: str = knob(
        "uniform",
        Choice(options=("uniform", "normal", "data"), titles=("uniform square", "normal cloud", "data"), hot=False,
               label="Start", help="Where particles are released: a square or a normal cloud around the middle of "
                        "the canvas, or the data."),
    )  # fmt: skip
    low: float = knob(
        -8.0,
        Real(
            low=-1e3,
            high=1e3,
            hot=False,
            label="From",
            shown=False,
            help="Lower edge of the square, from the middle of the canvas.",
        ),
    )
    high: float = knob(
        8.0,
        Real(
            low=-1e3,
            high=1e3,
            hot=False,
            label="To",
            shown=False,
            help="Upper edge of the square, from the middle of the canvas.",
        ),
    )
    spread: float = knob(
        4.0,
        Real(low=0.01, high=1e3, log=True, hot=False, label="Spread", shown=False,
             help="Standard deviation of the normal cloud."),
    )  # fmt: skip
    speed: int = knob(
        1,
        Integer(low=1, high=50, log=True, label="Speed", unit="steps/frame",
                help="Sampler steps between two pictures. 1: every step is seen. Many: quick to the end, with fewer "
                     "pictures a second."),
    )  # fmt: skip
    loop: bool = knob(
        True, Switch(label="Release again", help="Release the particles anew a moment after they have come to rest.")
    )

    exact: bool = knob(
        False,
        Switch(label="Exact field",
               help="Ask the field itself for every particle. Off: without a GPU more than 2 000 particles move on a "
                    "grid of it, by interpolation, some fifty times as fast; the foot of each lane says with what "
                    "error, mostly below 0.5 %."),
    )  # fmt: skip
    handful: int = knob(
        80,
        Integer(low=1, high=10_000, log=True, label="Handful", unit="particles",
                help="Particles dropped by one click; they take the place of the oldest ones, so the count stays. "
                     "Few: hardly seen. Many: all others are gone."),
    )  # fmt: skip
    scatter: float = knob(
        0.25,
        Real(low=0, high=10, label="Scatter",
             help="Standard deviation of a handful around the click. 0: all at one point, parted by noise alone. "
                  "Large: all over the plane."),
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low >= self.high:
            raise ValidationError(f"must be below high = {self.high:g}, but is {self.low:g}", ("low",))
