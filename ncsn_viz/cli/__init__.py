"""The command line: `main` and the table of commands. One module a command; each has a `main` of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

from ncsn_viz.cli.streams import make_safe, say
from ncsn_viz.core.knobs import ValidationError

COMMANDS = {  # their modules
    "run": "run", "sweep": "sweep", "list": "listing", "check": "check", "bench": "bench", "doctor": "doctor",
}  # fmt: skip
WINDOW = "window"  # the module for every other command line
OVERVIEW = """commands:
  ncsn-viz [FILE]                       open the window, on an experiment or a session
  ncsn-viz run FILE …                   train and sample without a window, write the results
  ncsn-viz sweep SWEEP.json …           many runs with other knobs and seeds, here or on a Dask cluster
  ncsn-viz list [--json|--markdown]     every target, objective, net and sampler with its knobs
  ncsn-viz check [--json]               prove the mathematics: what is known against what is measured
  ncsn-viz bench [--quick] [--json]     how fast is it here: every figure against something measured beside it
  ncsn-viz doctor                       versions, device, Qt, OpenGL; what is missing and how to get it

`ncsn-viz COMMAND --help` says more."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; 2 for input that cannot be used."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    make_safe()
    try:
        code = _run_command(words)
        sys.stdout.flush()  # here, where a full disk can still be reported
        return code
    except ValidationError as error:
        say(str(error))
        return 2
    except ModuleNotFoundError as error:
        say(f"{error.name} is not installed; `pip install ncsn-viz` brings all that is needed")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # as in `ncsn-viz list | head`
        return 0
    except OSError as error:
        say(error.strerror or str(error))
        with suppress(OSError):
            sys.stdout.close()  # or Python tries once more at its end
        return 2


def _run_command(words: list[str]) -> int:
    """Import only the module of the command: each command starts as fast as it can."""
    module = COMMANDS.get(words[0]) if words else None
    code: int = import_module(f"ncsn_viz.cli.{module or WINDOW}").main(words[1:] if module else words)
    return code
