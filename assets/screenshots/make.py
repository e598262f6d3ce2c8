"""Take the pictures of the gallery from the program: python assets/screenshots/make.py [picture …].

With --first-start FOLDER take those of the first start instead, at three sizes, dark and light.

The window runs on a virtual screen (needs Xvfb), gets mouse and key events, and the screen is saved.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Take every picture, or those that are named, in a process of its own on a virtual screen."""
    wanted, folder = _wanted()
    if os.environ.get("NCSN_VIZ_PICTURES") == "here":
        import first_start
        import gallery

        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            first_start.take(folder)
        else:
            gallery.take(HERE, wanted)
        return 0
    if not shutil.which("xvfb-run"):
        print("needs xvfb-run (sudo apt install xvfb xauth)", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as settings:  # the settings of the user are neither used nor changed
        env = os.environ | {"NCSN_VIZ_PICTURES": "here", "XDG_DATA_HOME": settings}
        env.pop("QT_QPA_PLATFORM", None)
        screen = "-screen 0 1600x1000x24" if folder is None else "-screen 0 1920x1080x24"
        command = ["xvfb-run", "-a", "-s", screen, sys.executable, __file__, *sys.argv[1:]]
        return subprocess.run(command, env=env, check=False).returncode


def _wanted() -> tuple[list[str], Path | None]:
    from gallery import PICTURES

    parser = argparse.ArgumentParser(description="Take the pictures of the gallery.")
    parser.add_argument("pictures", nargs="*", metavar="picture", help=f"all, or some of {', '.join(PICTURES)}")
    help_text = "take the pictures of the first start, in this folder"
    parser.add_argument("--first-start", type=Path, metavar="FOLDER", help=help_text)
    given = parser.parse_args()
    wanted: list[str] = given.pictures
    if unknown := [name for name in wanted if name not in PICTURES]:
        parser.error(f"no picture is called {', '.join(unknown)}; there are {', '.join(PICTURES)}")
    return wanted, given.first_start


if __name__ == "__main__":
    sys.exit(main())
