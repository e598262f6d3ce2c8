"""One lane: a learner, the particles that move along its field, and what was last seen of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ncsn_viz.core.field import Density, Field
from ncsn_viz.core.lazy import torch
from ncsn_viz.lab.crowd import Crowd, Moment
from ncsn_viz.lab.curves import Curves
from ncsn_viz.lab.fairness import MOTION, START, TRAINING, WEIGHTS
from ncsn_viz.lab.learner import Learner
from ncsn_viz.lab.live import LiveMetrics
from ncsn_viz.lab.lookout import Lookout
from ncsn_viz.lab.maps import as_floats
from ncsn_viz.lab.metrics import MetricInputs
from ncsn_viz.lab.slow import SlowStep
from ncsn_viz.lab.snapshot import (
    PAUSED,
    WAITING,
    Floats,
    LaneSnapshot,
    ParticleImage,
    Status,
)
from ncsn_viz.lab.spec import LaneSpec, Spec
from ncsn_viz.lab.tracers import Streamlines
from ncsn_viz.lab.yardstick import Yardstick

CROWDED = 2000  # more particles than this move on the grid of the field where there is no GPU
SAMPLED = 1000  # particles that ride on the surface
NEGATIVES = 400  # points at which the energy was pushed up that are drawn
FLOORED = 4096  # samples by which the floor of a loss is told: to about two percent


class Lane:
    """One column of the experiment. Its own settings are `spec`; the whole Spec comes with each call that needs it."""

    def __init__(self, spec: LaneSpec, whole: Spec, device: torch.device) -> None:
        self.spec = spec
        self.device = device
        self.learners: list[Learner] = []
        self.curves = Curves()
        self.crowd: Crowd | None = None
        self.slow: SlowStep | None = None  # the last step that was watched
        self.floor: float | None = None
        self._floor_of: Yardstick | None = None  # the yardstick of the same objective and the same truth
        self.live = LiveMetrics()
        self._measuring: tuple[Density, Iterator[None]] | None = None
        self.lookout = Lookout(self)
        self.streamlines = Streamlines()
        self.repeat(whole)

    @property
    def learner(self) -> Learner:
        """The first repeat: the one that is drawn and sampled."""
        return self.learners[0]

    @property
    def diverged(self) -> bool:
        """Whether every repeat has been given up."""
        return all(learner.diverged for learner in self.learners)

    def repeat(self, whole: Spec) -> None:
        """Have as many repeats as `whole` wants; those that there are go on. Repeat k is a run with its seed + k."""
        del self.learners[whole.repeats :]
        for copy in range(len(self.learners), whole.repeats):
            weights, noise = (
                whole.fairness.seed(use, whole.seed + copy, self.spec.mark) for use in (WEIGHTS, TRAINING)
            )
            self.learners.append(Learner(self.spec, weights, noise, self.device))

    def adopt(self, spec: LaneSpec) -> bool:
        """Take new settings if the learner can go on with them; whether it can."""
        old = self.spec
        if (old.net, old.objective.kind) != (spec.net, spec.objective.kind):
            return False
        if old.sampler.kind != spec.sampler.kind:
            self.crowd = None
        if (old.score_from, old.sampler, old.objective) != (spec.score_from, spec.sampler, spec.objective):
            self.forget_views()
        self.spec = spec
        for learner in self.learners:
            learner.adopt(spec)
        return True

    @property
    def settled(self) -> bool:
        """Whether every repeat has the yardstick, and the floor of the loss is known."""
        return self._measured_alike and self._floor_of is self.learner.yardstick

    @property
    def _measured_alike(self) -> bool:
        return all(learner.yardstick is not None for learner in self.learners)

    def settle(self, spec: Spec, truth: Density, points: int) -> None:
        """Make the yardstick, or else the floor. One for all repeats, so that they differ by their training alone."""
        if self._measured_alike:
            self._floor_of = self.learner.yardstick
            generator = torch.Generator(self.device).manual_seed(spec.seed)
            self.floor = self.spec.objective.floor(truth, generator, FLOORED)
            return
        yardstick = self.learner.yardstick or Yardstick.build(
            self.spec.objective, truth, spec.window, spec.seed, points, self.device
        )
        for learner in self.learners:
            learner.yardstick = yardstick

    def drop_yardstick(self) -> None:
        """Forget the yardstick, as when the truth is another one."""
        for learner in self.learners:
            learner.yardstick = None

    def field(self, truth: Density) -> Field:
        """The field that moves the particles and that is drawn."""
        return truth if self.shows_truth else self.learner.learned

    def still(self, truth: Density) -> Field:
        """The same field as it is now, whatever training does to it later."""
        return truth if self.shows_truth else self.learner.frozen()

    @property
    def shows_truth(self) -> bool:
        """Whether the exact score moves the particles and is drawn, and not what has been learned."""
        return self.spec.score_from == "true"

    # -- particles ----------------------------------------------------------------------------------------------

    def release(self, spec: Spec, truth: Density) -> None:
        """New particles, from the seed."""
        start, motion = (spec.fairness.seed(use, spec.seed, self.spec.mark) for use in (START, MOTION))
        self.crowd = Crowd(spec.particles, self.spec.sampler, truth, start, motion, self.device)

    def advance(self, spec: Spec, truth: Density, steps: int) -> None:
        """Move the particles by some steps of the sampler; after a rest they are released again."""
        crowd, sampler = self.crowd, self.spec.sampler
        assert crowd is not None
        if crowd.done(sampler):
            crowd.rest(spec.particles, sampler, truth)
            return
        for _ in range(steps):
            if not crowd.done(sampler):
                crowd.step(sampler, self._moving_field(spec, truth))

    def _moving_field(self, spec: Spec, truth: Density) -> Field:
        if not self.crowded(spec):
            return self.field(truth)
        return replace(self.lookout.grid_here(spec, truth), sigma=self.sigma)

    def crowded(self, spec: Spec) -> bool:
        """Whether particles move on the grid of the field, and not on the field itself."""
        return self.device.type == "cpu" and spec.particles.count > CROWDED and not spec.particles.exact

    @property
    def sigma(self) -> float:
        """The noise level at which the particles are."""
        return self.spec.sampler.sigma_at(self.place)

    @property
    def place(self) -> int:
        """The sampler's step at which the particles are: its last one where they have come to rest."""
        return min(self.crowd.state.step, self.spec.sampler.length() - 1) if self.crowd else 0

    def moment(self, spec: Spec, pictures: int = 0) -> Moment:
        """Where on their way the particles are, or will be in some `pictures`."""
        return self.crowd.moment(spec.particles, self.spec.sampler, pictures) if self.crowd else (0, 0)

    # -- looking ------------------------------------------------------------------------------------------------

    def show(self, spec: Spec) -> None:
        """Look at everything anew if `spec` asks for something that has not been surveyed."""
        if self.lookout.turns(spec):
            self.forget_views()

    def layers(self, spec: Spec) -> tuple[str, ...]:
        """What this lane shows."""
        return spec.layers_of(self.spec)

    def forget_views(self) -> None:
        """Look at everything anew, as after a change of view."""
        self.lookout.jump()
        if self.crowd is not None:
            self.crowd.forget_trails()

    def measure(self, spec: Spec, truth: Density) -> None:
        """Take the live measures: errors against the true score, and the particles against fresh samples."""
        for _ in self.live.measure(self.metric_inputs(spec, truth)):
            pass
        self._measuring = None
        self.curves.note(self.learner.step, self.live.measures)

    def measure_some(self, spec: Spec, truth: Density) -> bool:
        """The next piece of it; whether it was the last."""
        if self._measuring is None or self._measuring[0] is not truth:
            self._measuring = (truth, self.live.measure(self.metric_inputs(spec, truth)))
        if next(self._measuring[1], self) is not self:
            return False
        self._measuring = None
        self.curves.note(self.learner.step, self.live.measures)
        return True

    def metric_inputs(self, spec: Spec, truth: Density) -> MetricInputs:
        """What metrics are computed from."""
        learner, crowd = self.learner, self.crowd
        return MetricInputs(
            learner.learned,
            self.spec.net.gives_energy,
            self.spec.objective.sigmas(),
            truth,
            spec.seed,
            learner.yardstick,
            x=crowd.state.x if crowd else None,
            lost=crowd.lost if crowd else 0.0,
            acceptance=crowd.state.acceptance if crowd else None,
            recorded_error=learner.history.last("fisher"),
            health=learner.health,
        )

    def snapshot(self, spec: Spec, waiting: bool, rate: float) -> LaneSnapshot:
        """What can be seen now."""
        sampler, view, terms, crowd = self.spec.sampler, spec.view, self.learner.terms, self.crowd
        layers = self.layers(spec)
        return LaneSnapshot(
            name=self.spec.name,
            status=self._status(spec, waiting),
            step=self.learner.step,
            steps_per_second=rate,
            loss=None if terms is None else float(terms.loss.detach()),
            floor=self.floor if self._floor_of is self.learner.yardstick else None,
            terms={} if terms is None else {name: float(term) for name, term in terms.parts.items()},
            measures=self.live.measures,
            mode_weights=self.live.mode_weights,
            curve=self.curves.curve([learner.history for learner in self.learners]),
            field=self.lookout.seen,
            particles=crowd.picture(view.region, view.pixels, layers) if crowd else None,
            streamlines=self._flow(spec),
            sample=as_floats(crowd.state.x[:SAMPLED]) if crowd and {"surface", "particles"} <= {*layers} else None,
            sigma=self.sigma,
            level=sampler.level(self.place),
            levels=sampler.ladder(),
            progress=min(1.0, crowd.state.step / sampler.length()) if crowd else 0.0,
            from_grid=self.crowded(spec),
            negatives=self._negatives() if "negatives" in layers else None,
            followed=crowd.grip.tell(crowd.state) if crowd else None,
            health=self._health(),
            reading=self.lookout.reading,
            slow=self.slow,
        )

    def _flow(self, spec: Spec) -> ParticleImage | None:
        grid = self.lookout.grid
        if grid is None or "streamlines" not in self.layers(spec):
            return None
        return self.streamlines.picture(grid, spec.view.region, spec.view.pixels)

    def _negatives(self) -> Floats | None:
        terms = self.learner.terms
        if terms is None or terms.negatives is None:
            return None
        return as_floats(terms.negatives[:NEGATIVES])

    def _health(self) -> str:
        """How training goes, in a sentence or two."""
        lost = sum(learner.diverged for learner in self.learners[1:])
        told = f"{lost} of {len(self.learners)} repeats diverged; curves are of the others." if lost else ""
        return " ".join(filter(None, (told, self.live.health)))

    def _status(self, spec: Spec, waiting: bool) -> Status:
        if waiting:
            return Status(WAITING, "Nothing is painted yet: draw with the brush, or choose a preset.")
        if self.learner.diverged or spec.trains:
            return self.learner.status
        return Status(PAUSED)
