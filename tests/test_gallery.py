"""The gallery is whole: every picture that is shown is there, and can be taken again by its scene."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ASSETS = Path(__file__).parent.parent / "assets"
SHOTS = ASSETS / "screenshots"
PAGE = (ASSETS / "gallery.md").read_text(encoding="utf-8")
README = (ASSETS.parent / "README.md").read_text(encoding="utf-8")
MOST = 400_000  # bytes of a picture


@pytest.fixture(scope="module")
def scenes():
    """The pictures that have a scene, as the script tells one who asks for another; it needs no screen for that."""
    asked = [sys.executable, str(SHOTS / "make.py"), "nothing"]
    bare = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "QT_QPA_PLATFORM")}
    found = subprocess.run(asked, env=bare, capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 2
    return re.search("no picture is called nothing; there are (.*)", found.stderr)[1].split(", ")


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+\.(?:png|md|json))\)", PAGE))
def test_what_the_gallery_links_to_is_there(link):
    assert (ASSETS / link).is_file()


@pytest.mark.parametrize("link", re.findall(r"assets/screenshots/[\w./]+", README))
def test_what_the_readme_shows_is_there(link):
    assert (ASSETS.parent / link).is_file()


def test_every_scene_has_its_pictures_and_every_picture_its_scene_and_its_words(scenes):
    assert len(scenes) == len(set(scenes)) > 10
    assert sorted(path.stem for path in SHOTS.glob("*.png")) == sorted(scenes)
    assert sorted(re.findall(r"\]\(screenshots/(\w+)\.png\)", PAGE)) == sorted(scenes)


def test_pictures_are_small_files_of_whole_windows():
    for path in SHOTS.glob("*.png"):
        with Image.open(path) as image:
            assert image.size in {(1500, 940), (1280, 800)}, path.name
            assert len(image.convert("RGB").getcolors(1 << 24)) > 50, path.name  # or nothing was on the screen
        assert path.stat().st_size < MOST, path.name
