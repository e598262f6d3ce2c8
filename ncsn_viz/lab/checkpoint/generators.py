"""The states of torch's random generators."""

from __future__ import annotations

import struct

from ncsn_viz.core.numerics import Tensor, torch
from ncsn_viz.lab.checkpoint.entries import Entries

HEAD = "<QiiQ"  # of the CPU generator's state: seed, numbers left before the next refill, whether seeded, next number
LENGTH = 624  # numbers of the Mersenne twister's state
SEEDED = (1, 0)  # numbers left and next number before the first draw


def generator_state(generator: torch.Generator) -> Tensor:
    """The state of a generator: bytes (n,), on the CPU."""
    return generator.get_state()


def restore_generator(generator: torch.Generator, entries: Entries, name: str) -> None:
    """Set the state of a generator, if it is one of its device; raises ValidationError if it is damaged.

    Devices have generators of different kinds: a state from another one is left out, and random numbers begin anew.
    """
    state, present = entries.tensor(name, (None,), torch.uint8), generator.get_state()
    if state.shape != present.shape:
        return
    if generator.device.type == "cpu" and not _consistent(state):
        raise entries.error(name, "is not the state of a random generator")
    try:
        generator.set_state(state.cpu())
    except RuntimeError:
        raise entries.error(name, "is not the state of a random generator") from None


def _consistent(state: Tensor) -> bool:
    """Whether the next number is within the twister's state, which torch does not check in full."""
    _, left, _, following = struct.unpack_from(HEAD, state.cpu().numpy().tobytes())
    return (left, following) == SEEDED or (1 <= following <= LENGTH and left + following == LENGTH + 1)
