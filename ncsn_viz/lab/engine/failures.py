"""What becomes of an error in the work of a lane, and of a GPU whose memory is short."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.engine.device import failure_sentence, out_of_memory
from ncsn_viz.lab.experiment import Spec

if TYPE_CHECKING:
    from ncsn_viz.lab.engine.lane import Lane

FEWER = 4  # times fewer particles where the memory of a GPU does not suffice …
LEAST_PARTICLES = 1000  # … but at least so many, else the CPU


class Failures:
    """Stops a lane that fails, which keeps its weights; the others go on.

    On a GPU an exhausted memory stops none: it is noted in `exhausted`, and the engine makes room before the next piece
    of work. `note` says what was given up.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.exhausted = False
        self.note = ""
        self._most_particles: int | None = None

    @contextmanager
    def guarded(self, lane: Lane) -> Iterator[None]:
        """Do a piece of a lane's work; an error concerns this lane alone."""
        try:
            yield
        except Exception as error:  # whatever it is
            self.stop(lane, error)

    def stop(self, lane: Lane, error: Exception) -> None:
        """Stop a lane for this error, unless there is something to give up instead."""
        if not self.exhausts(error):
            lane.failure = failure_sentence(error)
            with suppress(OSError, ValueError):  # stderr may be gone
                traceback.print_exception(error)

    def exhausts(self, error: Exception) -> bool:
        """Whether this error says that the memory of the GPU is exhausted."""
        found = self.device.type == "cuda" and out_of_memory(error)
        self.exhausted |= found
        return found

    def affordable(self, spec: Spec) -> Spec:
        """`spec` with as many particles as there is memory for."""
        if self._most_particles is None or self._most_particles >= spec.particles.count:
            return spec
        return replace(spec, particles=replace(spec.particles, count=self._most_particles))

    def fewer_particles(self, spec: Spec) -> bool:
        """Give up particles. Whether there were enough of them; else there is nothing left to give up but the GPU."""
        self.exhausted = False
        count = self.affordable(spec).particles.count // FEWER
        if count < LEAST_PARTICLES:
            self._most_particles = None
            self.note = "on the CPU, for the memory of the GPU does not suffice"
            return False
        self._most_particles = count
        self.note = f"{count:,} particles, for more the memory of the GPU does not suffice"
        return True

    def forget_particles(self) -> None:
        """Try as many as the Spec says again."""
        if self._most_particles is not None:
            self._most_particles, self.note = None, ""
