"""Sessions as files: an experiment with all that its lanes have learned, in one safetensors file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ncsn_viz.core.knobs import ValidationError, show
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.checkpoint import Checkpoint, Entries, Learner, joined, separated
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.storage import experiment_files, json_values, tensor_files
from ncsn_viz.lab.storage.files import beginning, named, read_bytes, write_safely

FORMAT = "ncsn-viz-session/1"
SUFFIX = ".safetensors"
MAX_BYTES = 2**30  # of a file
HEAD = 16  # bytes by which a session is told from an experiment


@dataclass(frozen=True)
class SavedSession:
    """An experiment and, if it was saved with what was learned, the checkpoint of its engine between two steps."""

    spec: Spec
    checkpoint: Checkpoint | None = None

    def learners(self, spec: Spec) -> Iterator[Learner]:
        """What each lane has learned, for `spec`: the same experiment with numbers of learners of its own."""
        if self.checkpoint is None:
            return
        entries = Entries(self.checkpoint)
        for lane, checkpoint in zip(spec.lanes, entries.children("lanes", len(spec.lanes)), strict=True):
            yield Learner(spec, lane.slot, checkpoint.checkpoint, entries.child("shared").checkpoint)

    @property
    def steps(self) -> tuple[int, ...]:
        """The training steps of each lane, of a session that is valid; none of an experiment."""
        lanes = {} if self.checkpoint is None else self.checkpoint["lanes"]
        return tuple(lanes[str(index)]["replicas"]["0"]["step"] for index in range(len(lanes)))


def to_bytes(session: SavedSession) -> bytes:
    """The content of a session's file. Raises ValidationError where it would be too large to be read again."""
    assert session.checkpoint is not None
    values, tensors = separated(session.checkpoint)
    texts = {
        "format": FORMAT,
        "experiment": experiment_files.to_text(session.spec),
        "state": json_values.to_text(values),
    }
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    if size + len(texts["experiment"]) > MAX_BYTES:
        raise ValidationError(
            f"What was learned takes {size / 2**20:.0f} MB, and sessions have at most {MAX_BYTES // 2**20}: fewer "
            "repeats, smaller networks or fewer particles take less"
        )
    return tensor_files.to_bytes({name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}, texts)


def from_bytes(content: bytes) -> SavedSession:
    """The session in the content of a file. Raises ValidationError."""
    arrays, texts = tensor_files.from_bytes(content)
    if texts.get("format") != FORMAT:
        raise ValidationError(f"has the format {show(texts.get('format'))}, and this program reads {FORMAT!r}")
    spec = experiment_files.from_text(texts.get("experiment", ""))
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    try:
        return SavedSession(spec, joined(json_values.parse(texts.get("state", "")), tensors))
    except ValidationError as error:
        raise error.at("state") from None


def write(path: Path, session: SavedSession) -> None:
    """Save a session. Raises ValidationError if that fails; an older file is then unchanged."""
    try:
        write_safely(path, to_bytes(session))
    except OSError as error:
        raise ValidationError(f"cannot write {path}: {error.strerror or error}") from None


def read(path: Path, pipe: bool = False) -> SavedSession:
    """The session or the experiment in a file, whichever it holds. Raises ValidationError with the file's name."""
    if path.suffix != SUFFIX and not tensor_files.looks_like_tensors(*beginning(path, HEAD)):
        return SavedSession(experiment_files.read(path, pipe))
    with named(path):
        return from_bytes(read_bytes(path, MAX_BYTES, "a session"))
