"""`ncsn-viz [FILE]`: open the window, on an experiment or a session."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ncsn_viz import __version__
from ncsn_viz.cli import COMMANDS, OVERVIEW
from ncsn_viz.cli.arguments import add_device
from ncsn_viz.cli.streams import end_process
from ncsn_viz.core.knobs import ValidationError, nearest

if TYPE_CHECKING:
    from ncsn_viz.lab.storage import SavedSession


def main(words: list[str]) -> int:
    """Open the window on a file; its exit code. Raises ValidationError for a bad file or a missing device."""
    parser = argparse.ArgumentParser(
        prog="ncsn-viz",
        description="See how a score is learned.",
        epilog=OVERVIEW,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("experiment", nargs="?", type=Path, metavar="FILE", help="an experiment or a session to open")
    add_device(parser)
    parser.add_argument("--version", action="version", version=f"ncsn-viz {__version__}")
    options = parser.parse_args(words)
    opened = _read(options.experiment) if options.experiment else None
    from ncsn_viz.ui.shell.preflight import defer_signals, obstacle

    if missing := obstacle():
        raise ValidationError(missing)
    if options.device in ("cuda", "mps"):
        from ncsn_viz.lab.engine.device import pick

        pick(options.device)  # loads torch before the window; only who requests a device waits for it
    defer_signals()
    from ncsn_viz.ui.shell.app import run

    code = run(opened, options.device, path=options.experiment)
    end_process(code)
    return code


def _read(path: Path) -> SavedSession:
    from ncsn_viz.lab.storage import session_files

    if not path.exists() and not path.suffix:
        raise ValidationError(f"there is no command and no file {str(path)!r}; {nearest(path, COMMANDS)}")
    found = session_files.read(path)
    if found.checkpoint is None:
        return found
    from ncsn_viz.lab.engine.engine import read_session  # which loads torch

    return read_session(path)
