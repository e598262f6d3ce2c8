"""The window: shows Snapshots, edits the Spec."""

import os

from ncsn_viz.lab.engine.device import cores

# Qt fills large areas by a few threads of its own, and the window waits for them. Where training has one of two cores
# they have to wait for it in turn: a plot took 1.8 ms, and takes 1.3 ms without.
if cores() <= 2:
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
