"""The presets of the user: targets saved under a name, one JSON file each in one folder."""

from __future__ import annotations

import hashlib
import re
import string
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ncsn_viz.core.knobs import ValidationError, kind_from_json, to_json
from ncsn_viz.core.targets import TARGETS, Target
from ncsn_viz.lab.storage import experiment_files, json_values
from ncsn_viz.lab.storage.files import remove_leftovers, write_safely

FORMAT = "ncsn-viz-preset/1"
MAX_NAME_LENGTH = 40  # characters
MAX_PRESETS = 200  # that are read
MAX_STEM = 80  # characters of a file's name
PLAIN = frozenset(string.ascii_lowercase + string.digits)  # what a file's name shows as it is
DEVICE = re.compile(r"con|prn|aux|nul|(com|lpt)\d")  # no names of files on Windows


@dataclass(frozen=True)
class Preset:
    """A target with a name."""

    name: str
    target: Target


class PresetStore:
    """The presets in a folder, which need not exist yet. Files that cannot be read are reported and left unchanged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def presets(self) -> tuple[list[Preset], list[str]]:
        """All presets by name, and one sentence for each file that cannot be read."""
        remove_leftovers(self.folder)
        found: dict[str, Preset] = {}
        errors = []
        paths = self._files()
        for path in paths[:MAX_PRESETS]:
            try:
                preset = _read(path)
                if preset.name.casefold() in found:
                    raise ValidationError(f"{path.name}: is called “{preset.name}”, as another one is")
                found[preset.name.casefold()] = preset
            except ValidationError as error:
                errors.append(f"A preset of yours could not be read and was left out: {error}.")
        if len(paths) > MAX_PRESETS:
            errors.append(f"Only {MAX_PRESETS} of your {len(paths)} presets are shown: remove some in {self.folder}.")
        return [found[name] for name in sorted(found)], errors

    def save(self, name: str, target: Target) -> None:
        """Save a target under a new name. Raises ValidationError."""
        name = _checked_name(name)
        path = self._file_of(name)
        _check_free(path, name)
        self._write(path, Preset(name, target))

    def rename(self, old: str, new: str) -> None:
        """Rename a preset. Raises ValidationError; the preset is then unchanged."""
        new = _checked_name(new)
        if new == old:
            return
        path, goal = self._file_of(old), self._file_of(new)
        preset = _read(path)
        if goal != path:
            _check_free(goal, new)
        self._write(goal, Preset(new, preset.target))
        if goal != path:
            _remove(path, old)

    def remove(self, name: str) -> None:
        """Delete a preset. Raises ValidationError if that fails."""
        _remove(self._file_of(name), name)

    def _files(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("*.json") if not path.name.startswith("."))

    def _file_of(self, name: str) -> Path:
        """The file of the preset called `name`, also one that was copied here, else the file that it will get."""
        path = self.folder / _file_name(name)
        return path if path.exists() else next((other for other in self._files() if _has_name(other, name)), path)

    def _write(self, path: Path, preset: Preset) -> None:
        data = {"format": FORMAT, "name": preset.name, "target": to_json(preset.target)}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_safely(path, experiment_files.readable(json_values.to_text(data)))
        except OSError as error:
            raise ValidationError(f"cannot save the preset “{preset.name}”: {error.strerror or error}") from None


def _file_name(name: str) -> str:
    """A name for every file system: small Latin letters and digits unchanged, all else by its code point.

    What would be too long, or is the name of a device on Windows, ends with a checksum.
    """
    whole = unicodedata.normalize("NFC", name).casefold()
    plain = "".join(c if c in PLAIN else f"_{ord(c):x}_" for c in whole)
    if len(plain) > MAX_STEM or DEVICE.fullmatch(plain):
        plain = f"{plain[:MAX_STEM]}_{hashlib.sha256(whole.encode()).hexdigest()[:12]}"
    return f"{plain}.json"


def _has_name(path: Path, name: str) -> bool:
    try:
        return _read(path).name.casefold() == name.casefold()
    except ValidationError:
        return False


def _check_free(path: Path, name: str) -> None:
    if path.exists():
        raise ValidationError(f"There is a preset called “{name}” already: choose another name")


def _remove(path: Path, name: str) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ValidationError(f"cannot remove the preset “{name}”: {error.strerror or error}") from None


def _checked_name(name: str) -> str:
    """A name without control characters and repeated spaces. Raises ValidationError."""
    name = " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in name).split())
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise ValidationError(f"A preset needs a name of 1 to {MAX_NAME_LENGTH} letters")
    return name


def _read(path: Path) -> Preset:
    return experiment_files.load(path, "a preset", _preset)


def _preset(data: Any) -> Preset:
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValidationError("is not a preset of this program")
    if not isinstance(data.get("name"), str):
        raise ValidationError("has no name")
    try:
        target = kind_from_json(TARGETS, data.get("target"))
    except ValidationError as error:
        raise error.at("target") from None
    return Preset(_checked_name(data["name"]), cast(Target, target))
