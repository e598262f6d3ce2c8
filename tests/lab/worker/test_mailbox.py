"""The mailbox of one slot, and the queue of commands."""

from __future__ import annotations

import sys
import threading

import pytest

from ncsn_viz.lab.experiment.commands import (
    DropParticles,
    HoldNoiseLevel,
    HoldParticle,
    LetGo,
    MoveParticle,
    RecordStep,
    TrainStep,
)
from ncsn_viz.lab.worker import mailbox
from ncsn_viz.lab.worker.mailbox import CommandQueue, Mailbox

# -- the mailbox ----------------------------------------------------------------------------------------------------


def test_the_latest_value_replaces_the_others():
    box = Mailbox()
    assert box.take() is None
    assert not box.full
    for value in (1, 2, 3):
        box.put(value)
        assert box.full
    assert box.take() == 3
    assert box.take() is None
    assert not box.full


def test_a_replaced_value_is_freed():
    class Value:
        pass

    box, value = Mailbox(), Value()
    before = sys.getrefcount(value)
    box.put(value)
    assert sys.getrefcount(value) == before + 1
    box.put(Value())
    assert sys.getrefcount(value) == before
    box.put(value)
    assert box.take() is value
    assert sys.getrefcount(value) == before


def test_putting_and_taking_notify_the_shared_condition():
    condition = threading.Condition()
    one, other, queue = Mailbox(condition), Mailbox(condition), CommandQueue(condition)
    for notify in (lambda: one.put(1), one.take, lambda: other.put(1), other.take, lambda: queue.put(TrainStep())):
        woken, ready = threading.Event(), threading.Event()

        def wait(woken=woken, ready=ready):
            with condition:
                ready.set()
                if condition.wait(10):
                    woken.set()

        thread = threading.Thread(target=wait)
        thread.start()
        assert ready.wait(10)
        notify()  # waits for the condition, which the thread holds until it waits itself
        assert woken.wait(10)
        thread.join()


def test_no_value_is_taken_twice_and_the_last_one_arrives():
    box, taken, done = Mailbox(), [], threading.Event()

    def take():
        while not (done.is_set() and not box.full):
            if (value := box.take()) is not None:
                taken.append(value)

    thread = threading.Thread(target=take)
    thread.start()
    for value in range(1, 20_001):
        box.put(value)
    done.set()
    thread.join()
    assert taken == sorted(set(taken))
    assert taken[-1] == 20_000


# -- the queue of commands ------------------------------------------------------------------------------------------


def queue_of(*commands):
    made = CommandQueue()
    for command in commands:
        assert made.put(command)
    return made


def test_commands_are_taken_in_their_order_and_once():
    commands = (TrainStep(), DropParticles((0.0, 0.0), 3, 1.0), TrainStep(), TrainStep(), LetGo(), RecordStep(1))
    queue = queue_of(*commands)
    assert not queue.empty
    assert queue.take_all() == commands
    assert queue.empty
    assert queue.take_all() == ()


def test_a_drag_is_its_last_position_and_begins_and_ends_as_it_did():
    hold, end = HoldParticle(1, (0.0, 0.0), (0.0, 0.0)), LetGo()
    drag = [MoveParticle((float(n), 0.0)) for n in range(500)]
    queue = queue_of(hold, *drag, end, TrainStep(), hold, *drag[:3])
    assert queue.take_all() == (hold, drag[-1], end, TrainStep(), hold, drag[2])


def test_a_drag_is_not_joined_across_another_command():
    one, two = MoveParticle((1.0, 0.0)), MoveParticle((2.0, 0.0))
    assert queue_of(one, TrainStep(), two).take_all() == (one, TrainStep(), two)


def test_noise_levels_are_joined_for_one_lane_or_for_all():
    every, first, second = (HoldNoiseLevel(sigma, slot) for sigma, slot in ((1.0, None), (2.0, 0), (3.0, 0)))
    assert queue_of(every, first, second).take_all() == (every, second)
    assert queue_of(first, every, second).take_all() == (first, every, second)


def test_a_full_queue_says_so_and_keeps_what_it_has(monkeypatch):
    monkeypatch.setattr(mailbox, "CAPACITY", 3)
    queue = queue_of(TrainStep(), TrainStep(), MoveParticle((0.0, 0.0)))
    assert not queue.put(TrainStep())
    assert not queue.put(LetGo())
    assert queue.put(MoveParticle((9.0, 0.0)))  # in place of the one before
    assert queue.take_all() == (TrainStep(), TrainStep(), MoveParticle((9.0, 0.0)))
    assert queue.put(TrainStep())


@pytest.mark.parametrize("senders", [1, 2])
def test_no_command_is_lost_between_threads(senders):
    count, queue, taken, done = 4000, CommandQueue(), [], threading.Event()

    def send(number):
        for n in range(count):
            while not queue.put(RecordStep(number * count + n)):
                threading.Event().wait(0.001)

    def take():
        while not (done.is_set() and queue.empty):
            taken.extend(queue.take_all())

    threads = [threading.Thread(target=send, args=(number,)) for number in range(senders)]
    taker = threading.Thread(target=take)
    for thread in (taker, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    taker.join()
    numbers = [command.number for command in taken]
    assert sorted(numbers) == list(range(senders * count))
    for sender in range(senders):  # and those of one thread in their order
        mine = [number for number in numbers if number // count == sender]
        assert mine == sorted(mine)
