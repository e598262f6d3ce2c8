"""The safety copy: the file in which a window keeps its experiment by itself, and from which the next one starts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path

from PySide6.QtCore import QLockFile

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.storage import experiment_files
from ncsn_viz.ui.widgets.assets import user_file

NAME = re.compile(r"last(-\d+)?\.json")


class SafetyCopy:
    """A file that belongs to one window while that is open: its `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = QLockFile(f"{path}.lock")
        self._lock.setStaleLockTime(0)  # of a window that is gone, never of one that has been open for long

    def acquire(self) -> bool:
        """Whether no other window has it, or nobody could tell: a folder that cannot be written has no locks."""
        return self._lock.tryLock(0) or self._lock.error() != QLockFile.LockError.LockFailedError

    def release(self) -> None:
        """Leave the file to the next window."""
        self._lock.unlock()

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


def take(folder: Path | None = None) -> SafetyCopy:
    """The copy that was written last and that no open window has, or a new one beside those that others have."""
    folder = folder or user_file("")
    for path in chain(_written(folder), _fresh(folder)):
        copy = SafetyCopy(path)
        if copy.acquire():
            return copy
    raise AssertionError("the names of copies have no end")


def _written(folder: Path) -> list[Path]:
    """The copies in the folder, the latest first."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = {path: path.stat().st_mtime for path in folder.iterdir() if NAME.fullmatch(path.name)}
    except OSError:
        return []
    return sorted(found, key=lambda path: -found[path])


def _fresh(folder: Path) -> Iterator[Path]:
    """Names of copies: last.json, last-2.json and so on."""
    yield folder / "last.json"
    yield from (folder / f"last-{number}.json" for number in count(2))
