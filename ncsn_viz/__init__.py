"""ncsn-viz: see how a score is learned."""

import os

__version__ = "0.1.0"

# numpy multiplies small matrices here, and its threads wait for each other in a spin: where training keeps the cores
# busy, a picture of a target took 33 ms with two threads and takes 2 ms with one. Torch has threads of its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
