"""Looking at a lane: its field surveyed for pictures and crowds, at the noise level where its particles are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast
from weakref import ref

from ncsn_viz.core.fields.grid_field import GridField
from ncsn_viz.core.fields.protocols import Density, Field
from ncsn_viz.lab.experiment.layers import DIFFERENCES, LAYERS
from ncsn_viz.lab.experiment.spec import Spec, View
from ncsn_viz.lab.inspection.grid_evaluation import EVALUATED, GridEvaluation, evaluation_region
from ncsn_viz.lab.inspection.point_probe import read_point
from ncsn_viz.lab.sampling.particle_system import SamplerProgress
from ncsn_viz.lab.snapshot.snapshot import FieldGrid, PointReading

if TYPE_CHECKING:
    from ncsn_viz.lab.engine.lane import Lane
    from ncsn_viz.lab.training.trainer import LearnedField

AHEAD, AHEAD_A_LANE = 8, 4  # pictures that a survey may take on a CPU, where lanes wait for each other …
LEAST_AHEAD = 12  # … but no more than this, or than half a level: no picture of the present one is made meanwhile


class FieldCache:
    """What was last seen of a lane's field, the survey that is on its way, and what is read under the cursor."""

    def __init__(self, lane: Lane) -> None:
        self._lane = ref(lane)  # which holds this one: a lane that is removed must not wait for a search for cycles
        self._partner: ref[Lane] | None = None
        self.seen: FieldGrid | None = None
        self.grid: GridField | None = None
        self.reading: PointReading | None = None
        self._read: tuple[object, object] | None = None  # the point and the survey of that reading
        self._view: View | None = None  # what surveys are made for
        self._survey: GridEvaluation | None = None
        self._job: Iterator[None] = iter(())
        self._coming: tuple[FieldGrid, GridField] | None = None  # surveyed for a level that is not reached yet
        self._due: SamplerProgress = (0, 0)  # when particles will be at the level for which that survey is made
        self._refreshes = False  # whether the survey on its way is of the level at which they are

    @property
    def lane(self) -> Lane:
        """The one that is looked at."""
        lane = self._lane()
        assert lane is not None
        return lane

    @property
    def partner(self) -> Lane | None:
        """The lane whose field maps of differences subtract; without one, it is the truth."""
        return self._partner() if self._partner else None

    @partner.setter
    def partner(self, lane: Lane | None) -> None:
        """Subtract another one, or the truth again."""
        self._partner = ref(lane) if lane else None

    # -- surveys ------------------------------------------------------------------------------------------------

    def evaluate_now(self, spec: Spec, truth: Density) -> None:
        """Evaluate the field anew and at once, at the noise level of the particles."""
        self.seen, self.grid = self._new_survey(spec, truth, self.lane.sigma).evaluate_now()
        self._survey = self._coming = None

    def refresh(self, spec: Spec, truth: Density, points: int) -> bool:
        """Evaluate the field anew, `points` at a time; whether a survey was finished.

        Where the particles are about to reach another noise level, or to be released again, what will then be their
        level is surveyed, to be there in time.
        """
        self._arrive(spec)
        if self.grid is not None and self._flies(spec):
            return True
        ahead = self._ahead(spec)
        if self._coming is not None:
            if self.lane.progress(spec) <= self._due <= ahead:
                return True
            self._coming = None  # the particles stand still now, or have been released again
        if self._refreshes and self.urgent(spec):
            self._survey = None  # what it would show is nearly over
        if self._survey is None:
            self._due = ahead
            self._survey = self._new_survey(spec, truth, self.lane.spec.sampler.sigma_at(ahead[1]))
            self._refreshes = self._same_level(self._survey.sigma, self.lane.sigma)
            self._job = self._survey.evaluate(points)
        if next(self._job, self) is not self:
            return False
        self._coming = self._survey.result
        self._survey = None
        self._arrive(spec)
        return True

    def urgent(self, spec: Spec) -> bool:
        """Whether the particles are about to reach another level, or to be released, and it is not surveyed yet."""
        if self._coming is not None or self._flies(spec):
            return False
        return not self._same_level(self.lane.spec.sampler.sigma_at(self._ahead(spec)[1]), self.lane.sigma)

    def _ahead(self, spec: Spec) -> SamplerProgress:
        """The moment for which surveys are made that are begun now."""
        sampler = self.lane.spec.sampler
        level = sampler.num_steps() / len(sampler.sigmas()) / spec.particles.speed  # pictures
        pictures = AHEAD + AHEAD_A_LANE * (len(spec.lanes) if self.lane.device.type == "cpu" else 0)
        return self.lane.progress(spec, round(min(pictures, max(LEAST_AHEAD, level / 2))) if spec.samples else 0)

    def _flies(self, spec: Spec) -> bool:
        """Whether a crowd is at another level in each picture, so that it has to be surveyed at once anyway."""
        if not (spec.samples and self.lane.uses_grid(spec)):
            return False
        _, next_step = self.lane.progress(spec, 1)
        return not self._same_level(self.lane.spec.sampler.sigma_at(next_step), self.lane.sigma)

    def grid_here(self, spec: Spec, truth: Density) -> GridField:
        """The field on a grid at the noise level of the particles, surveyed at once if it has not been yet."""
        self._arrive(spec)
        if self.grid is None or not self._same_level(self.grid.sigma, self.lane.sigma):
            self.evaluate_now(spec, truth)
        assert self.grid is not None
        return self.grid

    def invalidate(self) -> None:
        """The particles are at another level all of a sudden: nothing that was surveyed still holds."""
        self.seen = self.grid = self._survey = self._coming = None

    def _arrive(self, spec: Spec) -> None:
        """Show what was surveyed ahead, once its level is reached, or its step where a level was skipped."""
        if self._coming is None:
            return
        releases, place = self.lane.progress(spec)
        reached = releases == self._due[0] and place >= self._due[1]
        if reached or self._same_level(self._coming[1].sigma, self.lane.sigma):
            self.seen, self.grid = self._coming
            self._coming = None

    def _same_level(self, a: float, b: float) -> bool:
        return self._answered(a) == self._answered(b)

    def _answered(self, sigma: float) -> float:
        """The noise level for which the field answers when it is asked for `sigma`."""
        return sigma if self.lane.shows_truth else self.lane.trainer.learned_field.nearest_sigma(sigma)

    def _new_survey(self, spec: Spec, truth: Density, sigma: float) -> GridEvaluation:
        lane, region = self.lane, spec.view.region
        if lane.particles and lane.uses_grid(spec):
            region = evaluation_region(region, lane.particles.state.x, spec.window, sigma)
        # a survey takes many training steps: rows that saw different weights would have seams, and these a curl
        field = lane.frozen_field(truth)
        view = self._view_of(spec)
        return GridEvaluation(field, region, self._answered(sigma), lane.device, view, truth, self._other(view, truth))

    def _other(self, view: View, truth: Density) -> Field | None:
        """What maps of differences subtract, if one is shown."""
        if set(DIFFERENCES).isdisjoint(view.layers):
            return None
        return truth if self.partner is None else self.partner.frozen_field(truth)

    # -- what they are made for ---------------------------------------------------------------------------------

    def turns(self, spec: Spec) -> bool:
        """Take what `spec` shows; whether it asks for something else than what surveys were made for so far."""
        old, self._view = self._view, self._view_of(spec)
        return old is not None and old != self._view

    def _view_of(self, spec: Spec) -> View:
        """That part of the view for which a survey has to be made anew when it changes."""
        layers = self.lane.layers(spec)
        wanted = tuple(name for name in LAYERS if name in layers and name in EVALUATED)
        against = spec.view.against if not set(DIFFERENCES).isdisjoint(wanted) else -1
        return View(layers=wanted, region=spec.view.region, reference=spec.view.reference, against=against)

    # -- under the cursor ---------------------------------------------------------------------------------------

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
        drawn = not self.lane.shows_truth
        self.reading = read_point(
            cast("LearnedField", self.grid.exact) if drawn else self.lane.trainer.learned_field,
            truth,
            spec.view.cursor[0],
            self.seen.sigma,
            self.seen.log_z if drawn else None,
            spec.view.reference[0] if spec.view.reference else None,
            self.lane.device,
        )
        self._read = (spec.view.cursor, self.grid)
