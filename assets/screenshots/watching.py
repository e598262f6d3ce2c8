"""Scenes of particles, surfaces and maps."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from stage import CTRL, LEFT, SMALL, Stage, until

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import NCSN, Denoising, Implicit
from ncsn_viz.core.samplers import Langevin, ProbabilityFlow, ReverseSDE
from ncsn_viz.core.targets import EightGaussians, Moons, Pinwheel, Rings
from ncsn_viz.lab.experiment import LaneSpec, Particles, Spec

NET = ScoreMLP(hidden=64)


def window() -> Iterator[tuple[Stage, str]]:
    """The first experiment after some training."""
    stage = Stage(Spec())
    stage.train(2000)
    stage.release()
    stage.wait_for_progress(0.97)
    yield stage, "window"


def followed() -> Iterator[tuple[Stage, str]]:
    """A particle is dragged and released, and the noise ladder is held at a level."""
    lanes = (LaneSpec(objective=NCSN(), net=NET), LaneSpec(objective=NCSN(), net=NET, score_from="true"))
    stage = Stage(Spec(target=EightGaussians(), lanes=lanes, particles=Particles(count=1500)))
    stage.train(900)
    plot, ladder = stage.window.lanes.cards[0].plot, stage.window.ladder
    stage.drag(plot, [stage.point(plot, x, 0.5) for x in (0.5, 0.53, 0.58, 0.64)], CTRL)
    bars = ladder.bars()
    y = round(bars.center().y())
    stage.press(ladder, [QPoint(round(bars.left() + share * bars.width()), y) for share in (0.1, 0.3, 0.55)])
    until(
        lambda: all(
            lane.level == 5 and lane.tracked is not None and len(lane.tracked.path) > 40 for lane in stage.lanes
        )
    )
    yield stage, "followed"
    QTest.mouseRelease(ladder, LEFT)


def time() -> Iterator[tuple[Stage, str]]:
    """Ways from noise to data: time dragged back, the flow with its mesh, the score taken apart, and a race."""
    net = ScoreMLP(hidden=64)
    samplers = (ProbabilityFlow(steps=60), ReverseSDE(steps=60))
    lanes = tuple(LaneSpec(objective=NCSN(), net=net, sampler=sampler) for sampler in samplers)
    stage = Stage(Spec(target=Moons(), lanes=lanes, particles=Particles(count=1500)))
    stage.train(2500)
    window, slider = stage.window, stage.window.time.slider
    stage.key("3", "5", "K")
    for name in ("flow", "mesh"):
        stage.click(window.time.layers[name])
    stage.release()
    stage.wait_for_progress(0.99)
    stage.click(window.bottom_panel.tabs["race"])
    stage.click(window.bottom_panel.race.run)
    until(lambda: stage.lanes[0].race is not None and stage.lanes[0].race.complete)
    stage.press(slider, [QPoint(round(share * slider.width()), slider.height() // 2) for share in (0.9, 0.7, 0.6)])
    QTest.mouseRelease(slider, LEFT)
    plot = window.lanes.cards[0].plot
    stage.hover(plot, stage.point(plot, 0.56, 0.44))
    until(lambda: all(lane.flow is not None and lane.point_reading is not None for lane in stage.lanes))
    yield stage, "time"


def slow_motion() -> Iterator[tuple[Stage, str]]:
    """A step of denoising score matching, held where the score is compared."""
    lane = LaneSpec(objective=Denoising(sigma=0.8), net=NET, sampler=Langevin(steps=300))
    stage = Stage(Spec(target=Moons(), lanes=(lane,), particles=Particles(count=1000)))
    stage.train(600)
    stage.key("M")
    card = stage.window.slow
    shown: list[tuple[object, str, float]] = []
    card.staged.connect(lambda *what: shown.append(what))
    until(lambda: bool(card.stages))
    while card.stages[card.stage_index].key != "score":
        QTest.keyClick(card, Qt.Key.Key_Right)
    until(lambda: bool(shown) and shown[-1][1:] == ("score", 1.0))
    yield stage, "slow_motion"


def surface() -> Iterator[tuple[Stage, str]]:
    """The energies of two networks as surfaces, rotated with the mouse."""
    plain = Langevin(steps=300)
    lanes = (LaneSpec(objective=Denoising(sigma=0.5), net=EnergyMLP(hidden=64), sampler=plain),
             LaneSpec(objective=Implicit(), net=EnergyMLP(hidden=64), sampler=plain))  # fmt: skip
    stage = Stage(Spec(target=Rings(), lanes=lanes))
    stage.train(1500)
    stage.key("V")
    solid = stage.window.lanes.cards[0].surface
    until(lambda: solid.isVisible() and stage.lanes[0].sample is not None)
    stage.drag(solid, [stage.point(solid, x, y) for x, y in ((0.5, 0.5), (0.46, 0.52), (0.42, 0.55))])
    stage.release()
    stage.wait_for_progress(0.7)
    yield stage, "surface"


def light() -> Iterator[tuple[Stage, str]]:
    """The light theme, and streamlines in place of arrows."""
    plain = Langevin(steps=300)
    lanes = (LaneSpec(objective=Denoising(sigma=0.3), net=NET, sampler=plain),
             LaneSpec(objective=Implicit(), net=EnergyMLP(hidden=64), sampler=plain))  # fmt: skip
    stage = Stage(Spec(target=Pinwheel(), lanes=lanes), SMALL)
    stage.choose(stage.window.toolbar.files, "Appearance", "Light")
    stage.key("3", "5", "L")
    stage.train(1500)
    stage.release()
    stage.wait_for_progress(0.75)
    yield stage, "light"


def maps() -> Iterator[tuple[Stage, str]]:
    """Maps of the error of two fields, and the values under the cursor."""
    lanes = (LaneSpec(objective=Denoising(sigma=0.5), net=NET, sampler=Langevin(steps=300)),
             LaneSpec(objective=Implicit(), net=EnergyMLP(hidden=64), sampler=Langevin(steps=300)))  # fmt: skip
    stage = Stage(Spec(target=Pinwheel(), lanes=lanes))
    stage.train(1500)
    stage.choose(stage.window.toolbar.map, "Error")
    stage.key("0", "4", "5")
    plot = stage.window.lanes.cards[1].plot
    stage.hover(plot, stage.point(plot, 0.62, 0.36))
    until(
        lambda: (
            bool(stage.window.cursor_readout.lines()) and all(lane.point_reading is not None for lane in stage.lanes)
        )
    )
    yield stage, "maps"
    stage.choose(stage.window.toolbar.map, "Difference")
    stage.choose(stage.window.toolbar.map, "Differences subtract", "Lane A")
    until(lambda: stage.is_current and "difference" in stage.lanes[1].field.maps)
    stage.hover(plot, stage.point(plot, 0.62, 0.36))
    until(
        lambda: (
            bool(stage.window.cursor_readout.lines()) and all(lane.point_reading is not None for lane in stage.lanes)
        )
    )
    stage.train(stage.lanes[0].step + 500)  # the fps recover from saving the picture before
    yield stage, "difference"
