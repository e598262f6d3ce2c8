"""The snapshot of a lane."""

from __future__ import annotations

from dataclasses import replace

from ncsn_viz.core.fields import Density
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.metrics.validity import meaningful
from ncsn_viz.lab.snapshot import FAILED, PAUSED, WAITING, LaneSnapshot, Status, as_floats

SURFACE_PARTICLES = 1000  # drawn on the surface
NEGATIVES = 400  # points drawn at which the loss has raised the energy


def lane_snapshot(lane: Lane, spec: Spec, truth: Density | None, rate: float) -> LaneSnapshot:
    """What a lane shows now. Without a `truth` it waits for the first stroke; `rate` is training steps a second."""
    sampler, view, terms, particles = lane.spec.sampler, spec.view, lane.trainer.terms, lane.particles
    layers, evaluated = spec.layers_of(lane.spec), lane.field_cache.present
    on_surface = {"surface", "particles"} <= {*layers}
    streamlines = None
    if evaluated and "streamlines" in layers:
        streamlines = lane.streamlines.rasterize(evaluated.grid, view.region, view.pixels)
    negatives = terms.negatives if terms and "negatives" in layers else None
    return LaneSnapshot(
        name=lane.spec.name,
        status=_status(lane, spec, truth is None),
        step=lane.trainer.step,
        steps_per_second=rate,
        loss=None if terms is None else float(terms.loss.detach()),
        floor=lane.known_floor,
        terms=lane.trainer.last_terms,
        metrics=meaningful(lane.live_metrics.values, lane.trainer.diverged, lane.shows_truth),
        mode_weights=lane.live_metrics.mode_weights if lane.shows_truth or not lane.trainer.diverged else (),
        curve=lane.curves.curve([trainer.history for trainer in lane.trainers]),
        field=lane.drawn_field(spec),
        particles=particles.rasterize(view.region, view.pixels, layers) if particles else None,
        flow=lane.flow.paths(lane, spec),
        streamlines=streamlines,
        sample=as_floats(particles.shown_x[:SURFACE_PARTICLES]) if particles and on_surface else None,
        marginals=lane.measured_marginals(spec, truth) if "marginals" in layers else None,
        sigma=lane.sigma,
        level=sampler.level_index(lane.sampler_step),
        levels=sampler.sigmas(),
        progress=min(1.0, particles.shown_step / sampler.num_steps()) if particles else 0.0,
        reached=min(1.0, particles.state.step / sampler.num_steps()) if particles else 0.0,
        paths=particles.rasterize_paths(view.region, view.pixels) if particles and "paths" in layers else None,
        from_grid=lane.uses_grid(spec),
        negatives=None if negatives is None else as_floats(negatives[:NEGATIVES]),
        tracked=particles.constraints.tracked_particle(particles.state) if particles and not particles.shown else None,
        health=_health(lane),
        point_reading=lane.probe.reading,
        race=lane.race.result,
        step_trace=lane.step_trace,
    )


def failed_snapshot(lane: Lane) -> LaneSnapshot:
    """What was last drawn of a lane that has failed, and why it has stopped."""
    sigmas = lane.spec.sampler.sigmas()
    shown = lane.shown or LaneSnapshot(lane.spec.name, Status(), sigma=sigmas[0], levels=sigmas)
    message = f"{lane.failure} Its weights are kept: change a setting to go on with them, or start again."
    return replace(shown, name=lane.spec.name, status=Status(FAILED, message))


def _health(lane: Lane) -> str:
    """How training goes, in a sentence or two."""
    diverged = sum(trainer.diverged for trainer in lane.trainers[1:])
    note = f"{diverged} of {len(lane.trainers)} repeats diverged; curves are of the others." if diverged else ""
    return " ".join(filter(None, (note, lane.live_metrics.health)))


def _status(lane: Lane, spec: Spec, waiting: bool) -> Status:
    if waiting:
        return Status(WAITING, "Nothing is painted yet: draw with the brush, or choose a preset.")
    return lane.trainer.status if lane.trainer.diverged or spec.trains else Status(PAUSED)
