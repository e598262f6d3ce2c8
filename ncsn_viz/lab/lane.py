"""One lane: a learner, the particles that move along its field, and what was last seen of both."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from ncsn_viz.core.field import Density, Field
from ncsn_viz.core.gridfield import GridField
from ncsn_viz.core.lazy import torch
from ncsn_viz.lab.crowd import Crowd
from ncsn_viz.lab.cursor import read_point
from ncsn_viz.lab.curves import Curves
from ncsn_viz.lab.fairness import MOTION, START, TRAINING, WEIGHTS
from ncsn_viz.lab.learner import Learned, Learner
from ncsn_viz.lab.live import Live
from ncsn_viz.lab.maps import as_floats
from ncsn_viz.lab.observe import SURVEYED, Survey, reach
from ncsn_viz.lab.slow import SlowStep
from ncsn_viz.lab.snapshot import (
    PAUSED,
    WAITING,
    FieldGrid,
    Floats,
    LaneSnapshot,
    ParticleImage,
    PointReading,
    Status,
)
from ncsn_viz.lab.spec import DIFFERENCES, LAYERS, LaneSpec, Spec, View
from ncsn_viz.lab.tracers import Tracers, calm_of
from ncsn_viz.lab.yardstick import Yardstick

CROWDED = 2000  # more particles than this move on the grid of the field where there is no GPU
SAMPLED = 1000  # particles that ride on the surface
NEGATIVES = 400  # points at which the energy was pushed up that are drawn
FLOORED = 4096  # samples by which the floor of a loss is told: to about two percent
AHEAD = 12  # pictures that a survey may take


class Lane:
    """One column of the experiment. Its own settings are `spec`; the whole Spec comes with each call that needs it."""

    def __init__(self, spec: LaneSpec, whole: Spec, device: torch.device) -> None:
        self.spec = spec
        self.device = device
        self.learners: list[Learner] = []
        self.curves = Curves()
        self.crowd: Crowd | None = None
        self.slow: SlowStep | None = None  # the last step that was watched
        self.seen: FieldGrid | None = None
        self.grid: GridField | None = None
        self._survey: Survey | None = None
        self._coming: tuple[FieldGrid, GridField] | None = None  # surveyed for a level that is not reached yet
        self._due = 0  # the sampler's step for which that survey is made
        self.floor: float | None = None
        self._floor_of: Yardstick | None = None  # the yardstick of the same objective and the same truth
        self.reading: PointReading | None = None
        self._read: tuple[object, object] | None = None  # the point and the survey of that reading
        self.partner: Lane | None = None  # whose field maps of differences subtract; without one, the truth
        self._view: View | None = None  # what surveys are made for
        self._tracers: Tracers | None = None
        self._calm: tuple[GridField | None, float] = (None, 0.0)
        self.live = Live()
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
        return truth if self.spec.score_from == "true" else self.learner.learned

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
        sigma = self.sigma
        self._arrive(sigma)
        if self.grid is None or not self._same_level(self.grid.sigma, sigma):
            self.observe(spec, truth)
        assert self.grid is not None
        return replace(self.grid, sigma=sigma)

    def _arrive(self, sigma: float) -> None:
        """Show what was surveyed ahead, once its level is reached, or its step where a level was skipped."""
        if self._coming is not None and (self._step >= self._due or self._same_level(self._coming[1].sigma, sigma)):
            self.seen, self.grid = self._coming
            self._coming = None

    def _same_level(self, a: float, b: float) -> bool:
        return self._answered(a) == self._answered(b)

    def _answered(self, sigma: float) -> float:
        """The noise level for which the field answers when it is asked for `sigma`."""
        return sigma if self.spec.score_from == "true" else self.learner.learned.nearest(sigma)

    def crowded(self, spec: Spec) -> bool:
        """Whether particles move on the grid of the field, and not on the field itself."""
        return self.device.type == "cpu" and spec.particles.count > CROWDED

    @property
    def sigma(self) -> float:
        """The noise level at which the particles are."""
        return self.spec.sampler.sigma_at(self._step)

    @property
    def _step(self) -> int:
        return min(self.crowd.state.step, self.spec.sampler.length() - 1) if self.crowd else 0

    # -- looking ------------------------------------------------------------------------------------------------

    def observe(self, spec: Spec, truth: Density) -> None:
        """Evaluate the field anew and at once, at the noise level of the particles."""
        survey = self._new_survey(spec, truth, self.sigma)
        survey.finish()
        self.seen, self.grid = survey.result()
        self._survey = self._coming = None

    def look(self, spec: Spec, truth: Density, points: int) -> bool:
        """Evaluate the field anew, `points` at a time; whether a survey was finished.

        Where the particles are about to reach another noise level, that level is surveyed, to be there in time.
        """
        self._arrive(self.sigma)
        ahead = AHEAD * spec.particles.speed if spec.samples else 0
        if self._coming is not None:
            if self._due - self._step <= ahead:
                return True
            self._coming = None  # the particles stand still now, or have been released again
        if self._survey is None:
            self._due = min(self._step + ahead, self.spec.sampler.length() - 1)
            self._survey = self._new_survey(spec, truth, self.spec.sampler.sigma_at(self._due))
        if not self._survey.proceed(points):
            return False
        self._coming = self._survey.result()
        self._survey = None
        self._arrive(self.sigma)
        return True

    def jump(self) -> None:
        """The particles are at another level all of a sudden: nothing that was surveyed still holds."""
        self.seen = self.grid = self._survey = self._coming = None

    def reads(self, spec: Spec) -> bool:
        """Whether the reading under the cursor is of the point and of the picture that are shown."""
        if not spec.view.cursor or self.grid is None:
            self.reading = self._read = None
            return True
        return self._read is not None and self._read[0] == spec.view.cursor and self._read[1] is self.grid

    def read(self, spec: Spec, truth: Density) -> None:
        """Read what is under the cursor: of the network as it is drawn, at the noise level that is drawn."""
        assert self.grid is not None
        assert self.seen is not None
        drawn = self.spec.score_from == "learned"
        self.reading = read_point(
            cast("Learned", self.grid.exact) if drawn else self.learner.learned,
            truth,
            spec.view.cursor[0],
            self.seen.sigma,
            self.seen.log_z if drawn else None,
            spec.view.reference[0] if spec.view.reference else None,
            self.device,
        )
        self._read = (spec.view.cursor, self.grid)

    def show(self, spec: Spec) -> None:
        """Look at everything anew if `spec` asks for something that has not been surveyed."""
        layers = self.layers(spec)
        wanted = tuple(name for name in LAYERS if name in layers and name in SURVEYED)
        against = spec.view.against if not set(DIFFERENCES).isdisjoint(wanted) else -1
        view = View(layers=wanted, region=spec.view.region, reference=spec.view.reference, against=against)
        if self._view is not None and view != self._view:
            self.forget_views()
        self._view = view

    def layers(self, spec: Spec) -> tuple[str, ...]:
        """What this lane shows."""
        return spec.layers_of(self.spec)

    def forget_views(self) -> None:
        """Look at everything anew, as after a change of view."""
        self.jump()
        if self.crowd is not None:
            self.crowd.forget_trails()

    def _new_survey(self, spec: Spec, truth: Density, sigma: float) -> Survey:
        view = spec.view.region
        region = reach(view, self.crowd.state.x, spec.window, sigma) if self.crowd and self.crowded(spec) else view
        # a survey takes many training steps: rows that saw different weights would have seams, and these a curl
        field = self.still(truth)
        self.show(spec)
        assert self._view is not None
        return Survey(field, region, self._answered(sigma), self.device, self._view, truth, self._other(truth))

    def still(self, truth: Density) -> Field:
        """The field that is drawn, as it is now."""
        return truth if self.spec.score_from == "true" else self.learner.frozen()

    def _other(self, truth: Density) -> Field | None:
        """What maps of differences subtract, if one is shown."""
        if self._view is None or set(DIFFERENCES).isdisjoint(self._view.layers):
            return None
        return truth if self.partner is None else self.partner.still(truth)

    def measure(self, spec: Spec, truth: Density) -> None:
        """Take the live measures: errors against the true score, and the particles against fresh samples."""
        self.live.take(self, truth, spec.seed)
        self.curves.note(self.learner.step, self.live.measures)

    def measure_some(self, spec: Spec, truth: Density) -> bool:
        """The next piece of it; whether it was the last."""
        if not self.live.proceed(self, truth, spec.seed):
            return False
        self.curves.note(self.learner.step, self.live.measures)
        return True

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
            field=self.seen,
            particles=crowd.picture(view.region, view.pixels, layers) if crowd else None,
            streamlines=self._streamlines(view) if "streamlines" in layers else None,
            sample=as_floats(crowd.state.x[:SAMPLED]) if crowd and {"surface", "particles"} <= {*layers} else None,
            sigma=self.sigma,
            level=sampler.level(self._step),
            levels=sampler.ladder(),
            progress=min(1.0, crowd.state.step / sampler.length()) if crowd else 0.0,
            from_grid=self.crowded(spec),
            negatives=self._negatives() if "negatives" in layers else None,
            followed=crowd.grip.tell(crowd.state) if crowd else None,
            health=self._health(),
            reading=self.reading,
            slow=self.slow,
        )

    def _streamlines(self, view: View) -> ParticleImage | None:
        """The field's moving streamlines, one picture on."""
        if self.grid is None:
            return None
        if self._tracers is None or self._tracers.region != view.region:
            self._tracers = Tracers(view.region, self.device)
        if self._calm[0] is not self.grid:
            self._calm = (self.grid, calm_of(self.grid.planes))
        return self._tracers.picture(self.grid, self.grid.sigma, self._calm[1], view.pixels)

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
