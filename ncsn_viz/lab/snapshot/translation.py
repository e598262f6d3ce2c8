"""Snapshots moved along both axes: from the coordinates in which the engine computes to those of the user."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from ncsn_viz.core.numerics import Region
from ncsn_viz.lab.snapshot.parts import FieldGrid, Floats, FlowPaths, ParticleImage, PointReading, ScorePulls
from ncsn_viz.lab.snapshot.snapshot import LaneSnapshot
from ncsn_viz.lab.snapshot.step_trace import ParticleStep, StepTrace, TrackedParticle, TrainingStep

KEPT = 16  # fields whose translation is known: views draw a field anew when it is another object


class Translation:
    """Moves every position in the snapshot of a lane by the same along both axes."""

    def __init__(self) -> None:
        self._fields: deque[tuple[FieldGrid, float, FieldGrid]] = deque(maxlen=KEPT)

    def lane(self, lane: LaneSnapshot, by: float) -> LaneSnapshot:
        """The snapshot with every position moved by `by`; a field that is the same again gives the same object."""
        return _translated(lane, None if lane.field is None else self._field(lane.field, by), by) if by else lane

    def _field(self, field: FieldGrid, by: float) -> FieldGrid:
        for known, distance, result in self._fields:
            if known is field and distance == by:
                return result
        self._fields.append((field, by, _field(field, by)))
        return self._fields[-1][-1]


def _translated(lane: LaneSnapshot, field: FieldGrid | None, by: float) -> LaneSnapshot:
    return replace(
        lane,
        field=field,
        particles=lane.particles and _image(lane.particles, by),
        paths=lane.paths and _image(lane.paths, by),
        streamlines=lane.streamlines and _image(lane.streamlines, by),
        sample=_points(lane.sample, by),
        negatives=_points(lane.negatives, by),
        flow=lane.flow and _flow(lane.flow, by),
        tracked=lane.tracked and _tracked(lane.tracked, by),
        step_trace=lane.step_trace and _step_trace(lane.step_trace, by),
        point_reading=lane.point_reading and _reading(lane.point_reading, by),
    )


def _points(points: Floats | None, by: float) -> Floats | None:
    return None if points is None else points + points.dtype.type(by)


def _region(region: Region, by: float) -> Region:
    x0, x1, y0, y1 = region
    return x0 + by, x1 + by, y0 + by, y1 + by


def _lines(lines: tuple[Floats, ...], by: float) -> tuple[Floats, ...]:
    return tuple(line + line.dtype.type(by) for line in lines)


def _point(point: tuple[float, float], by: float) -> tuple[float, float]:
    return point[0] + by, point[1] + by


def _field(field: FieldGrid, by: float) -> FieldGrid:
    return replace(
        field,
        region=_region(field.region, by),
        contours=_lines(field.contours, by),
        true_contours=_lines(field.true_contours, by),
        reference=field.reference and _point(field.reference, by),
    )


def _image(image: ParticleImage, by: float) -> ParticleImage:
    return replace(image, region=_region(image.region, by))


def _reading(reading: PointReading, by: float) -> PointReading:
    pulls = reading.pulls
    if pulls is not None:
        moved = tuple(pull._replace(place=_point(pull.place, by)) for pull in pulls.pulls)
        pulls = ScorePulls(moved, pulls.clean and _point(pulls.clean, by))
    return replace(reading, point=_point(reading.point, by), pulls=pulls)


def _flow(flow: FlowPaths, by: float) -> FlowPaths:
    return replace(flow, ode=flow.ode + by, sde=flow.sde + by, mesh=_points(flow.mesh, by))


def _tracked(particle: TrackedParticle, by: float) -> TrackedParticle:
    return replace(particle, path=particle.path + by, start=particle.start + by, end=particle.end + by)


def _step_trace(trace: StepTrace, by: float) -> StepTrace:
    return replace(
        trace,
        training=trace.training and _training(trace.training, by),
        particles=trace.particles and _particles(trace.particles, by),
    )


def _training(step: TrainingStep, by: float) -> TrainingStep:
    return replace(step, data=step.data + by, points=step.points + by, negatives=_points(step.negatives, by))


def _particles(step: ParticleStep, by: float) -> ParticleStep:
    return replace(step, x=step.x + by, start=step.start + by, end=step.end + by)
