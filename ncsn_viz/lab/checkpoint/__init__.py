"""Checkpoints: all that a run needs to go on bit for bit, as nested mappings of tensors and of values for JSON."""

from ncsn_viz.lab.checkpoint.entries import Checkpoint, Entries
from ncsn_viz.lab.checkpoint.generators import generator_state, restore_generator
from ncsn_viz.lab.checkpoint.learner_memory import Key, Learner, LearnerMemory, key_of
from ncsn_viz.lab.checkpoint.tree import copied, joined, num_bytes, numbered, separated

__all__ = [
    "Checkpoint", "Entries", "Key", "Learner", "LearnerMemory", "copied", "generator_state", "joined", "key_of",
    "num_bytes", "numbered", "restore_generator", "separated",
]  # fmt: skip
