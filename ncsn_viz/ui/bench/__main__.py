"""Runs one probe, given its name and its arguments as JSON; the last line of the output is its result as JSON."""

from __future__ import annotations

import json
import sys

from ncsn_viz.ui.bench.bench_window import application
from ncsn_viz.ui.bench.probes import PROBES

if __name__ == "__main__":
    app = application()
    print(json.dumps(PROBES[sys.argv[1]](**json.loads(sys.argv[2]))), flush=True)
