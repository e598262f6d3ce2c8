"""Watches one step of a lane: the very step that is done anyway, and nothing is drawn twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from ncsn_viz.core.fields.protocols import Density
from ncsn_viz.core.numerics.lazy import torch
from ncsn_viz.core.numerics.regions import Region
from ncsn_viz.core.objectives.base import ScoreQuery
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.experiment.spec import Spec
from ncsn_viz.lab.sampling.particle_system import ParticleSystem
from ncsn_viz.lab.snapshot.arrays import as_floats
from ncsn_viz.lab.snapshot.step_trace import ParticleStep, StepTrace, TrainingStep
from ncsn_viz.lab.training.trainer import Trainer

POINTS = 28  # of a batch that are shown
HANDFUL = 14  # of the particles
SEARCHED = 4000  # particles among which those in view are looked for


class StepRecorder:
    """Which lane is watched, and whether its step is still to come."""

    def __init__(self) -> None:
        self._lane = ""
        self.number = 0
        self.asked = self._begun = self._to_see = False

    def apply(self, lanes: Sequence[Lane], old: Spec | None, new: Spec) -> bool:
        """Take a Spec; whether it asks for a step. `old` is None before the first one."""
        if not new.slow:
            self.asked = self._begun = self._to_see = False
            for lane in lanes:
                lane.step_trace = None
            return False
        if old is not None and old.slow and old.run.slow_steps == new.run.slow_steps:
            return False
        self._lane, self.number = new.run.slow, new.run.slow_steps
        self.asked, self._begun, self._to_see = True, False, True
        for lane in lanes:
            lane.step_trace = StepTrace(self.number) if lane.spec.name == self._lane else None
            if lane.particles is not None:
                lane.particles.restart_last_level(lane.spec.sampler)  # all of them, or they would be a step apart
        return True

    def begin(self) -> None:
        """A new training step begins: only a whole one is watched."""
        self._begun = self.asked

    def train(self, lane: Lane, learner: Trainer, batch: torch.Tensor, truth: Density) -> None:
        """One training step of a lane, watched where it is the one."""
        if not self._begun or lane.spec.name != self._lane or learner is not lane.trainer:
            learner.train(batch, truth)
            return
        self.asked = self._begun = False
        training = watched(learner, batch, truth)
        lane.step_trace = replace(lane.step_trace or StepTrace(self.number), training=training)

    def see_particles(self, lanes: Sequence[Lane], region: Region) -> None:
        """The particles have just been moved."""
        for lane in lanes:
            if self._to_see and lane.spec.name == self._lane and lane.particles is not None:
                self._to_see = False
                found = seen(lane.particles, lane.spec.sampler.sigma_at(max(lane.particles.state.step - 1, 0)), region)
                lane.step_trace = replace(lane.step_trace or StepTrace(self.number), particles=found)


def watched(learner: Trainer, batch: torch.Tensor, truth: Density) -> TrainingStep | None:
    """Do a training step and tell of it; None if the lane has diverged."""
    objective, before = learner.spec.objective, learner.net.frozen()
    noise = learner.generator.get_state()
    state = None if learner.objective_state is None else learner.objective_state.clone()  # the step changes it in place
    learner.train(batch, truth)
    terms = learner.terms
    if learner.diverged or terms is None:
        return None
    gradient = math.sqrt(sum(float(w.grad.square().sum()) for w in learner.net.parameters() if w.grad is not None))
    again = torch.Generator(learner.device)
    again.set_state(noise)  # the same noise, so that only the weights differ
    after = objective.loss(learner.net, batch, truth, again, state)
    query = terms.query or ScoreQuery(batch, batch)
    points = query.points[:POINTS].detach()
    every = torch.as_tensor(query.sigma, dtype=points.dtype, device=points.device).expand(len(query.points))[:POINTS]
    sigma = every if isinstance(query.sigma, torch.Tensor) else query.sigma
    with torch.no_grad():
        score = before.score(points, sigma)
    return TrainingStep(
        step=learner.step,
        batch=len(batch),
        data=as_floats(query.data[:POINTS]),
        points=as_floats(points),
        sigma=as_floats(every),
        score=as_floats(score),
        target=None if query.target is None else as_floats(query.target[:POINTS]),
        target_formula=query.target_formula,
        negatives=None if terms.negatives is None else as_floats(terms.negatives[:POINTS]),
        terms={name: float(term) for name, term in terms.parts.items()},
        before=float(terms.loss.detach()),
        after=float(after.loss.detach()),
        gradient=gradient,
    )


def seen(crowd: ParticleSystem, sigma: float, region: Region) -> ParticleStep | None:
    """The last step of some particles that were in view; None where the sampler does not tell its parts."""
    components = crowd.state.components
    if components is None:
        return None
    x, y = components.start[:SEARCHED].T
    inside = (x >= region[0]) & (x <= region[1]) & (y >= region[2]) & (y <= region[3])
    chosen = inside.nonzero().flatten()[:HANDFUL]
    return ParticleStep(
        sigma,
        x=as_floats(crowd.state.x[chosen]),
        start=as_floats(components.start[chosen]),
        end=as_floats(components.end[chosen]),
        drift=as_floats(components.drift[chosen]),
        noise=as_floats(components.noise[chosen]),
        inertia=None if components.inertia is None else as_floats(components.inertia[chosen]),
    )
