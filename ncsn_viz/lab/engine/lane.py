"""One lane: a learner, the particles that move along its field, and what was last seen of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ncsn_viz.core.fields.protocols import Density, Field
from ncsn_viz.core.numerics.lazy import torch
from ncsn_viz.lab.experiment.fairness import MOTION, START, TRAINING, WEIGHTS
from ncsn_viz.lab.experiment.spec import LaneSpec, Spec
from ncsn_viz.lab.inspection.field_cache import FieldCache
from ncsn_viz.lab.metrics import MetricInputs
from ncsn_viz.lab.metrics.live import LiveMetrics
from ncsn_viz.lab.sampling.particle_system import ParticleSystem, SamplerProgress
from ncsn_viz.lab.sampling.streamlines import Streamlines
from ncsn_viz.lab.snapshot.arrays import Floats, as_floats
from ncsn_viz.lab.snapshot.snapshot import PAUSED, WAITING, LaneSnapshot, ParticleImage, Status
from ncsn_viz.lab.snapshot.step_trace import StepTrace
from ncsn_viz.lab.training.curves import Curves
from ncsn_viz.lab.training.evaluation_set import EvaluationSet
from ncsn_viz.lab.training.trainer import Trainer

CROWDED = 2000  # more particles than this move on the grid of the field where there is no GPU
SAMPLED = 1000  # particles that ride on the surface
NEGATIVES = 400  # points at which the energy was pushed up that are drawn
FLOORED = 4096  # samples by which the floor of a loss is told: to about two percent


class Lane:
    """One column of the experiment. Its own settings are `spec`; the whole Spec comes with each call that needs it."""

    def __init__(self, spec: LaneSpec, whole: Spec, device: torch.device) -> None:
        self.spec = spec
        self.device = device
        self.trainers: list[Trainer] = []
        self.curves = Curves()
        self.particles: ParticleSystem | None = None
        self.step_trace: StepTrace | None = None  # the last step that was watched
        self.floor: float | None = None
        self._floor_of: EvaluationSet | None = None  # the yardstick of the same objective and the same truth
        self.live_metrics = LiveMetrics()
        self._measuring: tuple[Density, Iterator[None]] | None = None
        self.field_cache = FieldCache(self)
        self.streamlines = Streamlines()
        self.repeat(whole)

    @property
    def trainer(self) -> Trainer:
        """The first repeat: the one that is drawn and sampled."""
        return self.trainers[0]

    @property
    def diverged(self) -> bool:
        """Whether every repeat has been given up."""
        return all(learner.diverged for learner in self.trainers)

    def repeat(self, whole: Spec) -> None:
        """Have as many repeats as `whole` wants; those that there are go on. Repeat k is a run with its seed + k."""
        del self.trainers[whole.repeats :]
        for copy in range(len(self.trainers), whole.repeats):
            weights, noise = (
                whole.fairness.seed(use, whole.seed + copy, self.spec.slot) for use in (WEIGHTS, TRAINING)
            )
            self.trainers.append(Trainer(self.spec, weights, noise, self.device))

    def update_settings(self, spec: LaneSpec) -> bool:
        """Take new settings if the learner can go on with them; whether it can."""
        old = self.spec
        if (old.net, old.objective.kind) != (spec.net, spec.objective.kind):
            return False
        if old.sampler.kind != spec.sampler.kind:
            self.particles = None
        if (old.score_from, old.sampler, old.objective) != (spec.score_from, spec.sampler, spec.objective):
            self.invalidate_views()
        self.spec = spec
        for learner in self.trainers:
            learner.update_settings(spec)
        return True

    @property
    def evaluation_ready(self) -> bool:
        """Whether every repeat has the yardstick, and the floor of the loss is known."""
        return self._measured_alike and self._floor_of is self.trainer.evaluation_set

    @property
    def _measured_alike(self) -> bool:
        return all(learner.evaluation_set is not None for learner in self.trainers)

    def prepare_evaluation(self, spec: Spec, truth: Density, points: int) -> None:
        """Make the yardstick, or else the floor. One for all repeats, so that they differ by their training alone."""
        if self._measured_alike:
            self._floor_of = self.trainer.evaluation_set
            generator = torch.Generator(self.device).manual_seed(spec.seed)
            self.floor = self.spec.objective.floor(truth, generator, FLOORED)
            return
        yardstick = self.trainer.evaluation_set or EvaluationSet.build(
            self.spec.objective, truth, spec.window, spec.seed, points, self.device
        )
        for learner in self.trainers:
            learner.evaluation_set = yardstick

    def drop_evaluation_set(self) -> None:
        """Forget the yardstick, as when the truth is another one."""
        for learner in self.trainers:
            learner.evaluation_set = None

    def field(self, truth: Density) -> Field:
        """The field that moves the particles and that is drawn."""
        return truth if self.shows_truth else self.trainer.learned_field

    def frozen_field(self, truth: Density) -> Field:
        """The same field as it is now, whatever training does to it later."""
        return truth if self.shows_truth else self.trainer.frozen_field()

    @property
    def shows_truth(self) -> bool:
        """Whether the exact score moves the particles and is drawn, and not what has been learned."""
        return self.spec.score_from == "true"

    # -- particles ----------------------------------------------------------------------------------------------

    def reset_particles(self, spec: Spec, truth: Density) -> None:
        """New particles, from the seed."""
        start, motion = (spec.fairness.seed(use, spec.seed, self.spec.slot) for use in (START, MOTION))
        self.particles = ParticleSystem(spec.particles, self.spec.sampler, truth, start, motion, self.device)

    def advance(self, spec: Spec, truth: Density, steps: int) -> None:
        """Move the particles by some steps of the sampler; after a rest they are released again."""
        crowd, sampler = self.particles, self.spec.sampler
        assert crowd is not None
        if crowd.finished(sampler):
            crowd.idle(spec.particles, sampler, truth)
            return
        for _ in range(steps):
            if not crowd.finished(sampler):
                crowd.step(sampler, self._moving_field(spec, truth))

    def _moving_field(self, spec: Spec, truth: Density) -> Field:
        if not self.uses_grid(spec):
            return self.field(truth)
        return replace(self.field_cache.grid_here(spec, truth), sigma=self.sigma)

    def uses_grid(self, spec: Spec) -> bool:
        """Whether particles move on the grid of the field, and not on the field itself."""
        return self.device.type == "cpu" and spec.particles.count > CROWDED and not spec.particles.exact

    @property
    def sigma(self) -> float:
        """The noise level at which the particles are."""
        return self.spec.sampler.sigma_at(self.sampler_step)

    @property
    def sampler_step(self) -> int:
        """The sampler's step at which the particles are: its last one where they have come to rest."""
        return min(self.particles.state.step, self.spec.sampler.num_steps() - 1) if self.particles else 0

    def progress(self, spec: Spec, pictures: int = 0) -> SamplerProgress:
        """Where on their way the particles are, or will be in some `pictures`."""
        return self.particles.progress(spec.particles, self.spec.sampler, pictures) if self.particles else (0, 0)

    # -- looking ------------------------------------------------------------------------------------------------

    def show(self, spec: Spec) -> None:
        """Look at everything anew if `spec` asks for something that has not been surveyed."""
        if self.field_cache.turns(spec):
            self.invalidate_views()

    def layers(self, spec: Spec) -> tuple[str, ...]:
        """What this lane shows."""
        return spec.layers_of(self.spec)

    def invalidate_views(self) -> None:
        """Look at everything anew, as after a change of view."""
        self.field_cache.invalidate()
        if self.particles is not None:
            self.particles.forget_trails()

    def measure(self, spec: Spec, truth: Density) -> None:
        """Take the live measures: errors against the true score, and the particles against fresh samples."""
        for _ in self.live_metrics.measure(self.metric_inputs(spec, truth)):
            pass
        self._measuring = None
        self.curves.note(self.trainer.step, self.live_metrics.values)

    def measure_some(self, spec: Spec, truth: Density) -> bool:
        """The next piece of it; whether it was the last."""
        if self._measuring is None or self._measuring[0] is not truth:
            self._measuring = (truth, self.live_metrics.measure(self.metric_inputs(spec, truth)))
        if next(self._measuring[1], self) is not self:
            return False
        self._measuring = None
        self.curves.note(self.trainer.step, self.live_metrics.values)
        return True

    def metric_inputs(self, spec: Spec, truth: Density) -> MetricInputs:
        """What metrics are computed from."""
        learner, crowd = self.trainer, self.particles
        return MetricInputs(
            learner.learned_field,
            self.spec.net.gives_energy,
            self.spec.objective.sigmas(),
            truth,
            spec.seed,
            learner.evaluation_set,
            x=crowd.state.x if crowd else None,
            lost=crowd.lost if crowd else 0.0,
            acceptance=crowd.state.acceptance if crowd else None,
            recorded_error=learner.history.last("fisher"),
            health=learner.health,
        )

    def snapshot(self, spec: Spec, waiting: bool, rate: float) -> LaneSnapshot:
        """What can be seen now."""
        sampler, view, terms, crowd = self.spec.sampler, spec.view, self.trainer.terms, self.particles
        layers = self.layers(spec)
        return LaneSnapshot(
            name=self.spec.name,
            status=self._status(spec, waiting),
            step=self.trainer.step,
            steps_per_second=rate,
            loss=None if terms is None else float(terms.loss.detach()),
            floor=self.floor if self._floor_of is self.trainer.evaluation_set else None,
            terms={} if terms is None else {name: float(term) for name, term in terms.parts.items()},
            metrics=self.live_metrics.values,
            mode_weights=self.live_metrics.mode_weights,
            curve=self.curves.curve([learner.history for learner in self.trainers]),
            field=self.field_cache.seen,
            particles=crowd.rasterize(view.region, view.pixels, layers) if crowd else None,
            streamlines=self._flow(spec),
            sample=as_floats(crowd.state.x[:SAMPLED]) if crowd and {"surface", "particles"} <= {*layers} else None,
            sigma=self.sigma,
            level=sampler.level_index(self.sampler_step),
            levels=sampler.sigmas(),
            progress=min(1.0, crowd.state.step / sampler.num_steps()) if crowd else 0.0,
            from_grid=self.uses_grid(spec),
            negatives=self._negatives() if "negatives" in layers else None,
            tracked=crowd.constraints.tracked_particle(crowd.state) if crowd else None,
            health=self._health(),
            point_reading=self.field_cache.reading,
            step_trace=self.step_trace,
        )

    def _flow(self, spec: Spec) -> ParticleImage | None:
        grid = self.field_cache.grid
        if grid is None or "streamlines" not in self.layers(spec):
            return None
        return self.streamlines.picture(grid, spec.view.region, spec.view.pixels)

    def _negatives(self) -> Floats | None:
        terms = self.trainer.terms
        if terms is None or terms.negatives is None:
            return None
        return as_floats(terms.negatives[:NEGATIVES])

    def _health(self) -> str:
        """How training goes, in a sentence or two."""
        lost = sum(learner.diverged for learner in self.trainers[1:])
        told = f"{lost} of {len(self.trainers)} repeats diverged; curves are of the others." if lost else ""
        return " ".join(filter(None, (told, self.live_metrics.health)))

    def _status(self, spec: Spec, waiting: bool) -> Status:
        if waiting:
            return Status(WAITING, "Nothing is painted yet: draw with the brush, or choose a preset.")
        if self.trainer.diverged or spec.trains:
            return self.trainer.status
        return Status(PAUSED)
