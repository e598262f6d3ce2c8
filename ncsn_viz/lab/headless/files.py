"""The files of a headless run, but for its figure."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch

from ncsn_viz.lab.engine import device as devices
from ncsn_viz.lab.headless.arrays import fields, particles
from ncsn_viz.lab.headless.measures import summary
from ncsn_viz.lab.headless.run import Run
from ncsn_viz.lab.metrics.final import curves
from ncsn_viz.lab.storage import SavedSession, experiment_files, session_files, write_safely


def write(run: Run, out: Path) -> tuple[str, ...]:
    """Everything but the figure: metrics, curves, particles, fields, weights, the experiment and the session.

    What cannot be computed or written does not prevent the rest; returns a sentence for each.
    """
    lanes = [lane for lane in run.engine.lanes if lane.trainers]
    contents: dict[str, Callable[[], bytes]] = {
        "experiment.json": lambda: experiment_files.to_text(run.engine.user_spec).encode(),
        "curves.csv": lambda: curves({lane.spec.name: lane.trainers for lane in lanes}).encode(),
        "particles.npz": lambda: _npz(particles(run)),
        "fields.npz": lambda: _npz(fields(run)),
        "weights.safetensors": lambda: weights(run),
        "session.safetensors": lambda: session_files.to_bytes(
            SavedSession(run.engine.user_spec, run.engine.state_dict())
        ),
        "metrics.json": lambda: json.dumps(summary(run), indent=1, allow_nan=False).encode(),  # takes longest
    }
    return tuple(filter(None, (save(out / name, content) for name, content in contents.items())))


def weights(run: Run) -> bytes:
    """The content of weights.safetensors: the averaged weights of lane number n, with `lane{n}.` before their names."""
    lanes = ((n, lane) for n, lane in enumerate(run.engine.lanes) if lane.trainers)
    tensors = {
        f"lane{n}.{name}": value.detach().cpu().contiguous()
        for n, lane in lanes
        for name, value in lane.trainer.average.state_dict().items()
    }
    return safetensors.torch.save(tensors, {"experiment": experiment_files.to_text(run.engine.user_spec)})


def session(run: Run) -> bytes:
    """The content of session.safetensors, from which the window and other runs go on."""
    return session_files.to_bytes(SavedSession(run.engine.user_spec, run.engine.state_dict()))


def save(path: Path, content: Callable[[], bytes]) -> str:
    """Compute the content of a file and write it, whole or not at all. Why that is impossible; empty if it is not."""
    try:
        write_safely(path, content())
    except OSError as error:
        return f"cannot write {path}: {error.strerror or error}"
    except Exception as error:  # whatever it is, there are other files
        return f"no {path.name}: {devices.failure_sentence(error)}"
    return ""


def _npz(arrays: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
