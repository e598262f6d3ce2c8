"""The folder of a sweep: the sweep itself, a row a run, the summary, and the files of runs that are kept."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.storage import experiment_files, json_values, write_safely
from ncsn_viz.lab.sweep import sweep_file
from ncsn_viz.lab.sweep.outcome import LOST, RunOutcome, SweepStopped, columns, row
from ncsn_viz.lab.sweep.planning import Plan, plan

SWEEP, RUNS, SUMMARY, FIGURE, KEPT, LOCK = (
    "sweep.json", "runs.csv", "summary.csv", "figure.png", "runs", ".sweep.lock"
)  # fmt: skip
MOST_BYTES = 512 * 2**20  # of runs.csv
Row = Mapping[str, str]


class SweepFolder:
    """A folder in which one process at a time writes down a sweep; `rows` are its runs so far.

    What is written stands, whatever becomes of the process: rows are appended and synced one by one, and half a row
    that a killed process has left is cut off. Enter it to lock it. Raises ValidationError where it cannot be used.
    """

    def __init__(self, path: Path, planned: Plan, resume: bool) -> None:
        self.path, self.plan, self._resume = path, planned, resume
        self.rows: dict[int, Row] = {}

    def __enter__(self) -> SweepFolder:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self.path / LOCK)
        except OSError as error:
            raise ValidationError(f"cannot use the folder {self.path}: {error.strerror or error}") from None
        try:
            self._begin()
            self._table = (self.path / RUNS).open("ab")
        except OSError as error:
            self._lock.close()
            raise ValidationError(f"cannot write into {self.path}: {error.strerror or error}") from None
        except BaseException:
            self._lock.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._table.close()
        self._lock.close()  # the file stays: another process may just be about to lock it

    @property
    def missing(self) -> list[int]:
        """The runs without a result, in their order."""
        return [run for run in range(len(self.plan)) if run not in self.rows]

    def add(self, outcome: RunOutcome) -> None:
        """Write down what a run has come to, its files first. Raises SweepStopped; then the row is not there either."""
        cells = row(self.plan, outcome)
        try:
            for name, content in outcome.files.items():
                self.run_folder(outcome.run).mkdir(parents=True, exist_ok=True)
                write_safely(self.run_folder(outcome.run) / name, content)
            self._append(_line(cells.values()))
        except OSError as error:
            raise SweepStopped(f"cannot write into {self.path}: {error.strerror or error}") from None
        self.rows[outcome.run] = cells

    def _append(self, line: bytes) -> None:
        before = self._table.tell()
        try:
            self._table.write(line)
            self._table.flush()
            os.fsync(self._table.fileno())
        except OSError:
            with suppress(OSError):
                self._table.truncate(before)
            raise

    def finish(self, summary: str) -> None:
        """Write the summary, and the rows in the order of their runs. Raises OSError."""
        self._table.close()
        write_safely(self.path / RUNS, _table(columns(self.plan), self.rows))
        write_safely(self.path / SUMMARY, summary.encode())

    def run_folder(self, run: int) -> Path:
        """Where the files of a run are kept."""
        return self.path / KEPT / f"{run:0{len(str(len(self.plan) - 1))}d}"

    def _begin(self) -> None:
        """Take up what is there, or begin anew."""
        content = json_values.to_text(sweep_file.to_data(self.plan.sweep))
        if not (self.path / SWEEP).exists():
            if self._resume:
                raise ValidationError(f"there is no sweep in {self.path} to go on with; leave out --resume")
            if found := [name for name in (RUNS, SUMMARY, FIGURE, KEPT) if (self.path / name).exists()]:
                raise ValidationError(f"{self.path} holds {', '.join(found)} of something else; choose another folder")
            write_safely(self.path / SWEEP, experiment_files.readable(content))
        elif not self._resume:
            raise ValidationError(f"{self.path} holds a sweep; go on with it by --resume, or choose another folder")
        else:
            self._check_same(content)
            # a run whose worker was lost has no result: it is done again
            found_rows = _rows(self.path / RUNS, columns(self.plan))
            self.rows = {run: cells for run, cells in found_rows.items() if cells["status"] != LOST}
        write_safely(self.path / RUNS, _table(columns(self.plan), self.rows))

    def _check_same(self, content: str) -> None:
        there, here = to_data(self.path), json_values.parse(content)
        different = [key for key in here if there.get(key) != here[key]]
        if different:
            raise ValidationError(
                f"{self.path} holds another sweep, with another {' and '.join(map(repr, different))}; "
                "choose another folder, or go on with the sweep.json in it"
            )


def to_data(path: Path) -> dict[str, Any]:
    """The sweep of a folder as complete JSON. Raises ValidationError."""
    return sweep_file.to_data(sweep_file.read(path / SWEEP))


def read(path: Path) -> tuple[Plan, dict[int, Row]]:
    """The plan in a folder and the rows that there are, by run; half a row is none. Raises ValidationError."""
    if not (path / SWEEP).exists():
        raise ValidationError(f"there is no sweep in {path}: its folder has a file {SWEEP}")
    found = plan(sweep_file.read(path / SWEEP))
    return found, _rows(path / RUNS, columns(found))


def _rows(path: Path, names: Sequence[str]) -> dict[int, Row]:
    """The whole rows of runs.csv by run. Raises ValidationError."""
    try:
        content = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise ValidationError(f"cannot read {path}: {error.strerror or error}") from None
    whole = content[: content.rfind(b"\n") + 1]
    try:
        table = csv.DictReader(io.StringIO(whole.decode(), newline=""), strict=True)
        found = list(table)
        if whole and tuple(table.fieldnames or ()) != tuple(names):
            raise ValidationError(f"{path} has other columns than this sweep; choose another folder")
        return {int(each["run"]): each for each in found if None not in each and None not in each.values()}
    except (csv.Error, UnicodeDecodeError, ValueError) as error:
        if isinstance(error, ValidationError):
            raise
        raise ValidationError(f"{path} cannot be understood ({error}); choose another folder") from None


def _table(names: Iterable[str], rows: Mapping[int, Row]) -> bytes:
    return b"".join([_line(names), *(_line(rows[run].values()) for run in sorted(rows))])


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


def _locked(path: Path) -> BinaryIO:
    """The file, locked until it is closed or its process ends. Raises ValidationError where another has locked it."""
    file = path.open("ab")
    try:
        _lock(file)
    except OSError:
        file.close()
        raise ValidationError(
            f"another sweep is running in {path.parent}; wait for its end, or choose another folder"
        ) from None
    return file


def _lock(file: BinaryIO) -> None:
    """Lock a file, or raise OSError at once."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
