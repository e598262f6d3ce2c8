"""Whole training steps as one CUDA graph: a step of small kernels is bound by their launches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ncsn_viz.core.numerics import torch

WARM = 5  # eager steps before recording: libraries and optimisers initialise themselves in the first ones
BURST = 8  # replays after which the host waits for the burst before: an endless queue would delay frames

Step = Callable[[], object]
Record = Callable[[Step, Sequence["torch.Generator"]], Step]  # gives the replay of a step on the same memory


class GraphKey(NamedTuple):
    """What a recording is valid for: the same `objects` and equal `settings`."""

    objects: tuple[object, ...]
    settings: tuple[object, ...]

    def matches(self, other: GraphKey | None) -> bool:
        """Whether a recording for this key is valid for the `other`."""
        if other is None or self.settings != other.settings:
            return False
        return [id(each) for each in self.objects] == [id(each) for each in other.objects]


class GraphRunner:
    """Executes steps: the first few eagerly, then by replaying a recording, until its key changes.

    A step that cannot be recorded stays eager, and `reason` says why.
    """

    def __init__(self, record: Record, throttle: Callable[[], None] = lambda: None) -> None:
        self.reason = ""
        self._record, self._throttle = record, throttle
        self._replay: Step | None = None
        self._key: GraphKey | None = None
        self._taken = 0

    @property
    def recorded(self) -> bool:
        """Whether steps are replayed."""
        return self._replay is not None

    @property
    def note(self) -> str:
        """How steps are executed, in a few words."""
        if self.recorded:
            return "training steps are recorded and replayed as one graph"
        return (
            f"training goes step by step: {self.reason}" if self.reason else "training steps are about to be recorded"
        )

    def run(self, step: Step, key: GraphKey, generators: Sequence[torch.Generator]) -> None:
        """One step. Where `key` differs from the one before, it is recorded again."""
        if not key.matches(self._key):
            self._key, self._replay, self._taken, self.reason = key, None, 0, ""
        if self._replay is None and self._taken >= WARM and not self.reason:
            self._try(step, generators)
        (self._replay or step)()
        self._taken += 1
        if self._taken % BURST == 0:
            self._throttle()

    def _try(self, step: Step, generators: Sequence[torch.Generator]) -> None:
        """Record the step; recording does not execute it."""
        try:
            self._replay = self._record(step, generators)
        except (RuntimeError, TypeError, ValueError, NotImplementedError) as error:
            self.reason = str(error).strip().split("\n", maxsplit=1)[0] or type(error).__name__


class HostThrottle:
    """Keeps the host at most two bursts ahead of the device."""

    def __init__(self) -> None:
        self._events = [torch.cuda.Event(), torch.cuda.Event()]  # type: ignore[no-untyped-call]

    def __call__(self) -> None:
        """Mark the end of a burst, and wait for the end of the one before."""
        self._events[0].record()
        self._events.reverse()
        self._events[0].synchronize()


def cuda_graph(step: Step, generators: Sequence[torch.Generator]) -> Step:
    """The replay of a CUDA graph of `step`, which may draw from `generators`. RuntimeError where it waits for a value.

    Other threads may use the device meanwhile.
    """
    graph = torch.cuda.CUDAGraph()
    for generator in generators:
        graph.register_generator_state(generator)
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        step()
    return graph.replay


class StreamPool:
    """Runs work in parallel, each on its own CUDA stream; on other devices one after the other."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._streams: list[torch.cuda.Stream] = []

    def run(self, works: Sequence[Step]) -> None:
        """Run all of it; what follows on the present stream waits for all."""
        if self._device.type != "cuda" or len(works) < 2:
            for work in works:
                work()
            return
        while len(self._streams) < len(works):
            self._streams.append(torch.cuda.Stream(self._device))  # type: ignore[no-untyped-call]
        here, streams = torch.cuda.current_stream(self._device), self._streams[: len(works)]
        for stream, work in zip(streams, works, strict=True):
            stream.wait_stream(here)
            with torch.cuda.stream(stream):
                work()
        for stream in streams:
            here.wait_stream(stream)


def for_device(device: torch.device) -> GraphRunner | None:
    """The runner for `device`, or None where each replica's step is executed by itself."""
    return GraphRunner(cuda_graph, HostThrottle()) if device.type == "cuda" else None
