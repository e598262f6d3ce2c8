"""The headless run: the same engine on the same Spec, and its results as files."""

from __future__ import annotations

import io
import json
import math
import platform
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

import ncsn_viz
from ncsn_viz.core.analysis import grids
from ncsn_viz.core.fields import Density
from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.numerics import regions, torch
from ncsn_viz.core.targets import Coordinates
from ncsn_viz.lab.advice import LOST, diagnose
from ncsn_viz.lab.engine import device as devices
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.metrics import METRICS
from ncsn_viz.lab.metrics.base import MetricInputs, TargetReference
from ncsn_viz.lab.metrics.final import curves, final_metrics, final_reference, repeats_summary
from ncsn_viz.lab.metrics.validity import meaningful
from ncsn_viz.lab.snapshot import LaneSnapshot, Snapshot
from ncsn_viz.lab.storage import experiment_files, null_if_not_finite, write_safely
from ncsn_viz.lab.training.evaluation_set import EvaluationSet

EVALUATION_POINTS = 16_384  # of the final metrics
FIGURE_LAYERS = ("density", "field", "particles")
NODES = 101  # of the grid in fields.npz, each way
LOSSES = ("loss", "loss_floor", "loss_above_floor")
ORDER = (  # of a lane's keys in metrics.json; keys that are not listed follow
    "name", "objective", "steps", "train_seconds", "loss", "loss_floor", "loss_above_floor",
    "loss_above_floor_error", "sigma", "fisher_data", "fisher_data_error", "common_sigma", "fisher_common",
    "fisher_common_error", "fisher_window",
    "half_square_norm_data", "mode_weights", "sliced_w2", "sliced_w2_error",
    "sliced_w2_chance", "mmd", "mmd_error", "mmd_bandwidth", "nll", "nll_error", "kl",
    "kl_error", "nll_truth", "log_z", "mass_outside", "off_grid", "non_conservative", "repeats", "spread", "lost",
    "acceptance", "score_evaluations", "sampler_steps", "status", "message",
)  # fmt: skip

Progress = Callable[[str, int, int], None]


@dataclass
class Run:
    """A headless run: whether it was interrupted, and the error that ended it, in a sentence.

    `samples` says whether the particles are moved after training.
    """

    engine: Engine
    steps: int
    samples: bool = True
    interrupted: bool = False
    failure: str = ""

    def go(self, progress: Progress) -> None:
        """Train every lane, then move its particles to the end.

        Ctrl-C or an error ends it early, and an error in one lane ends that lane; the results so far are kept.
        """
        try:
            self._train(progress)
            if self.samples:
                self._sample(progress)
        except KeyboardInterrupt:
            self.interrupted = True
        except Exception as error:  # whatever it is, what has been learned is worth keeping
            self.failure = devices.failure_sentence(error)

    @property
    def failures(self) -> tuple[str, ...]:
        """Everything that has failed, in sentences."""
        lanes = (f"{lane.spec.name}: {lane.failure}" for lane in self.engine.lanes if lane.failure)
        return (*lanes, *([self.failure] if self.failure else []))

    def _train(self, progress: Progress) -> None:
        for step in range(self.steps):
            self.engine.train()
            progress("training", step + 1, self.steps)
        for lane in self.engine.lanes:
            with self.engine.failures.guarded(lane):
                for trainer in (each for each in lane.trainers if each.record_due):
                    trainer.record()

    def _sample(self, progress: Progress) -> None:
        for lane in self.engine.lanes:
            if not lane.failure:
                with self.engine.failures.guarded(lane):
                    self._sample_lane(lane, progress)
        if self.engine.make_room():
            self._sample(progress)

    def _sample_lane(self, lane: Lane, progress: Progress) -> None:
        steps = lane.spec.sampler.num_steps()
        for step in range(steps):
            self.step_particles(lane)
            progress(f"sampling {lane.spec.name}", step + 1, steps)

    def step_particles(self, lane: Lane) -> None:
        """Move the particles of a lane by one step of its sampler."""
        assert lane.particles is not None
        lane.particles.step(lane.spec.sampler, lane.field(self.truth))

    def picture(self) -> Snapshot:
        """The Snapshot from which the figure is drawn: fields at each lane's own σ, over the window."""
        spec = self.engine.user_spec
        view = replace(spec.view, region=(*spec.window, *spec.window), layers=FIGURE_LAYERS)
        exact = replace(spec.particles, exact=True)  # as they were moved, however many
        self.engine.apply(replace(spec, view=view, particles=exact))
        for index in range(len(self.engine.lanes)):
            self.engine.evaluate_now(index)
            for _ in self.engine.measure(index):
                pass
        return self.engine.snapshot()

    def in_user_coordinates(self, points: torch.Tensor) -> Any:
        """Points (…, 2) of the engine as an array; of 64 bits where the origin is not 0, to keep all digits."""
        found, origin = points.cpu().numpy(), self.engine.user_spec.origin
        return found.astype(np.float64) + origin if origin else found

    @cached_property
    def reference(self) -> TargetReference:
        """What the particles of every lane are held against."""
        spec = self.engine.spec
        return final_reference(self.truth, spec.seed, spec.particles.count, self.engine.device)

    @property
    def truth(self) -> Density:
        """The target's density, relative to the origin; a run without one is refused at its start."""
        assert self.engine.truth is not None
        return self.engine.truth


def start(spec: Spec, steps: int, device: str, threads: int | None = None) -> Run:
    """A run ready to start, on so many `threads` of torch, None for what suits the machine.

    Raises ValidationError if the device or the target's mass is missing.
    """
    devices.use_few_threads(threads)
    engine = Engine(device)
    engine.apply(spec)
    if engine.truth is None:
        raise ValidationError("has no mass: the canvas is empty. Add strokes, a base, or choose a preset", ("target",))
    for _ in engine.prepare():
        pass
    return Run(engine, steps)


def write(run: Run, out: Path) -> tuple[str, ...]:
    """Everything but the figure: metrics, curves, particles, fields and the complete experiment.

    What cannot be computed or written does not prevent the rest; returns a sentence for each.
    """
    lanes = [lane for lane in run.engine.lanes if lane.trainers]
    contents: dict[str, Callable[[], bytes]] = {
        "experiment.json": lambda: experiment_files.to_text(run.engine.user_spec).encode(),
        "curves.csv": lambda: curves({lane.spec.name: lane.trainers for lane in lanes}).encode(),
        "particles.npz": lambda: _npz(particles(run)),
        "fields.npz": lambda: _npz(fields(run)),
        "metrics.json": lambda: json.dumps(summary(run), indent=1, allow_nan=False).encode(),  # takes longest
    }
    return tuple(filter(None, (save(out / name, content) for name, content in contents.items())))


def save(path: Path, content: Callable[[], bytes]) -> str:
    """Compute the content of a file and write it, whole or not at all. Why that is impossible; empty if it is not."""
    try:
        write_safely(path, content())
    except OSError as error:
        return f"cannot write {path}: {error.strerror or error}"
    except Exception as error:  # whatever it is, there are other files
        return f"no {path.name}: {devices.failure_sentence(error)}"
    return ""


def particles(run: Run) -> dict[str, Any]:
    """The content of particles.npz: the positions (n, 2) of every lane."""
    lanes = enumerate(run.engine.lanes)
    points = {f"lane{n}": run.in_user_coordinates(lane.particles.state.x) for n, lane in lanes if lane.particles}
    return points | own_coordinates(run, points)


def summary(run: Run) -> dict[str, Any]:
    """The content of metrics.json; numbers that are not finite are null."""
    return {
        "device": run.engine.device.type,
        "device_name": devices.describe(run.engine.device),
        "pace": run.engine.training.note,
        "versions": {
            "ncsn-viz": ncsn_viz.__version__,
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "numpy": np.__version__,
        },
        "seed": run.engine.spec.seed,
        "interrupted": run.interrupted,
        "failure": run.failure,
        "lanes": [null_if_not_finite(_summary_or_failure(run, lane)) for lane in run.engine.lanes],
    }


def _summary_or_failure(run: Run, lane: Lane) -> dict[str, Any]:
    """The metrics of one lane, or why there are none."""
    failures: list[str] = [lane.failure]
    if lane.trainers:
        try:
            return lane_summary(run, lane)
        except Exception as error:  # whatever it is, there are other lanes
            failures.append(devices.failure_sentence(error))
    return {
        "name": lane.spec.name,
        "objective": lane.spec.objective.kind,
        "steps": lane.trainers[0].step if lane.trainers else 0,
        "status": "failed",
        "message": " ".join(filter(None, failures)),
    }


def lane_summary(run: Run, lane: Lane) -> dict[str, Any]:
    """All metrics of one lane (`lane_metrics`), of its repeats, and how it went."""
    inputs, trainer, particles = _metric_inputs(run, lane, METRICS), lane.trainer, lane.particles
    losses = _losses(run, lane, inputs)
    assert particles is not None
    found = {
        "name": lane.spec.name,
        "objective": lane.spec.objective.kind,
        "steps": trainer.step,
        "train_seconds": trainer.seconds,
        **losses,
        **_measured(lane, inputs, METRICS),
        **repeats_summary(lane.trainers, inputs, losses["loss_floor"]),
        "score_evaluations": particles.state.evaluations,
        "sampler_steps": particles.state.step,
        "status": lane_status(run, lane),
        "message": lane_message(run, lane),
    }
    return {name: found[name] for name in dict.fromkeys((*ORDER, *found)) if name in found}


def lane_metrics(run: Run, lane: Lane, wanted: Collection[str]) -> dict[str, Any]:
    """Those metrics of one lane, and of its LOSSES, whose names are `wanted`: the numbers that `lane_summary` has."""
    inputs = _metric_inputs(run, lane, wanted)
    losses = _losses(run, lane, inputs) if set(LOSSES).intersection(wanted) else {}
    found = losses | _measured(lane, inputs, wanted)
    return {name: found[name] for name in wanted}


def of_particles(names: Collection[str]) -> bool:
    """Whether any of these metrics is one of the particles, which have to be moved for it."""
    return any(name == "lost" or (name in METRICS and METRICS[name].of_particles) for name in names)


def _metric_inputs(run: Run, lane: Lane, wanted: Collection[str]) -> MetricInputs:
    """What the `wanted` metrics of a lane are computed from: fresh points, and a reference for those of particles."""
    truth, spec, seed = run.truth, run.engine.spec, run.engine.spec.seed + 1
    objective, device = lane.spec.objective, run.engine.device
    evaluation_set = EvaluationSet.build(objective, truth, spec.window, seed, EVALUATION_POINTS, device)
    return replace(
        lane.metric_inputs(spec, truth),
        evaluation_set=evaluation_set.with_common(spec.common_sigma, spec.window),
        reference=run.reference if of_particles(wanted) else None,
    )


def _measured(lane: Lane, inputs: MetricInputs, wanted: Collection[str]) -> dict[str, Any]:
    """The `wanted` metrics, and what is computed beside them; None where they mean nothing."""
    measured = final_metrics(inputs, wanted)
    if lane.trainer.diverged:
        return dict.fromkeys(measured) | meaningful(measured, True, lane.shows_truth)
    return measured


def _losses(run: Run, lane: Lane, inputs: MetricInputs) -> dict[str, float | None]:
    """The loss, its floor, what it is above that, and the standard error of this.

    The loss is its floor plus what it is above that: an estimate of the expected loss without the noise that its floor,
    the loss of the truth, has as well.
    """
    assert inputs.evaluation_set is not None
    generator = torch.Generator(run.engine.device).manual_seed(run.engine.spec.seed + 1)
    floor = lane.spec.objective.floor(run.truth, generator)
    above = inputs.evaluation_set.loss_above_floor(lane.trainer.average)
    if lane.trainer.diverged:
        above = above._replace(mean=math.nan, error=math.nan)
    return {
        "loss": None if floor is None else floor + above.mean,
        "loss_floor": floor,
        "loss_above_floor": above.mean,
        "loss_above_floor_error": above.error,
    }


def lane_status(run: Run, lane: Lane) -> str:
    """What has become of a lane, the worst first; "ok" where nothing is wrong."""
    assert lane.particles is not None
    found = {
        "failed": bool(lane.failure),
        "diverged": lane.trainer.diverged,
        "collapsed": bool(lane.trainer.failure),
        "particles lost": lane.particles.lost > LOST,
        "interrupted": run.interrupted,
    }
    return next((status for status, holds in found.items() if holds), "ok")


def lane_message(run: Run, lane: Lane) -> str:
    """Why training was stopped or has failed, or why particles are lost, with the likeliest cause; or nothing."""
    if lane.failure:
        return lane.failure
    assert lane.particles is not None
    lost, terms = {"lost": lane.particles.lost}, lane.trainer.last_terms
    snapshot = LaneSnapshot(lane.spec.name, lane.trainer.status, metrics=lost, terms=terms)
    found = diagnose(run.engine.user_spec, run.engine.lanes.index(lane), snapshot)
    if found is None:
        return lane.trainer.status.message
    return " ".join([found.sentence, *(cause.sentence for cause in found.causes[:1])])


def fields(run: Run) -> dict[str, Any]:
    """The content of fields.npz: `grid`, and the fields of lane number n with `lane{n}_` before their names."""
    lanes = ((n, lane_fields(run, lane)) for n, lane in enumerate(run.engine.lanes) if lane.trainers)
    found = {f"lane{n}_{name}": values for n, lane in lanes for name, values in lane.items()}
    grid = {"grid": run.in_user_coordinates(grid_nodes(run))}
    return grid | own_coordinates(run, grid) | found


def own_coordinates(run: Run, points: Mapping[str, Any]) -> dict[str, Any]:
    """Points (…, 2) in the own coordinates of imported data, with `_own` after their names; none if they are equal."""
    own = run.engine.user_spec.target.coordinates
    if own == Coordinates():
        return {}
    return {f"{name}_own": own.scale * values.astype(np.float64) + own.offset for name, values in points.items()}


def grid_nodes(run: Run) -> torch.Tensor:
    """The nodes of a grid over the window, relative to the origin: shape (NODES, NODES, 2)."""
    window = run.engine.spec.window
    return regions.grid((*window, *window), NODES, NODES, run.engine.device).reshape(NODES, NODES, 2)


def lane_fields(run: Run, lane: Lane) -> dict[str, Any]:
    """The field of a lane and the truth on `grid_nodes`, at the lane's `sigma`, as NumPy arrays.

    The `energy` of a network that has only a score is −u, u the potential of s, fitted by weighted least squares where
    the `data_density` is: heights of separate modes are not determined, and where there are no data nothing is.
    """
    points, window = grid_nodes(run).reshape(-1, 2), run.engine.spec.window
    sigma, learned = lane.spec.objective.sigmas()[-1], lane.trainer.learned_field
    score = grids.score_on(learned, points, sigma, NODES)
    region = (*window, *window)
    data = lane.data_density(run.engine.spec, run.truth).on_grid(region, NODES, NODES, sigma)
    found = {
        "score": score,
        "energy": grids.energy_on(learned, points, sigma, score, region, data),
        "data_density": data,
        "true_score": grids.score_on(run.truth, points, sigma, NODES),
        "true_log_density": run.truth.log_density(points, sigma).reshape(NODES, NODES),
        "sigma": torch.tensor(sigma),
    }
    return {name: value.detach().cpu().numpy() for name, value in found.items()}


def _npz(arrays: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
