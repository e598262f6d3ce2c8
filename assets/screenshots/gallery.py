"""The gallery: the pictures of each scene. A scene is a generator that yields where a picture is to be taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import comparing
import painting
import watching
from stage import Stage

Scene = Callable[[], Iterator[tuple[Stage, str]]]
SCENES: dict[Scene, tuple[str, ...]] = {
    watching.window: ("window",),
    painting.stroke: ("stroke", "learned"),
    painting.tools: ("tools",),
    painting.imported: ("imported",),
    painting.formula: ("formula",),
    comparing.two_modes: ("two_modes",),
    comparing.four_lanes: ("four_lanes",),
    comparing.paths: ("paths",),
    watching.followed: ("followed",),
    watching.time: ("time",),
    watching.slow_motion: ("slow_motion",),
    watching.surface: ("surface",),
    watching.light: ("light",),
    watching.maps: ("maps", "difference"),
    comparing.repeats: ("repeats",),
    comparing.diverged: ("diverged",),
    comparing.linked: ("linked",),
}
PICTURES = {picture: scene for scene, pictures in SCENES.items() for picture in pictures}


def take(folder: Path, wanted: list[str]) -> None:
    """Save the `wanted` pictures, and all others of their scenes, in `folder`; without any wanted all of them."""
    for scene in dict.fromkeys(PICTURES[picture] for picture in wanted or PICTURES):
        begin, stage = monotonic(), None
        for stage, picture in scene():
            stage.save(folder / f"{picture}.png")
            print(f"{picture}  {monotonic() - begin:.0f} s", flush=True)
        if stage is not None:
            stage.close()
