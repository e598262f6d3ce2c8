"""The headless run: the same engine on the same Spec, and its results as files."""

from __future__ import annotations

import io
import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
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
from ncsn_viz.lab.metrics.final import curves, final_metrics, repeats_summary
from ncsn_viz.lab.snapshot import LaneSnapshot, Snapshot
from ncsn_viz.lab.storage import experiment_files, null_if_not_finite, write_safely
from ncsn_viz.lab.training.evaluation_set import EvaluationSet

EVALUATION_POINTS = 16_384  # of the final metrics
FIGURE_LAYERS = ("density", "field", "particles")
NODES = 101  # of the grid in fields.npz, each way
ORDER = (  # of a lane's keys in metrics.json; keys that are not listed follow
    "name", "objective", "steps", "train_seconds", "loss", "loss_floor", "loss_above_floor",
    "loss_above_floor_error", "sigma", "fisher_data", "fisher_data_error", "common_sigma", "fisher_common",
    "fisher_common_error", "fisher_window",
    "half_square_norm_data", "mode_weights", "sliced_w2", "mmd", "mmd_bandwidth", "nll", "nll_error", "kl",
    "kl_error", "nll_truth", "log_z", "mass_outside", "off_grid", "non_conservative", "repeats", "spread", "lost",
    "acceptance", "score_evaluations", "sampler_steps", "status", "message",
)  # fmt: skip

Progress = Callable[[str, int, int], None]


@dataclass
class Run:
    """A headless run, and whether it was interrupted."""

    engine: Engine
    steps: int
    interrupted: bool = False

    def go(self, progress: Progress) -> None:
        """Train every lane, then move its particles to the end. Ctrl-C ends it early; the results so far are kept."""
        try:
            self._train(progress)
            self._sample(progress)
        except KeyboardInterrupt:
            self.interrupted = True

    def _train(self, progress: Progress) -> None:
        for step in range(self.steps):
            self.engine.train()
            progress("training", step + 1, self.steps)
        for trainer in (trainer for lane in self.engine.lanes for trainer in lane.trainers):
            if trainer.record_due:
                trainer.record()

    def _sample(self, progress: Progress) -> None:
        for lane in self.engine.lanes:
            assert lane.particles is not None
            sampler, field = lane.spec.sampler, lane.field(self.truth)
            for step in range(sampler.num_steps()):
                lane.particles.step(sampler, field)
                progress(f"sampling {lane.spec.name}", step + 1, sampler.num_steps())

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

    @property
    def truth(self) -> Density:
        """The target's density, relative to the origin; a run without one is refused at its start."""
        assert self.engine.truth is not None
        return self.engine.truth


def start(spec: Spec, steps: int, device: str) -> Run:
    """A run ready to start. Raises ValidationError if the device or the target's mass is missing."""
    devices.use_few_threads()
    engine = Engine(device)
    engine.apply(spec)
    if engine.truth is None:
        raise ValidationError("has no mass: the canvas is empty. Add strokes, a base, or choose a preset", ("target",))
    for _ in engine.prepare():
        pass
    return Run(engine, steps)


def write(run: Run, out: Path) -> None:
    """Everything but the figure: metrics, curves, particles, fields and the complete experiment."""
    lanes = run.engine.lanes
    experiment_files.write(out / "experiment.json", run.engine.user_spec)
    _save(out / "curves.csv", curves({lane.spec.name: lane.trainers for lane in lanes}).encode())
    points = {
        f"lane{n}": run.in_user_coordinates(lane.particles.state.x) for n, lane in enumerate(lanes) if lane.particles
    }
    _save(out / "particles.npz", _npz(points | own_coordinates(run, points)))
    _save(out / "fields.npz", _npz(fields(run)))
    _save(out / "metrics.json", json.dumps(summary(run), indent=1, allow_nan=False).encode())  # takes longest


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
        "lanes": [null_if_not_finite(lane_summary(run, lane)) for lane in run.engine.lanes],
    }


def lane_summary(run: Run, lane: Lane) -> dict[str, Any]:
    """The metrics of one lane, on fresh points.

    The loss is its floor plus what it is above that: an estimate of the expected loss without the noise that its floor,
    the loss of the truth, has as well.
    """
    truth, spec, trainer, particles = run.truth, run.engine.spec, lane.trainer, lane.particles
    seed, device = spec.seed + 1, run.engine.device
    evaluation_set = EvaluationSet.build(lane.spec.objective, truth, spec.window, seed, EVALUATION_POINTS, device)
    evaluation_set = evaluation_set.with_common(spec.common_sigma, spec.window)
    above = evaluation_set.loss_above_floor(trainer.average)
    floor = lane.spec.objective.floor(truth, torch.Generator(device).manual_seed(seed))
    inputs = replace(lane.metric_inputs(spec, truth), evaluation_set=evaluation_set)
    assert particles is not None
    found = {
        "name": lane.spec.name,
        "objective": lane.spec.objective.kind,
        "steps": trainer.step,
        "train_seconds": trainer.seconds,
        "loss": None if floor is None else floor + above.mean,
        "loss_floor": floor,
        "loss_above_floor": above.mean,
        "loss_above_floor_error": above.error,
        **final_metrics(inputs),
        **repeats_summary(lane.trainers, inputs, floor),
        "score_evaluations": particles.state.evaluations,
        "sampler_steps": particles.state.step,
        "status": _status(run, lane),
        "message": _message(run, lane),
    }
    return {name: found[name] for name in dict.fromkeys((*ORDER, *found)) if name in found}


def _status(run: Run, lane: Lane) -> str:
    """What has become of a lane, the worst first; "ok" where nothing is wrong."""
    assert lane.particles is not None
    found = {
        "diverged": lane.trainer.diverged,
        "collapsed": bool(lane.trainer.failure),
        "particles lost": lane.particles.lost > LOST,
        "interrupted": run.interrupted,
    }
    return next((status for status, holds in found.items() if holds), "ok")


def _message(run: Run, lane: Lane) -> str:
    """Why training was stopped or has failed, or why particles are lost, with the likeliest cause; or nothing."""
    assert lane.particles is not None
    lost, terms = {"lost": lane.particles.lost}, lane.trainer.last_terms
    snapshot = LaneSnapshot(lane.spec.name, lane.trainer.status, metrics=lost, terms=terms)
    found = diagnose(run.engine.spec, run.engine.lanes.index(lane), snapshot)
    if found is None:
        return lane.trainer.status.message
    return " ".join([found.sentence, *(cause.sentence for cause in found.causes[:1])])


def fields(run: Run) -> dict[str, Any]:
    """The content of fields.npz: `grid`, and the fields of lane number n with `lane{n}_` before their names."""
    lanes = [lane_fields(run, lane) for lane in run.engine.lanes]
    found = {f"lane{n}_{name}": values for n, lane in enumerate(lanes) for name, values in lane.items()}
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


def _save(path: Path, content: bytes) -> None:
    try:
        write_safely(path, content)
    except OSError as error:
        raise ValidationError(f"cannot write {path}: {error.strerror or error}") from None
