"""Pure numbers: densities, networks, objectives and samplers in two dimensions, without Qt, clock or thread."""

import os

# read once, when torch is loaded: the few operations that Metal lacks then run on the CPU
os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
