"""The Spec: everything that the user chose, immutable and whole."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ncsn_viz.core.knobs import (
    BadValue,
    Choice,
    Many,
    Number,
    Numbers,
    OneOf,
    Part,
    Settings,
    Switch,
    Text,
    Whole,
    knob,
)
from ncsn_viz.core.nets import NETS, Net, ScoreMLP
from ncsn_viz.core.objectives import NCSN, OBJECTIVES, Objective, Sliced
from ncsn_viz.core.samplers import SAMPLERS, AnnealedLangevin, Langevin, Sampler
from ncsn_viz.core.targets import TARGETS, Moons, Target
from ncsn_viz.lab.fairness import Fairness
from ncsn_viz.lab.hand import Hand

MOST_LANES = 6
MOST_GROUPS = 3
MOST_REPEATS = 16
LETTERS = "ABCDEF"  # of the marks
MAPS = (  # one of them at most is the background
    "density", "true_density", "energy_map", "error", "weighted_error", "divergence", "curl", "difference",
    "score_difference",
)  # fmt: skip
DIFFERENCES = ("difference", "score_difference")
LAYERS = (
    *MAPS, "energy", "truth", "field", "streamlines", "particles", "trails", "negatives", "followed",
    "surface",
)  # fmt: skip


@dataclass(frozen=True)
class Optimizer(Settings):
    """How a lane's weights follow the gradient: Adam, with a running mean of the weights beside them."""

    learning_rate: float = knob(
        3e-3,
        Number(low=1e-6, high=1, log=True, label="Learning rate",
               help="Step size of Adam. Too large: the loss jumps or diverges. Too small: nothing seems to happen."),
    )  # fmt: skip
    batch_size: int = knob(
        128,
        Whole(low=1, high=16384, log=True, label="Batch size", unit="points",
              help="Data points in each training step. Few: noisy gradients. Many: less noise, fewer steps a second."),
    )  # fmt: skip
    ema: float = knob(
        0.999,
        Number(low=0, high=0.99999, label="EMA", symbol="μ",
               help="Memory of the running mean of the weights, which is what is drawn and sampled. 0 turns it off, "
                    "and pictures jitter with every batch. Near 1: smooth, but behind what is learned."),
    )  # fmt: skip


@dataclass(frozen=True)
class LaneSpec(Settings):
    """One column: an objective that trains a net, and a sampler that moves particles along its field."""

    name: str = knob("", Text(label="Name", help="What the lane is called; empty names it A, B, C …"))
    objective: Objective = knob(NCSN(), OneOf(kinds=OBJECTIVES, label="Objective"))
    net: Net = knob(ScoreMLP(), OneOf(kinds=NETS, label="Network"))
    optimizer: Optimizer = knob(Optimizer(), Part(of=Optimizer, label="Optimiser"))
    sampler: Sampler = knob(AnnealedLangevin(), OneOf(kinds=SAMPLERS, label="Sampler"))
    score_from: str = knob(
        "learned",
        Choice(options=("learned", "true"), titles=("learned field", "true score"), label="Score from",
               help="Which field moves the particles: what the network has learned, or the exact truth."),
    )  # fmt: skip
    group: int = knob(
        0,
        Whole(low=0, high=MOST_GROUPS, label="Link group", shown=False,
              help="Lanes of one group are edited together; 0 is no group."),
    )  # fmt: skip
    mark: int = knob(
        -1,
        Whole(low=-1, high=MOST_LANES - 1, label="Mark", shown=False,
              help="Number of the lane's colour and letter, which it keeps wherever it stands; −1 takes a free one."),
    )  # fmt: skip
    own_layers: bool = knob(
        False,
        Switch(label="Own layers", shown=False, help="Whether this lane shows its own layers, not the common ones."),
    )
    layers: tuple[str, ...] = knob(
        (), Many(of=Choice(options=LAYERS), shown=False, help="The layers of this lane, where it has its own.")
    )


@dataclass(frozen=True)
class Particles(Settings):
    """The particles of every lane and where they start."""

    count: int = knob(
        4000,
        Whole(
            low=1,
            high=1_000_000,
            log=True,
            hot=False,
            label="Count",
            help="Particles in each lane. Few: no picture of a density. Many: slower frames; without a GPU, more than "
            "2 000 move on a grid of the field.",
        ),
    )
    start: str = knob(
        "uniform",
        Choice(options=("uniform", "normal", "data"), titles=("uniform square", "normal cloud", "data"), hot=False,
               label="Start", help="Where particles are released: a square, a normal cloud around 0, or the data."),
    )  # fmt: skip
    low: float = knob(
        -8.0, Number(low=-1e3, high=1e3, hot=False, label="From", help="Lower edge of the square.", shown=False)
    )
    high: float = knob(
        8.0, Number(low=-1e3, high=1e3, hot=False, label="To", help="Upper edge of the square.", shown=False)
    )
    spread: float = knob(
        4.0,
        Number(low=0.01, high=1e3, log=True, hot=False, label="Spread", shown=False,
               help="Standard deviation of the normal cloud."),
    )  # fmt: skip
    speed: int = knob(
        1,
        Whole(low=1, high=50, log=True, label="Speed", unit="steps/frame",
              help="Sampler steps between two pictures. 1: every step is seen. Many: quick to the end, with fewer "
                   "pictures a second."),
    )  # fmt: skip
    loop: bool = knob(
        True, Switch(label="Release again", help="Release the particles anew a moment after they have come to rest.")
    )

    handful: int = knob(
        80,
        Whole(low=1, high=10_000, log=True, label="Handful", unit="particles",
              help="Particles dropped by one click; they take the place of the oldest ones, so the count stays. Few: "
                   "hardly seen. Many: all others are gone."),
    )  # fmt: skip
    scatter: float = knob(
        0.25,
        Number(low=0, high=10, label="Scatter",
               help="Standard deviation of a handful around the click. 0: all at one point, parted by noise alone. "
                    "Large: all over the plane."),
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low >= self.high:
            raise BadValue(f"must be below high = {self.high:g}, but is {self.low:g}", ("low",))


@dataclass(frozen=True)
class Run(Settings):
    """The loop's pace. Counts only ever grow, so that a dropped Spec loses nothing, and undo leaves them alone."""

    training: bool = knob(True, Switch(help="Whether training goes on."))
    sampling: bool = knob(True, Switch(help="Whether the particles move."))
    train_steps: int = knob(0, Whole(low=0, high=10**12, help="Single training steps asked for so far."))
    sample_steps: int = knob(0, Whole(low=0, high=10**12, help="Single sampler steps asked for so far."))
    restarts: int = knob(0, Whole(low=0, high=10**9, help="How often training was started again."))
    restarted: tuple[str, ...] = knob(
        (), Many(of=Text(), help="The lanes that were started again, by name, once for each time.")
    )
    releases: int = knob(0, Whole(low=0, high=10**9, help="How often the particles were released by hand."))
    hand: Hand = knob(Hand(), Part(of=Hand))
    slow: str = knob("", Text(help="The lane that is watched in slow motion, while all else stands still; or none."))
    slow_steps: int = knob(0, Whole(low=0, high=10**9, help="Steps in slow motion asked for so far."))


@dataclass(frozen=True)
class CurveView(Settings):
    """What one of the cards of curves shows, and on which axes."""

    key: str = knob("loss", Text(label="Curve", help="The name of the curve: loss, fisher, a measure or a term."))
    log_x: bool = knob(False, Switch(label="Logarithmic steps", help="Whether the axis of steps is logarithmic."))
    log_y: bool = knob(True, Switch(label="Logarithmic values", help="Whether the axis of values is logarithmic."))


@dataclass(frozen=True)
class View(Settings):
    """What the views draw: the layers, the part of the plane that they show, and the curves below."""

    layers: tuple[str, ...] = knob(
        ("density", "field", "particles", "trails"),
        Many(of=Choice(options=LAYERS), help="The layers that are drawn in every lane."),
    )
    region: tuple[float, float, float, float] = knob(
        (-8.0, 8.0, -8.0, 8.0),
        Numbers(low=-1e4, high=1e4, least=4, most=4, help="x from, x to, y from, y to: what a lane shows."),
    )
    against: int = knob(
        -1,
        Whole(low=-1, high=MOST_LANES - 1,
              help="Mark of the lane that maps of differences subtract from all others; −1 subtracts the truth."),
    )  # fmt: skip
    turn: tuple[float, float] = knob(
        (-32.0, 40.0),
        Numbers(low=-180, high=180, least=2, most=2,
                help="From where surfaces are seen: degrees around, and degrees above the plane."),
    )  # fmt: skip
    pixels: int = knob(400, Whole(low=16, high=4096, help="Width of a lane's particle picture."))
    reference: tuple[tuple[float, float], ...] = knob(
        (),
        Numbers(low=-1e4, high=1e4, width=2, least=0, most=1,
                help="A point x₀, or none: from there line integrals give log p(x) − log p(x₀) of a score."),
    )  # fmt: skip
    cursor: tuple[tuple[float, float], ...] = knob(
        (),
        Numbers(low=-1e5, high=1e5, width=2, least=0, most=1,
                help="The point under the mouse, or none: there every lane's field and the truth are read exactly."),
        compare=False,  # a Spec that only looks elsewhere is the same experiment: nothing is undone, saved or redrawn
    )  # fmt: skip

    curves: tuple[CurveView, ...] = knob(
        (CurveView("loss"), CurveView("fisher")),
        Many(of=Part(of=CurveView), least=2, most=2, help="What the two cards of curves show."),
    )
    hidden: tuple[int, ...] = knob(
        (),
        Many(of=Whole(low=0, high=MOST_LANES - 1), most=MOST_LANES, help="Marks of the lanes that curves leave out."),
    )
    below: str = knob(
        "curves",
        Choice(options=("curves", "table"), titles=("Curves", "Table"), label="Below the lanes",
               help="What stands below the lanes: curves and mode weights, or the table of measures."),
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        x0, x1, y0, y1 = self.region
        if not (x1 - x0 > 1e-6 and y1 - y0 > 1e-6):
            raise BadValue("must run from smaller to larger numbers", ("region",))

    @property
    def map(self) -> str:
        """The map that is the background: the last one among the layers, or none."""
        return map_of(self.layers)


@dataclass(frozen=True)
class Spec(Settings):
    """One experiment, whole: what a file holds, what undo steps through, what the engine applies."""

    seed: int = knob(
        0,
        Whole(
            low=0,
            high=2**63 - 1,
            hot=False,
            label="Seed",
            help="Seed of weights, data, noise and particles. The same one gives the same run again; another one "
            "starts every lane anew.",
        ),
    )
    window: tuple[float, float] = knob(
        (-8.0, 8.0),
        Numbers(low=-1e4, high=1e4, least=2, most=2, help="The square that is painted on and measured over."),
    )
    target: Target = knob(Moons(), OneOf(kinds=TARGETS, label="Target"))
    lanes: tuple[LaneSpec, ...] = knob(
        (
            LaneSpec(objective=NCSN()),
            LaneSpec(objective=Sliced(), sampler=Langevin()),
        ),
        Many(of=Part(of=LaneSpec), least=1, most=MOST_LANES),
    )
    particles: Particles = knob(Particles(), Part(of=Particles))
    fairness: Fairness = knob(Fairness(), Part(of=Fairness, label="Fairness"))
    repeats: int = knob(
        1,
        Whole(low=1, high=MOST_REPEATS, label="Repeats", unit="seeds",
              help="So many copies of every lane train, with seeds one apart. The first is drawn; curves show the "
                   "median of all and a band from the least to the greatest. Many: training is that much slower."),
    )  # fmt: skip
    run: Run = knob(Run(), Part(of=Run))
    view: View = knob(View(), Part(of=View))

    @property
    def slow(self) -> bool:
        """Whether a lane is watched in slow motion."""
        return any(lane.name == self.run.slow for lane in self.lanes)

    @property
    def trains(self) -> bool:
        """Whether training goes on by itself."""
        return self.run.training and not self.slow

    @property
    def samples(self) -> bool:
        """Whether particles move by themselves."""
        return self.run.sampling and not self.slow

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.window[0] >= self.window[1]:
            raise BadValue("must run from a smaller to a larger number", ("window",))
        object.__setattr__(self, "lanes", _with_names(self.lanes))
        for index, lane in enumerate(self.lanes):
            if complaint := lane.objective.objection(lane.net):
                raise BadValue(f"cannot train: {complaint}", (f"lanes.{index}",))
            if lane.sampler.needs_energy and lane.score_from == "learned" and not lane.net.gives_energy:
                raise BadValue(
                    f"cannot sample: {lane.sampler.title} accepts by energies, and a {lane.net.title.lower()} has only "
                    "a score: choose an energy network, or the true score.",
                    (f"lanes.{index}",),
                )

    def layers_of(self, lane: LaneSpec) -> tuple[str, ...]:
        """What a lane shows: the layers of all lanes, or its own. The lane that is subtracted shows its density."""
        layers = lane.layers if lane.own_layers else self.view.layers
        if lane.mark == self.view.against and map_of(layers) in DIFFERENCES:
            return tuple("density" if name in DIFFERENCES else name for name in layers)
        return layers


def map_of(layers: tuple[str, ...]) -> str:
    """The map among `layers` that is the background: the last one, or none."""
    return next((layer for layer in reversed(layers) if layer in MAPS), "")


def _with_names(lanes: tuple[LaneSpec, ...]) -> tuple[LaneSpec, ...]:
    """Every lane with a name and a mark, by which it is known when others come and go; so no two are alike."""
    lanes = _with_marks(lanes)
    taken = [lane.name for lane in lanes if lane.name]
    if twice := [name for name in taken if taken.count(name) > 1]:
        raise BadValue(f"must have different names, but two are called {twice[0]!r}", ("lanes",))
    found = []
    for lane in lanes:
        name = lane.name or _free_name(lane.mark, taken)
        taken.append(name)
        found.append(lane if lane.name else replace(lane, name=name))
    return tuple(found)


def _free_name(mark: int, taken: list[str]) -> str:
    """The mark's own letter if it is free, else another one."""
    return next(letter for letter in LETTERS[mark] + "ABCDEFGHIJKL" if letter not in taken)


def _with_marks(lanes: tuple[LaneSpec, ...]) -> tuple[LaneSpec, ...]:
    """Every lane with a mark of its own: what it has, unless one before it has that, else the first free one."""
    wanted = [
        lane.mark if lane.mark not in (before.mark for before in lanes[:n]) else -1 for n, lane in enumerate(lanes)
    ]
    free = iter(mark for mark in range(MOST_LANES) if mark not in wanted)
    marks = [mark if mark >= 0 else next(free) for mark in wanted]
    return tuple(
        lane if lane.mark == mark else replace(lane, mark=mark) for lane, mark in zip(lanes, marks, strict=True)
    )
