"""A stand-in for a device graph, on the CPU: it replays the recorded operations on the same memory, without Python."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ncsn_viz.core.objectives import Terms
from ncsn_viz.lab.training.adam import Adam
from ncsn_viz.lab.training.ema import EMA
from ncsn_viz.lab.training.trainer import Trainer

WAITS = ("aten::_local_scalar_dense", "aten::nonzero", "aten::equal")  # a device graph cannot hold what needs a value


class Tape:
    """Records a step as a CUDA graph does: recording does not do it, and replaying runs no Python.

    Generators and the tensors of the recording are searched in what `objects()` returns. AssertionError where one of
    them is replaced by another, in the step or after it: the recording would go on reading and writing the old one.
    """

    def __init__(self, objects=lambda: ()):
        self.recordings, self.replays, self.generators = 0, 0, []
        self.objects = objects

    def __call__(self, step, generators):
        self.generators = list(generators)
        states = [generator.get_state() for generator in self.generators]
        before = held(self.objects())  # whose memory is not given to others meanwhile
        recorder = Recorder()
        with recorder:
            step()
        recorder.undo()
        for generator, state in zip(self.generators, states, strict=True):
            generator.set_state(state)
        self.recordings += 1
        recorder.touched |= {memory(generator) for generator in self.generators}
        self.compare(before, recorder.touched)
        after = held(self.objects())

        def replay():
            self.replays += 1
            self.compare(after, recorder.touched)
            recorder.replay()

        return replay

    def compare(self, before, touched):
        """AssertionError where one of the `touched` things is another one than before."""
        now = held(self.objects())
        replaced = [
            path
            for path, thing in before.items()
            if memory(thing) in touched and memory(now.get(path)) != memory(thing)
        ]
        assert not replaced, f"replaced: {', '.join(replaced)}"


def on_device(trainer):
    """Let it keep its alarm and its averaged weights as on CUDA: in tensors."""
    if trainer._alarm is None:
        trainer._alarm = torch.zeros(())
        trainer._ema.keep_on_device()


class Recorder(TorchDispatchMode):
    """Records every operation with its results, and the former contents of memory that is overwritten."""

    def __init__(self):
        super().__init__()
        self.operations, self.before, self.touched = [], {}, set()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function._schema.name in WAITS:
            raise RuntimeError(f"{function._schema.name} waits for a value")
        kwargs = kwargs or {}
        for number, argument in enumerate(function._schema.arguments):
            if argument.alias_info is not None and argument.alias_info.is_write:
                for tensor in tensors(args[number] if number < len(args) else kwargs.get(argument.name)):
                    self.before.setdefault(tensor.data_ptr(), (tensor, tensor.detach().clone()))
        found = function(*args, **kwargs)
        self.operations.append((function, args, kwargs, tensors(found)))
        self.touched |= {memory(tensor) for tensor in tensors((args, kwargs, found))}
        return found

    def undo(self):
        """Put back what was overwritten: recording does not do the step."""
        with torch.no_grad():
            for tensor, value in self.before.values():
                tensor.copy_(value)

    def replay(self):
        """Do every operation again on the same memory; results in memory of their own are written there."""
        with torch.no_grad():
            for function, args, kwargs, results in self.operations:
                for old, new in zip(results, tensors(function(*args, **kwargs)), strict=True):
                    if old.data_ptr() != new.data_ptr():
                        old.copy_(new)


def tensors(tree):
    """The tensors in nested lists, tuples and dicts."""
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def memory(thing):
    """The address of a tensor's memory; of anything else, which object it is."""
    return thing.untyped_storage().data_ptr() if isinstance(thing, torch.Tensor) else id(thing)


def held(thing, path=""):
    """The tensors and generators that are reached from `thing`, by their paths."""
    match thing:
        case torch.Tensor() | torch.Generator():
            return {path: thing}
        case torch.nn.Module():
            parts = thing.state_dict()
        case Mapping():
            parts = thing
        case list() | tuple():
            parts = dict(enumerate(thing))
        case Trainer() | Adam() | EMA() | Terms():
            parts = vars(thing)
        case _:
            return {}
    return {key: one for name, part in parts.items() for key, one in held(part, f"{path}.{name}".lstrip(".")).items()}
