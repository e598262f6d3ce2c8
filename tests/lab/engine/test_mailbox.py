"""The mailbox of one slot."""

from __future__ import annotations

import sys
import threading

from ncsn_viz.lab.engine.mailbox import Mailbox


def test_the_latest_letter_wins():
    box = Mailbox()
    assert box.take() is None
    assert not box.full
    for letter in (1, 2, 3):
        box.put(letter)
        assert box.full
    assert box.take() == 3
    assert box.take() is None
    assert not box.full


def test_a_replaced_letter_is_let_go():
    class Letter:
        pass

    box, letter = Mailbox(), Letter()
    before = sys.getrefcount(letter)
    box.put(letter)
    assert sys.getrefcount(letter) == before + 1
    box.put(Letter())
    assert sys.getrefcount(letter) == before
    box.put(letter)
    assert box.take() is letter
    assert sys.getrefcount(letter) == before


def test_putting_and_taking_ring_the_shared_bell():
    bell = threading.Condition()
    one, other = Mailbox(bell), Mailbox(bell)
    for wake in (lambda: one.put(1), one.take, lambda: other.put(1), other.take):
        woken, ready = threading.Event(), threading.Event()

        def wait(woken=woken, ready=ready):
            with bell:
                ready.set()
                if bell.wait(10):
                    woken.set()

        thread = threading.Thread(target=wait)
        thread.start()
        assert ready.wait(10)
        wake()  # waits for the bell, which the thread holds until it sleeps
        assert woken.wait(10)
        thread.join()


def test_no_letter_is_taken_twice_and_the_last_one_arrives():
    box, taken, done = Mailbox(), [], threading.Event()

    def take():
        while not (done.is_set() and not box.full):
            if (letter := box.take()) is not None:
                taken.append(letter)

    thread = threading.Thread(target=take)
    thread.start()
    for letter in range(1, 20_001):
        box.put(letter)
    done.set()
    thread.join()
    assert taken == sorted(set(taken))
    assert taken[-1] == 20_000
