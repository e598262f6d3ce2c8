"""One probe in a process of its own: its name, its arguments as JSON; the last line of the output is its answer."""

from __future__ import annotations

import json
import sys

from ncsn_viz.ui.bench.probes import PROBES
from ncsn_viz.ui.bench.stage import application

if __name__ == "__main__":
    app = application()
    print(json.dumps(PROBES[sys.argv[1]](**json.loads(sys.argv[2]))), flush=True)
