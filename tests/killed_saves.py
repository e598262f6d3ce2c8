"""Kills processes in the middle of their saves, and looks at what they leave: `killed_saves.py FOLDER TIMES`.

Prints how many were killed and how many saves they had acknowledged; fails at the first file that is corrupt or older
than an acknowledged save.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import Denoising
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Particles, Spec
from ncsn_viz.lab.storage import SavedSession, session_files
from ncsn_viz.ui.documents.safety_copy import SafetyCopy


def session():
    engine = Engine("cpu")
    lane = LaneSpec(objective=Denoising(), net=ScoreMLP(hidden=64, layers=3))
    engine.apply(Spec(lanes=(lane,), particles=Particles(count=2000)))
    engine.train()
    return SavedSession(engine.user_spec, engine.state_dict())


def numbered(saved, number):
    """The session with its number as training step."""
    lane = saved.checkpoint["lanes"]["0"]
    replica = {**lane["replicas"]["0"], "step": number}
    lanes = {"0": {**lane, "replicas": {"0": replica}}}
    return SavedSession(saved.spec, {**saved.checkpoint, "lanes": lanes})


def save_for_ever(saved, folder, start, pipe):
    """Save into one file and into the generations in turn; acknowledge each number after its save."""
    copy = SafetyCopy(folder / "last.json")
    for number in range(start, 10**9):
        session_files.write(folder / "mine.safetensors", numbered(saved, number))
        copy.write(numbered(saved, number))
        os.write(pipe, number.to_bytes(8, "little"))


def killed(saved, folder, start, seconds):
    """The last number that a process has acknowledged before it was killed after so many seconds."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            save_for_ever(saved, folder, start, write)
        finally:
            os._exit(1)
    os.close(write)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as file:
        numbers = file.read()
    return int.from_bytes(numbers[-8:], "little") if numbers else start - 1


def main(folder, times):
    torch.set_num_threads(1)
    saved, rng, last = session(), random.Random(1), 0
    for _ in range(times):
        last = killed(saved, folder, last + 1, rng.uniform(0.01, 0.2))
        copy = SafetyCopy(folder / "last.json")
        if last:
            for path in (folder / "mine.safetensors", *copy.generations()):
                session_files.read(path)  # raises where it is corrupt
            assert session_files.read(folder / "mine.safetensors").steps[0] >= last
            assert session_files.read(copy.generations()[0]).steps[0] >= last
            assert len(copy.generations()) <= 4  # of which the oldest was about to be removed
            last = max(last, session_files.read(copy.generations()[0]).steps[0])
    print(times, last)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
