"""The safety copy: the files in which a window keeps its session by itself, and from which the next one starts.

There are two of a kind: the experiment, written soon after each edit, and what was learned, in three generations of
session files. A lock gives them to one window; a mark is there as long as that is open, or if it has crashed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

from PySide6.QtCore import QLockFile

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.storage import SavedSession, experiment_files, session_files
from ncsn_viz.ui.widgets.assets import user_file

NAME = re.compile(rf"(last(?:-\d+)?)\.(?:json|open|\d+{re.escape(session_files.SUFFIX)})")
GENERATIONS = 3  # session files that are kept
MOST_COPIES = 6  # of windows that are closed


class SafetyCopy:
    """Files that belong to one window while that is open: the experiment at `path`, the generations beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mark = path.with_suffix(".open")
        self._lock = QLockFile(f"{path}.lock")
        self._lock.setStaleLockTime(0)  # of a window that is gone, never of one that has been open for long

    def acquire(self) -> bool:
        """Whether no other window has it, or nobody could tell: a folder that cannot be written has no locks."""
        return self._lock.tryLock(0) or self._lock.error() != QLockFile.LockError.LockFailedError

    @property
    def crashed(self) -> bool:
        """Whether the window that had it has not ended as it should; for one that has it now."""
        return self.mark.exists()

    def begin(self) -> None:
        """Leave a mark until `release`."""
        with suppress(OSError):
            self.mark.touch()

    def release(self) -> None:
        """Leave the files to the next window, which goes on with them."""
        with suppress(OSError):
            self.mark.unlink(missing_ok=True)
        self._lock.unlock()

    def put_off(self) -> None:
        """Leave the files of a window that has crashed as they are."""
        self._lock.unlock()

    def discard(self) -> None:
        """Delete the files. Raises OSError."""
        for path in (self.path, *self.generations()):
            path.unlink(missing_ok=True)
        self.release()

    # -- the experiment -----------------------------------------------------------------------------------------

    def read(self) -> tuple[Spec | None, str]:
        """Its experiment, and an error; a broken file is renamed and does not prevent the start."""
        if not self.path.exists():
            return None, ""
        try:
            return experiment_files.read(self.path), ""
        except ValidationError as error:
            aside = self.path.with_suffix(".broken.json")
            try:
                self.path.replace(aside)
            except OSError:
                aside = self.path
            return None, f"The last experiment could not be read ({error}). It is kept as {aside}."

    # -- what was learned ---------------------------------------------------------------------------------------

    def generations(self) -> list[Path]:
        """The session files, the latest first."""
        pattern = re.compile(rf"{re.escape(self.path.stem)}\.(\d{{1,15}}){re.escape(session_files.SUFFIX)}")
        try:
            found = {path: pattern.fullmatch(path.name) for path in self.path.parent.iterdir()}
        except OSError:
            return []
        numbers = {path: int(match[1]) for path, match in found.items() if match is not None}
        return sorted(numbers, key=lambda path: -numbers[path])

    def write(self, session: SavedSession) -> None:
        """Write the next generation, then remove the oldest. Raises ValidationError; those that are there stay."""
        present = self.generations()
        number = int(present[0].name.split(".")[-2]) + 1 if present else 1
        path = self.path.with_suffix(f".{number}{session_files.SUFFIX}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValidationError(f"cannot write {path}: {error.strerror or error}") from None
        session_files.write(path, session)
        for old in present[GENERATIONS - 1 :]:
            with suppress(OSError):
                old.unlink()

    def read_session(self) -> tuple[SavedSession | None, str]:
        """The latest generation that is whole, and a sentence where a later one is not. It loads torch."""
        from ncsn_viz.lab.engine.engine import read_session

        errors: list[str] = []
        for path in self.generations():
            try:
                return read_session(path), " ".join(errors)
            except ValidationError as error:
                errors.append(f"The last copy of what was learned could not be read ({error}).")
        return None, " ".join(errors)

    @property
    def written(self) -> float:
        """When it was written last, in seconds; 0 if it never was."""
        return max((_written(path) for path in (self.path, *self.generations())), default=0.0)


def take(folder: Path | None = None, fresh: bool = False) -> SafetyCopy:
    """The copy that was written last and that no open window has, or a new one beside those that others have.

    One of a window that has crashed is left to `crashed`. A `fresh` one holds nothing yet.
    """
    folder = folder or user_file("")
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    written = _copies(folder)
    for copy in chain(() if fresh else written, _new(folder)):
        if (fresh and copy.written) or not copy.acquire():
            continue
        if copy.crashed:
            copy.put_off()
            continue
        copy.begin()
        _remove_old(written, but=copy)
        return copy
    raise AssertionError("the names of copies have no end")


def crashed(folder: Path | None = None) -> Iterator[SafetyCopy]:
    """Copies of windows that have crashed, the latest first, each of them taken until it is put off or discarded."""
    for copy in _copies(folder or user_file("")):
        if not copy.crashed or not copy.acquire():
            continue
        if copy.written:
            yield copy
        else:
            copy.release()  # it had nothing to keep yet


def _remove_old(written: list[SafetyCopy], but: SafetyCopy) -> None:
    """Delete the oldest copies of closed windows, which no start would show any more."""
    for copy in [other for other in written if other.path != but.path][MOST_COPIES - 1 :]:
        if copy.acquire():
            if copy.crashed:
                copy.put_off()
            else:
                with suppress(OSError):
                    copy.discard()


def _copies(folder: Path) -> list[SafetyCopy]:
    """The copies in the folder, the latest first."""
    try:
        found = [match[1] for path in folder.iterdir() if (match := NAME.fullmatch(path.name))]
    except OSError:
        return []
    return sorted((SafetyCopy(folder / f"{stem}.json") for stem in {*found}), key=lambda copy: -copy.written)


def _new(folder: Path) -> Iterator[SafetyCopy]:
    """Copies by the names last.json, last-2.json and so on."""
    yield SafetyCopy(folder / "last.json")
    yield from (SafetyCopy(folder / f"last-{number}.json") for number in count(2))


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
