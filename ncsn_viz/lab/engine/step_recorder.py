"""Records one training step and one sampler step of a lane for slow motion, without changing either."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from ncsn_viz.core.fields import Density
from ncsn_viz.core.numerics import Region, torch
from ncsn_viz.core.objectives.base import ScoreQuery
from ncsn_viz.core.samplers import Sampler
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.sampling.particle_system import ParticleSystem
from ncsn_viz.lab.snapshot import ParticleStep, StepTrace, TrainingStep, as_floats
from ncsn_viz.lab.training.trainer import Trainer

BATCH_POINTS = 28  # of a batch that are shown
PARTICLES = 14  # that are shown
SEARCHED = 4000  # particles among which those in the view are searched


class StepRecorder:
    """Which lane is recorded, and whether its step is still to come."""

    def __init__(self) -> None:
        self.number = 0  # of the record requested last
        self.pending = False  # whether the training step is still to be recorded
        self._lane = ""
        self._step_begun = False
        self._particles_pending = False

    def update(self, lanes: Sequence[Lane], spec: Spec) -> None:
        """Drop every record when slow motion has ended."""
        if not spec.slow_motion:
            self.pending = self._step_begun = self._particles_pending = False
            for lane in lanes:
                lane.step_trace = None

    def request(self, number: int, lanes: Sequence[Lane], spec: Spec) -> bool:
        """Record the next step of the lane in slow motion. Whether there is one."""
        if not spec.slow_motion:
            return False
        self._lane, self.number = spec.playback.slow_motion, number
        self.pending, self._step_begun, self._particles_pending = True, False, True
        for lane in lanes:
            lane.step_trace = StepTrace(number) if lane.spec.name == self._lane else None
            if lane.particles is not None:
                lane.particles.restart_last_level(lane.spec.sampler)  # in all lanes, or they would be a step apart
        return True

    def begin_step(self) -> None:
        """A new training step begins: only a whole one is recorded."""
        self._step_begun = self.pending

    def records_training(self, lane: Lane, trainer: Trainer) -> bool:
        """Whether the present training step of this replica is the one to record."""
        return self._step_begun and lane.spec.name == self._lane and trainer is lane.trainer

    def train(self, lane: Lane, batch: torch.Tensor, truth: Density) -> None:
        """One training step of a lane, recorded."""
        self.pending = self._step_begun = False
        training = record_training(lane.trainer, batch, truth)
        lane.step_trace = replace(lane.step_trace or StepTrace(self.number), training=training)

    def record_particles(self, lanes: Sequence[Lane], region: Region) -> None:
        """Record the sampler step that was just taken, if that was requested."""
        if not self._particles_pending:
            return
        for lane in lanes:
            if lane.spec.name == self._lane and lane.particles is not None:
                self._particles_pending = False
                found = particle_step(lane.particles, lane.spec.sampler, region)
                lane.step_trace = replace(lane.step_trace or StepTrace(self.number), particles=found)


def record_training(trainer: Trainer, batch: torch.Tensor, truth: Density) -> TrainingStep | None:
    """Take a training step and record it; None if the lane has diverged."""
    objective, before = trainer.spec.objective, trainer.net.frozen()
    noise = trainer.generator.get_state()
    state = None if trainer.objective_state is None else trainer.objective_state.clone()  # the step changes it in place
    trainer.train(batch, truth)
    terms = trainer.terms
    if trainer.diverged or terms is None:
        return None
    gradient = math.sqrt(sum(float(w.grad.square().sum()) for w in trainer.net.parameters() if w.grad is not None))
    generator = torch.Generator(trainer.device)
    generator.set_state(noise)  # the same noise, so that only the weights differ
    after = objective.loss(trainer.net, batch, truth, generator, state)
    query = terms.query or ScoreQuery(batch, batch)
    points = query.points[:BATCH_POINTS].detach()
    sigmas = torch.as_tensor(query.sigma, dtype=points.dtype, device=points.device).expand(len(query.points))
    sigmas = sigmas[:BATCH_POINTS]
    with torch.no_grad():
        score = before.score(points, sigmas if isinstance(query.sigma, torch.Tensor) else query.sigma)
    return TrainingStep(
        step=trainer.step,
        batch=len(batch),
        data=as_floats(query.data[:BATCH_POINTS]),
        points=as_floats(points),
        sigma=as_floats(sigmas),
        score=as_floats(score),
        target=None if query.target is None else as_floats(query.target[:BATCH_POINTS]),
        target_formula=query.target_formula,
        negatives=None if terms.negatives is None else as_floats(terms.negatives[:BATCH_POINTS]),
        terms={name: float(term) for name, term in terms.parts.items()},
        before=float(terms.loss.detach()),
        after=float(after.loss.detach()),
        gradient=gradient,
    )


def particle_step(particles: ParticleSystem, sampler: Sampler, region: Region) -> ParticleStep | None:
    """The last step of some particles in the view; None where the sampler does not give the parts of its step."""
    components = particles.state.components
    if components is None:
        return None
    x, y = components.start[:SEARCHED].T
    inside = (x >= region[0]) & (x <= region[1]) & (y >= region[2]) & (y <= region[3])
    chosen = inside.nonzero().flatten()[:PARTICLES]
    parts = (particles.state.x, components.start, components.end, components.drift, components.noise)
    x, start, end, drift, noise = (as_floats(part[chosen]) for part in parts)
    inertia = None if components.inertia is None else as_floats(components.inertia[chosen])
    step = max(particles.state.step - 1, 0)
    return ParticleStep(sampler.sigma_at(step), sampler.step_formula(step), x, start, end, drift, noise, inertia)
