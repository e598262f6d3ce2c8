"""Benchmarks of the real window, which probes open in processes of their own."""

from functools import partial

from ncsn_viz.lab.bench.base import Figure
from ncsn_viz.ui.bench.frames import frames
from ncsn_viz.ui.bench.response_times import instant, start
from ncsn_viz.ui.bench.soak import soak

FIGURES: tuple[Figure, ...] = (
    Figure("start", "from the start of the process to the first paint and to the first training step seen", start),
    Figure(
        "frames", "frame interval and pictures of the real window: 2 × 10,000 particles, 4 × 25,000, a million", frames
    ),
    Figure("instant", "from the mouse to the pixel, from a stroke and from a preset to the new truth", instant),
)


def endurance(minutes: float) -> Figure:
    """The figure of bounded resources during `minutes` of use."""
    return Figure("soak", "what the program holds while somebody plays with it", partial(soak, minutes=minutes))
