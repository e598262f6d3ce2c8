"""The presets of the user: targets saved under a name, one JSON file each in one folder."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ncsn_viz.core.knobs import ValidationError, kind_from_json, to_json
from ncsn_viz.core.targets import TARGETS, Target
from ncsn_viz.lab.storage import experiment_files

FORMAT = "ncsn-viz-preset/1"
MAX_NAME_LENGTH = 40  # characters
MAX_PRESETS = 200  # that are read


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
        found, errors = [], []
        for path in sorted(self.folder.glob("*.json"))[:MAX_PRESETS]:
            try:
                found.append(_read(path))
            except ValidationError as error:
                errors.append(f"A preset of yours could not be read and was left out: {error}.")
        return sorted(found, key=lambda preset: preset.name.casefold()), errors

    def save(self, name: str, target: Target) -> None:
        """Save a target under a new name. Raises ValidationError."""
        name = _checked_name(name)
        if self._path(name).exists():
            raise ValidationError(f"There is a preset called “{name}” already: choose another name")
        self._write(Preset(name, target))

    def rename(self, old: str, new: str) -> None:
        """Rename a preset. Raises ValidationError; the preset is then unchanged."""
        new = _checked_name(new)
        if new == old:
            return
        preset = _read(self._path(old))
        if self._path(new).exists() and self._path(new) != self._path(old):
            raise ValidationError(f"There is a preset called “{new}” already: choose another name")
        self._write(Preset(new, preset.target))
        if self._path(new) != self._path(old):
            self.remove(old)

    def remove(self, name: str) -> None:
        """Delete a preset. Raises ValidationError if that fails."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise ValidationError(f"cannot remove the preset “{name}”: {error.strerror or error}") from None

    def _path(self, name: str) -> Path:
        """The file of a name: letters and digits unchanged, all other characters by their code points."""
        plain = "".join(c if c.isalnum() else f"_{ord(c):x}_" for c in name.casefold())
        return self.folder / f"{plain}.json"

    def _write(self, preset: Preset) -> None:
        data = {"format": FORMAT, "name": preset.name, "target": to_json(preset.target)}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
            experiment_files.write_safely(self._path(preset.name), text.encode())
        except OSError as error:
            raise ValidationError(f"cannot save the preset “{preset.name}”: {error.strerror or error}") from None


def _checked_name(name: str) -> str:
    """A name without control characters and repeated spaces. Raises ValidationError."""
    name = " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in name).split())
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise ValidationError(f"A preset needs a name of 1 to {MAX_NAME_LENGTH} letters")
    return name


def _read(path: Path) -> Preset:
    try:
        return _preset(experiment_files.parse(experiment_files.text_of(path, "a preset")))
    except ValidationError as error:
        raise ValidationError(f"{path.name}: {error}") from None
    except OSError as error:
        raise ValidationError(f"{path.name}: {error.strerror or error}") from None


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
