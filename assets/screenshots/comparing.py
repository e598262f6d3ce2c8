"""Scenes of lanes side by side."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint
from stage import Stage, until

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import (
    DDPM,
    NCSN,
    ContrastiveDivergence,
    Denoising,
    FlowMatching,
    Implicit,
    Sliced,
    VPrediction,
)
from ncsn_viz.core.samplers import AnnealedLangevin, Langevin
from ncsn_viz.core.targets import EightGaussians, Moons, Smiley, TwoModes
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Spec

NET, ENERGY = ScoreMLP(hidden=64), EnergyMLP(hidden=64)
SHORT = AnnealedLangevin(steps_per_level=25)


def two_modes() -> Iterator[tuple[Stage, str]]:
    """Song & Ermon 2019, figure 3: plain and annealed Langevin along the exact score."""
    annealed = AnnealedLangevin(step_size=0.05, sigma_max=20, sigma_min=1, levels=10, steps_per_level=40)
    lanes = (
        LaneSpec(name="plain", objective=Denoising(), sampler=Langevin(step_size=0.05, steps=400), score_from="true"),
        LaneSpec(name="annealed", objective=NCSN(sigma_max=20), sampler=annealed, score_from="true"),
    )
    stage = Stage(Spec(target=TwoModes(), lanes=lanes, particles=Particles(count=1500, loop=False)))
    for lane in (0, 1):
        stage.wait_for_progress(1, lane)
    stage.wait_for_metrics()
    yield stage, "two_modes"


def four_lanes() -> Iterator[tuple[Stage, str]]:
    """Three score networks and an energy network on one target, and the table of metrics."""
    plain, quick = Langevin(step_size=0.02, steps=400), Optimizer(learning_rate=0.01)
    lanes = (
        LaneSpec(objective=NCSN(), net=NET, optimizer=quick, sampler=SHORT),
        LaneSpec(objective=Denoising(), net=NET, optimizer=quick, sampler=plain),
        LaneSpec(objective=Sliced(), net=NET, optimizer=quick, sampler=plain),
        LaneSpec(objective=Implicit(), net=ENERGY, optimizer=quick, sampler=plain),
    )
    stage = Stage(Spec(target=Smiley(), lanes=lanes, particles=Particles(count=2000)))
    stage.key("2")
    stage.train(1500)
    stage.release()
    stage.wait_for_progress(0.97)
    stage.click(stage.window.bottom_panel.tabs["table"])
    stage.wait_for_metrics()
    yield stage, "four_lanes"


def paths() -> Iterator[tuple[Stage, str]]:
    """One target learned in four readings on four paths, each with its own sampler; arrows of the flow's velocity."""
    quick = Optimizer(learning_rate=0.005)
    lanes = tuple(
        LaneSpec(objective=objective, net=ScoreMLP(hidden=64, conditioning=prediction), optimizer=quick)
        for objective, prediction in (
            (NCSN(), "scaled_embedding"), (DDPM(), "epsilon"), (VPrediction(), "v"), (FlowMatching(), "velocity"),
        )
    )  # fmt: skip
    stage = Stage(Spec(target=Moons(), lanes=lanes, particles=Particles(count=2000, loop=False)))
    stage.key("3", "U")
    stage.train(900)
    stage.click(stage.window.lanes.cards[3].header)
    stage.release()
    stage.wait_for_progress(0.97)
    stage.click(stage.window.bottom_panel.tabs["table"])
    stage.wait_for_metrics()
    stage.wait_for_metrics()  # by then the table has its columns
    yield stage, "paths"


def repeats() -> Iterator[tuple[Stage, str]]:
    """Five seeds of every lane: medians, and bands from the least to the greatest."""
    small, hasty = ScoreMLP(hidden=32), Optimizer(learning_rate=0.01, batch_size=16)
    lanes = (LaneSpec(objective=Denoising(), net=small, optimizer=hasty, sampler=Langevin(steps=300)),
             LaneSpec(objective=Sliced(), net=small, optimizer=hasty, sampler=Langevin(steps=300)))  # fmt: skip
    stage = Stage(Spec(target=Moons(), lanes=lanes, particles=Particles(count=2000)))
    field = stage.window.lane.seed.rows["repeats"].field
    stage.scroll_to(field)
    stage.write(field, "5")
    until(lambda: stage.is_current)
    stage.train(700)
    stage.wait_for_metrics()
    stage.scroll_to(field)
    yield stage, "repeats"


def diverged() -> Iterator[tuple[Stage, str]]:
    """A learning rate at which one lane diverges: its diagnosis, and the button of the first remedy."""
    lanes = (
        LaneSpec(objective=Denoising(), net=NET, sampler=Langevin(steps=300)),
        LaneSpec(objective=Denoising(), net=ScoreMLP(hidden=32, layers=8, activation="relu"),
                 sampler=Langevin(steps=300)),
    )  # fmt: skip
    stage = Stage(Spec(target=EightGaussians(), lanes=lanes, particles=Particles(count=2000)))
    card = stage.window.lanes.cards[1]
    stage.click(card.header)
    row = stage.window.lane.optimizer.rows["learning_rate"]
    stage.scroll_to(row.field)
    stage.write(row.field, "1")
    until(lambda: stage.lanes[1].status.state == "diverged" and card.banner.isVisible())
    stage.scroll_to(stage.window.lane.title)
    stage.train(2000, 0)
    yield stage, "diverged"


def linked() -> Iterator[tuple[Stage, str]]:
    """Three lanes, one of them moved by its header; two are linked in the menu of a lane."""
    energy = LaneSpec(objective=ContrastiveDivergence(), net=ENERGY, sampler=Langevin(steps=300))
    lanes = (
        LaneSpec(objective=Denoising(), net=NET, sampler=Langevin(steps=300)),
        LaneSpec(objective=Sliced(), net=NET, sampler=Langevin(steps=300), group=1),
        energy,
    )
    stage = Stage(Spec(target=Moons(), lanes=lanes, particles=Particles(count=2000)))
    stage.train(900)
    cards = stage.window.lanes.cards
    head = cards[2].header
    end = head.mapFromGlobal(cards[0].mapToGlobal(QPoint(10, 15)))
    stage.drag(head, [QPoint(40, 15), QPoint(60, 20), end])
    until(lambda: [lane.slot for lane in stage.session.spec.lanes] == [2, 0, 1] and stage.is_current)
    head = stage.window.lanes.cards[1].header
    stage.context_menu(head, QPoint(60, 15))
    menu = stage.window.lane_actions.menu
    stage.pick(menu, "Link")
    yield stage, "linked"
    menu.close()
