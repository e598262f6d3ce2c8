"""The view: what is drawn of an experiment, and from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ncsn_viz.core.knobs import Choice, Integer, ListOf, Nested, Numbers, Settings, Switch, Text, ValidationError, knob
from ncsn_viz.lab.experiment.lane_spec import MOST_LANES
from ncsn_viz.lab.experiment.layers import LAYERS
from ncsn_viz.lab.map_layers import map_of

CONTESTANTS = (  # of races
    "ddim", "flow_matching", "heun", "heun_karras", "dpm_2m", "reverse_sde", "predictor_corrector", "annealed_langevin",
)  # fmt: skip
PICTURES = {"smooth": 60, "balanced": 30, "fast": 10}  # a second, by pace


@dataclass(frozen=True)
class CurveView(Settings):
    """What one of the cards of curves shows, and on which axes."""

    key: str = knob("loss", Text(label="Curve", help="The name of the curve: loss, fisher, a measure or a term."))
    log_x: bool = knob(False, Switch(label="Logarithmic steps", help="Whether the axis of steps is logarithmic."))
    log_y: bool = knob(True, Switch(label="Logarithmic values", help="Whether the axis of values is logarithmic."))


@dataclass(frozen=True)
class View(Settings):
    """What the views draw: the layers, the part of the plane that they show, and the curves below."""

    former_names: ClassVar[Mapping[str, str]] = {"against": "baseline", "turn": "view_angle"}

    layers: tuple[str, ...] = knob(
        ("density", "field", "particles", "trails", "modes"),
        ListOf(of=Choice(options=LAYERS), help="The layers that are drawn in every lane."),
    )  # fmt: skip
    region: tuple[float, float, float, float] = knob(
        (-8.0, 8.0, -8.0, 8.0),
        Numbers(low=-1e4, high=1e4, min_count=4, max_count=4, help="x from, x to, y from, y to: what a lane shows."),
    )  # fmt: skip
    baseline: int = knob(
        -1,
        Integer(low=-1, high=MOST_LANES - 1,
                help="Mark of the lane that maps of differences subtract from all others; −1 subtracts the truth."),
    )  # fmt: skip
    view_angle: tuple[float, float] = knob(
        (-32.0, 40.0),
        Numbers(low=-180, high=180, min_count=2, max_count=2,
                help="From where surfaces are seen: degrees around, and degrees above the plane."),
    )  # fmt: skip
    chosen: int = knob(
        0, Integer(low=0, high=MOST_LANES - 1, help="Slot of the chosen lane, whose settings are shown.")
    )
    pixels: int = knob(400, Integer(low=16, high=4096, help="Width of a lane's particle picture."))
    reference: tuple[tuple[float, float], ...] = knob(
        (),
        Numbers(low=-1e4, high=1e4, width=2, min_count=0, max_count=1,
                help="A point x₀, or none: from there line integrals give log p(x) − log p(x₀) of a score."),
    )  # fmt: skip
    flow_start: tuple[tuple[float, float], ...] = knob(
        (),
        Numbers(low=-1e4, high=1e4, width=2, min_count=0, max_count=1,
                help="Where the trajectory that the layer “flow” shows begins at the largest noise, or none: up on the "
                     "right."),
    )  # fmt: skip
    cursor: tuple[tuple[float, float], ...] = knob(
        (),
        Numbers(low=-1e5, high=1e5, width=2, min_count=0, max_count=1,
                help="The point under the mouse, or none: there every lane's field and the truth are read exactly."),
        compare=False,  # moving the mouse makes no other Spec: nothing is undone, saved or redrawn
    )  # fmt: skip

    curves: tuple[CurveView, ...] = knob(
        (CurveView("loss"), CurveView("fisher_common")),
        ListOf(of=Nested(of=CurveView), min_count=2, max_count=2, help="What the two cards of curves show."),
    )  # fmt: skip
    hidden: tuple[int, ...] = knob(
        (),
        ListOf(of=Integer(low=0, high=MOST_LANES - 1), max_count=MOST_LANES,
               help="Marks of the lanes that curves leave out."),
    )  # fmt: skip
    below: str = knob(
        "curves",
        Choice(options=("curves", "table", "race"), titles=("Curves", "Table", "Race"), label="Below the lanes",
               help="What stands below the lanes: curves and mode weights, the table of measures, or the race of "
                    "samplers."),
    )  # fmt: skip

    race: tuple[str, ...] = knob(
        ("ddim", "heun", "dpm_2m", "reverse_sde"),
        ListOf(of=Choice(options=CONTESTANTS), help="The samplers that take part in a race at equal cost."),
    )  # fmt: skip
    error_sigma: tuple[float, ...] = knob(
        (),
        Numbers(low=0, high=100, min_count=0, max_count=1,
                help="The noise level at which the score errors of all lanes are compared, or none: the largest of "
                     "their least σ."),
    )  # fmt: skip
    own_errors: bool = knob(False, Switch(help="Whether the table shows each lane's error at its own least σ as well."))
    pace: str = knob(
        "balanced",
        Choice(options=tuple(PICTURES), titles=("Smooth", "Balanced", "Learn fast"), label="Pictures",
               help="New pictures a second while nothing is edited: 60, 30 or 10. The fewer, the more time is left for "
                    "training. While you paint, drag or turn there are always 60."),
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        x0, x1, y0, y1 = self.region
        if not (x1 - x0 > 1e-6 and y1 - y0 > 1e-6):
            raise ValidationError("must run from smaller to larger numbers", ("region",))

    @property
    def pictures_per_second(self) -> int:
        """New pictures a second while nothing is edited."""
        return PICTURES[self.pace]

    @property
    def map(self) -> str:
        """The map that is the background: the last one among the layers, or none."""
        return map_of(self.layers)
