"""Take the README's screenshots from the real program: python assets/screenshots/make.py (needs Xvfb on Linux).

The window runs an experiment for a while, paints with real mouse events, and is grabbed as it stands.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Take every picture, on a virtual screen if there is none of our own making."""
    if os.environ.get("NCSN_VIZ_PICTURES") != "here":
        if not shutil.which("xvfb-run"):
            print("needs xvfb-run (sudo apt install xvfb xauth)", file=sys.stderr)
            return 2
        env = os.environ | {"NCSN_VIZ_PICTURES": "here"}
        env.pop("QT_QPA_PLATFORM", None)
        command = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", sys.executable, __file__]
        return subprocess.run(command, env=env, check=False).returncode
    from gallery import take

    take(HERE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
