"""One lane: its networks, the particles that move along their field, and what was evaluated of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ncsn_viz.core.fields import Density, Field
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.checkpoint import Checkpoint, Entries, numbered
from ncsn_viz.lab.engine.noise_to_data import LaneFlow, LaneRace
from ncsn_viz.lab.experiment import DIFFERENCES, LaneSpec, Spec, evaluated_view, map_of
from ncsn_viz.lab.experiment.fairness import MOTION, START, TRAINING, WEIGHTS
from ncsn_viz.lab.inspection.data_density import DataDensity
from ncsn_viz.lab.inspection.field_cache import EvaluatedField, FieldCache
from ncsn_viz.lab.inspection.grid_evaluation import GridEvaluation, evaluation_region
from ncsn_viz.lab.inspection.marginals import Marginals
from ncsn_viz.lab.inspection.particle_density import ParticleDensity
from ncsn_viz.lab.inspection.point_probe import PointProbe
from ncsn_viz.lab.metrics import MetricInputs
from ncsn_viz.lab.metrics.live import LiveMetrics, LiveReference
from ncsn_viz.lab.sampling.particle_system import ParticleSystem
from ncsn_viz.lab.sampling.streamlines import Streamlines
from ncsn_viz.lab.snapshot import FieldGrid, LaneSnapshot, Marginal, StepTrace
from ncsn_viz.lab.training.curves import Curves
from ncsn_viz.lab.training.evaluation_set import EvaluationSet
from ncsn_viz.lab.training.trainer import Trainer

GRID_ABOVE = 2000  # more particles than this are interpolated on the grid of the field where there is no GPU
FLOOR_SAMPLES = 4096  # for the floor of a loss: to about two percent


class Lane:
    """One column of the experiment. Its settings are `spec`; the whole Spec is passed to each call that needs it."""

    def __init__(self, spec: LaneSpec, device: torch.device, reference: LiveReference) -> None:
        """A lane without networks: `set_repeats` builds them. `reference` is shared with the other lanes."""
        self.spec = spec
        self.device = device
        self.failure = ""  # why it has been stopped, in a sentence
        self.shown: LaneSnapshot | None = None  # what was last drawn of it
        self.trainers: list[Trainer] = []
        self.curves = Curves()
        self.floor: float | None = None
        self._floor_of: EvaluationSet | None = None  # the evaluation set of the same objective and the same truth
        self._common_sigma: float | None = None  # of the errors in the histories
        self.particles: ParticleSystem | None = None
        self.streamlines = Streamlines()
        self.flow, self.race = LaneFlow(), LaneRace()
        self.field_cache = FieldCache()
        self.particle_density = ParticleDensity()
        self.marginals = Marginals()
        self._data: DataDensity | None = None  # of the present truth, where an energy was recovered
        self.live_metrics = LiveMetrics(reference)
        self.probe = PointProbe()
        self.step_trace: StepTrace | None = None  # the step recorded for slow motion

    # -- networks -----------------------------------------------------------------------------------------------

    @property
    def trainer(self) -> Trainer:
        """The first replica: the one that is drawn and sampled."""
        return self.trainers[0]

    @property
    def diverged(self) -> bool:
        """Whether every replica has diverged."""
        return all(trainer.diverged for trainer in self.trainers)

    def set_repeats(self, experiment: Spec) -> None:
        """Add or remove replicas; the others continue. Replica k equals a run with the experiment's seed + k."""
        del self.trainers[experiment.repeats :]
        for seed in range(experiment.seed + len(self.trainers), experiment.seed + experiment.repeats):
            weights, noise = (experiment.fairness.seed(use, seed, self.spec.slot) for use in (WEIGHTS, TRAINING))
            self.trainers.append(Trainer(self.spec, weights, noise, self.device))

    def update_settings(self, spec: LaneSpec) -> None:
        """Apply settings that need no restart."""
        self.spec = spec
        for trainer in self.trainers:
            trainer.update_settings(spec)

    def state_dict(self) -> Checkpoint:
        """All that the lane needs to go on after the present training step, without copies of tensors."""
        return {
            "replicas": numbered(trainer.state_dict() for trainer in self.trainers),
            "curves": self.curves.state_dict(),
            "common_sigma": self._common_sigma,
            "particles": None if self.particles is None else self.particles.state_dict(),
        }

    @property
    def has_learned(self) -> bool:
        """Whether it is worth keeping: it has networks, and they are no longer as at their start."""
        return any(trainer.step or trainer.diverged for trainer in self.trainers)

    def take_over(self, other: Lane, spec: Spec) -> None:
        """Continue what `other`, the same lane on another device, has learned; its particles are released anew."""
        self.failure, self.shown = other.failure, other.shown
        self.load_state_dict(Entries(other.state_dict()), spec)
        self.particles = None

    def load_state_dict(self, entries: Entries, spec: Spec) -> None:
        """Go on from a checkpoint of the same lane of `spec`, of any device. Raises ValidationError."""
        replicas = entries.children("replicas", len(self.trainers))
        for trainer, replica in zip(self.trainers, replicas, strict=True):
            trainer.load_state_dict(replica)
        self._load_all_but_replicas(entries, spec)

    @classmethod
    def check(cls, spec: Spec, index: int, entries: Entries) -> None:
        """Raise ValidationError where a checkpoint is not of this lane; memory is taken for one replica at a time."""
        lane = cls(spec.lanes[index], torch.device("cpu"), LiveReference())
        for replica in entries.children("replicas", spec.repeats):
            Trainer(lane.spec, 0, 0, lane.device).load_state_dict(replica)
        lane._load_all_but_replicas(entries, spec)

    def _load_all_but_replicas(self, entries: Entries, spec: Spec) -> None:
        self.curves.load_state_dict(entries.child("curves"))
        self._common_sigma = entries.number("common_sigma") if entries.has("common_sigma") else None
        if entries.has("particles"):
            self.particles = self._particle_system(spec)
            self.particles.load_state_dict(entries.child("particles"), spec.particles.count, self.spec.sampler)

    # -- evaluation points --------------------------------------------------------------------------------------

    @property
    def evaluation_ready(self) -> bool:
        """Whether every replica has its evaluation set, and the floor of the loss is known."""
        return self._has_evaluation_sets and self._floor_of is self.trainer.evaluation_set

    @property
    def _has_evaluation_sets(self) -> bool:
        return all(trainer.evaluation_set is not None for trainer in self.trainers)

    @property
    def known_floor(self) -> float | None:
        """The floor of the loss, if it is that of the present objective and truth."""
        return self.floor if self._floor_of is self.trainer.evaluation_set else None

    def prepare_evaluation(self, spec: Spec, truth: Density, points: int) -> Iterator[None]:
        """Make what is missing: the evaluation set, shared by all replicas so that only training differs; the floor."""
        if not self._has_evaluation_sets:
            shared = self.trainer.evaluation_set or EvaluationSet.build(
                self.spec.objective, truth, spec.window, spec.seed, points, self.device
            )
            self._share(shared.with_common(spec.common_sigma, spec.window))
            yield
        shared = self._shared_set
        if shared.common.sigma != spec.common_sigma:
            floor_known = self._floor_of is shared
            self._share(shared.with_common(spec.common_sigma, spec.window))
            self._floor_of = self._shared_set if floor_known else self._floor_of
            yield
        if not self.evaluation_ready:
            generator = torch.Generator(self.device).manual_seed(spec.seed)
            self.floor = self.spec.objective.floor(truth, generator, FLOOR_SAMPLES)
            self._floor_of = self.trainer.evaluation_set
            yield

    @property
    def _shared_set(self) -> EvaluationSet:
        """The evaluation set, once there is one."""
        assert self.trainer.evaluation_set is not None
        return self.trainer.evaluation_set

    def _share(self, evaluation_set: EvaluationSet) -> None:
        """Measure every replica by `evaluation_set`; errors at another common σ than the recorded ones are no curve."""
        sigma = evaluation_set.common.sigma
        for trainer in self.trainers:
            trainer.evaluation_set = evaluation_set
            if self._common_sigma not in (None, sigma):
                trainer.history.forget("fisher_common")
        self._common_sigma = sigma

    def drop_evaluation_set(self) -> None:
        """Forget what was measured by a former truth or objective: the evaluation set, a race."""
        self.race.end()
        for trainer in self.trainers:
            trainer.evaluation_set = None

    # -- the field ----------------------------------------------------------------------------------------------

    @property
    def shows_truth(self) -> bool:
        """Whether the true score moves the particles and is drawn, not the learned one."""
        return self.spec.score_from == "true"

    def field(self, truth: Density) -> Field:
        """The field that moves the particles and that is drawn."""
        return truth if self.shows_truth else self.trainer.learned_field

    def frozen_field(self, truth: Density) -> Field:
        """The same field with its present weights; training does not change it."""
        return truth if self.shows_truth else self.trainer.frozen_field()

    def nearest_sigma(self, sigma: float) -> float:
        """The noise level at which the field answers when it is evaluated at `sigma`."""
        return sigma if self.shows_truth else self.trainer.learned_field.nearest_sigma(sigma)

    def evaluate_field(self, spec: Spec, truth: Density, baseline: Lane | None, block: int) -> Iterator[None]:
        """Evaluate the field at the level that its cache wants, yielding between blocks of points."""
        sigma = self.field_cache.wanted(*self._levels(spec))
        job = self._grid_evaluation(spec, truth, baseline, sigma)
        yield from job.evaluate(block)
        assert job.result is not None
        self.field_cache.store(EvaluatedField(*job.result), *self._levels(spec))

    def evaluate_field_now(self, spec: Spec, truth: Density, baseline: Lane | None) -> None:
        """Evaluate the field at the level of the particles at once."""
        sigma, next_sigma = self._levels(spec)
        found = self._grid_evaluation(spec, truth, baseline, sigma).evaluate_now()
        self.field_cache.store(EvaluatedField(*found), sigma, next_sigma)

    def _grid_evaluation(self, spec: Spec, truth: Density, baseline: Lane | None, sigma: float) -> GridEvaluation:
        """The evaluation at `sigma`. Of frozen weights: blocks of different weights would have seams, and a curl."""
        view, region = evaluated_view(spec, self.spec), spec.view.region
        moved = self.particles.state.x if self.particles and self.uses_grid(spec) else None
        if moved is not None:
            region = evaluation_region(region, moved, spec.window, sigma)
        other = None
        if not set(DIFFERENCES).isdisjoint(view.layers):
            other = truth if baseline is None else baseline.frozen_field(truth)
        known, window = self.trainer.evaluation_set, (*spec.window, *spec.window)
        job = GridEvaluation(
            self.frozen_field(truth), region, sigma, self.device, view, truth, other,
            window=window, held_out=known.own.data if known else None, particles=moved, path=self.spec.path,
        )  # fmt: skip
        if job.wants_energy:
            job.data = self.data_density(spec, truth)
        return job

    def data_density(self, spec: Spec, truth: Density) -> DataDensity:
        """Where the data are, as the weights of an energy that is recovered from a score."""
        if self._data is None or self._data.truth is not truth:
            self._data = DataDensity.draw(truth, spec.seed, self.device)
        return self._data

    def drawn_field(self, spec: Spec) -> FieldGrid | None:
        """The field as it is drawn: with the density of the particles, where that is seen and it has no energy."""
        evaluated = self.field_cache.present
        if evaluated is None:
            return None
        if evaluated.drawn.own_energy or self.particles is None or map_of(spec.layers_of(self.spec)) != "density":
            return evaluated.drawn
        return self.particle_density.drawn(evaluated.drawn, self.particles.shown_x)

    def measured_marginals(self, spec: Spec, truth: Density | None) -> tuple[Marginal, Marginal] | None:
        """The marginals of the particles and of the truth at their noise level; None without either."""
        if self.particles is None or truth is None:
            return None
        return self.marginals.measure(self.particles.shown_x, truth, self.sigma, spec.view.region)

    def _levels(self, spec: Spec) -> tuple[float, float]:
        """The noise levels at which the field is evaluated: the present one and the one that comes next."""
        upcoming = self._next_sigma(spec) if spec.samples else self.sigma
        return self.nearest_sigma(self.sigma), self.nearest_sigma(upcoming)

    def _next_sigma(self, spec: Spec) -> float:
        """The level that the particles reach next: after the last one the first again, if they are released again."""
        sampler = self.spec.sampler
        level, last = (sampler.level_index(step) for step in (self.sampler_step, sampler.num_steps() - 1))
        if self.particles is None or self.particles.constraints.sigma is not None:
            return self.sigma
        if level == last:
            return sampler.sigma_at(0) if spec.particles.loop else self.sigma
        return sampler.sigmas()[level + 1]

    def needs_evaluation(self, spec: Spec) -> bool:
        """Whether a level is missing that is drawn or reached next."""
        return not self.field_cache.is_complete(*self._levels(spec))

    def evaluated_every_frame(self, spec: Spec) -> bool:
        """Whether the grid is evaluated for each frame anyway, because particles on it change their level each time."""
        if not (spec.samples and self.uses_grid(spec) and self.particles):
            return False
        sampler = self.spec.sampler
        ahead = min(self.sampler_step + spec.particles.speed, sampler.num_steps() - 1)
        held = self.particles.constraints.sigma is not None
        return not held and self.nearest_sigma(sampler.sigma_at(ahead)) != self.nearest_sigma(self.sigma)

    def invalidate_views(self) -> None:
        """Evaluate everything again, as after a change of view."""
        self.field_cache.invalidate()
        if self.particles is not None:
            self.particles.trail = None

    # -- particles ----------------------------------------------------------------------------------------------

    def reset_particles(self, spec: Spec, truth: Density) -> None:
        """New particles, from the seed."""
        self.particles = self._particle_system(spec)
        self.particles.release(spec.particles, self.spec.sampler, truth)

    def _particle_system(self, spec: Spec) -> ParticleSystem:
        """One with the generators of this lane, whose particles are not released yet."""
        start, motion = (spec.fairness.seed(use, spec.seed, self.spec.slot) for use in (START, MOTION))
        return ParticleSystem(start, motion, self.device)

    def advance(self, spec: Spec, truth: Density, baseline: Lane | None, steps: int) -> Iterator[None]:
        """Move the particles by some steps of the sampler, yielding after each.

        Some frames after the last step they are released again.
        """
        particles, sampler = self.particles, self.spec.sampler
        assert particles is not None
        particles.show_present()
        if particles.finished(sampler):
            particles.idle(spec.particles, sampler, truth)
        else:
            for _ in range(steps):
                if not particles.finished(sampler):
                    particles.step(sampler, self._moving_field(spec, truth, baseline))
                    yield
        self.field_cache.advance(self.nearest_sigma(self.sigma))

    def _moving_field(self, spec: Spec, truth: Density, baseline: Lane | None) -> Field:
        if not self.uses_grid(spec):
            return self.field(truth)
        sigma = self.nearest_sigma(self.sigma)
        self.field_cache.advance(sigma)
        if not self.field_cache.is_current(sigma):
            self.evaluate_field_now(spec, truth, baseline)
        assert self.field_cache.present is not None
        return replace(self.field_cache.present.grid, sigma=self.sigma)

    def uses_grid(self, spec: Spec) -> bool:
        """Whether particles are moved by interpolation on a grid of the field, not by the field itself."""
        return self.device.type == "cpu" and spec.particles.count > GRID_ABOVE and not spec.particles.exact

    @property
    def sampler_step(self) -> int:
        """The step at which the particles are drawn; the last one where they have finished."""
        return min(self.particles.shown_step, self.spec.sampler.num_steps() - 1) if self.particles else 0

    @property
    def sigma(self) -> float:
        """The noise level at which the particles are drawn."""
        return self.spec.sampler.sigma_at(self.sampler_step)

    # -- metrics ------------------------------------------------------------------------------------------------

    def measure(self, spec: Spec, truth: Density) -> Iterator[None]:
        """Compute the live metrics, yielding between those that cost time; they are shown at its end."""
        yield from self.live_metrics.measure(self.metric_inputs(spec, truth))
        self.curves.record_live(self.trainer.step, self.live_metrics.values)

    def metric_inputs(self, spec: Spec, truth: Density) -> MetricInputs:
        """What metrics are computed from. On the true score nothing is said of the network, which is not seen."""
        trainer, particles = self.trainer, self.particles
        return MetricInputs(
            trainer.learned_field,
            self.spec.net.gives_energy,
            self.spec.objective.sigmas(),
            truth,
            spec.seed,
            None if self.shows_truth else trainer.evaluation_set,
            x=particles.state.x if particles else None,
            lost=particles.lost if particles else 0.0,
            acceptance=particles.state.acceptance if particles else None,
            recorded=trainer.history.rows[-1][1] if trainer.history.rows else {},
            health=trainer.health,
            path=self.spec.objective.noise_schedule,
        )
