"""Whole training steps as one graph of the device: a step of small kernels is bound by their launches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from ncsn_viz.core.numerics import torch

WARM = 5  # steps taken as they are before they are recorded: libraries and optimisers set themselves up in the first
BURST = 8  # replays after which the last burst must have ended: a queue without end would keep pictures waiting

Step = Callable[[], object]


class GraphKey(NamedTuple):
    """What a recording stands for: `things`, which must be the same ones, and `settings`, which must be equal."""

    things: tuple[object, ...]
    settings: tuple[object, ...]

    def still(self, other: GraphKey | None) -> bool:
        """Whether a recording made for this one serves for the `other`."""
        return (
            other is not None
            and len(self.things) == len(other.things)
            and all(one is another for one, another in zip(self.things, other.things, strict=True))
            and self.settings == other.settings
        )


class Recording(Protocol):
    """A recorded step."""

    def replay(self) -> None:
        """Do it once more, on the same memory."""


Record = Callable[[Step, Sequence["torch.Generator"]], Recording]


class GraphRunner:
    """Takes steps: the first few as they are, then from a recording, until what they stand for changes.

    What cannot be recorded goes on as it is, and `reason` says why.
    """

    def __init__(self, record: Record, pace: Callable[[], None] = lambda: None) -> None:
        self.reason = ""
        self._record, self._pace = record, pace
        self._recording: Recording | None = None
        self._baked: GraphKey | None = None
        self._taken = 0

    @property
    def recorded(self) -> bool:
        """Whether steps come from a recording."""
        return self._recording is not None

    @property
    def note(self) -> str:
        """How steps are taken, in a few words."""
        if self.recorded:
            return "training steps are recorded and replayed as one graph"
        return (
            f"training goes step by step: {self.reason}" if self.reason else "training steps are about to be recorded"
        )

    def take(self, step: Step, baked: GraphKey, generators: Sequence[torch.Generator]) -> None:
        """One step. Where `baked` is not what it was, recording begins anew."""
        if not baked.still(self._baked):
            self._baked, self._recording, self._taken, self.reason = baked, None, 0, ""
        if self._recording is None and self._taken >= WARM and not self.reason:
            self._try(step, generators)
        if self._recording is None:
            step()
        else:
            self._recording.replay()
        self._taken += 1
        if self._taken % BURST == 0:
            self._pace()

    def _try(self, step: Step, generators: Sequence[torch.Generator]) -> None:
        """Record the step; recording does not do it."""
        try:
            self._recording = self._record(step, generators)
        except (RuntimeError, TypeError, ValueError, NotImplementedError) as error:
            self.reason = str(error).strip().split("\n", maxsplit=1)[0] or type(error).__name__


class HostThrottle:
    """Lets the processor run ahead of the device by two bursts and no more."""

    def __init__(self) -> None:
        self._events = [torch.cuda.Event(), torch.cuda.Event()]  # type: ignore[no-untyped-call]

    def __call__(self) -> None:
        """Mark the end of a burst, and wait for the end of the one before."""
        self._events[0].record()
        self._events.reverse()
        self._events[0].synchronize()


def cuda_graph(step: Step, generators: Sequence[torch.Generator]) -> Recording:
    """A CUDA graph of `step`, which may draw from `generators`. Raises RuntimeError where something waits for a value.

    Other threads may use the device meanwhile.
    """
    graph = torch.cuda.CUDAGraph()
    for generator in generators:
        graph.register_generator_state(generator)
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        step()
    return graph


class StreamPool:
    """Work done side by side, on streams of its own each; on a device without streams, one after the other."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._streams: list[torch.cuda.Stream] = []

    def run(self, works: Sequence[Step]) -> None:
        """Do all of it; what comes next on the present stream waits for all."""
        if self._device.type != "cuda" or len(works) < 2:
            for work in works:
                work()
            return
        while len(self._streams) < len(works):
            self._streams.append(torch.cuda.Stream(self._device))  # type: ignore[no-untyped-call]
        here = torch.cuda.current_stream(self._device)
        streams = self._streams[: len(works)]
        for stream, work in zip(streams, works, strict=True):
            stream.wait_stream(here)
            with torch.cuda.stream(stream):
                work()
        for stream in streams:
            here.wait_stream(stream)


def for_device(device: torch.device) -> GraphRunner | None:
    """How steps are taken on `device`, or None where each network's step is best taken by itself."""
    return GraphRunner(cuda_graph, HostThrottle()) if device.type == "cuda" else None
