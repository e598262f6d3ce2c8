"""The cache of a lane's evaluated field: the level of its particles, and the one that comes next."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ncsn_viz.lab.inspection.field_cache import EvaluatedField, FieldCache


def at(sigma):
    """An evaluation at that noise level."""
    return EvaluatedField(drawn=object(), grid=SimpleNamespace(sigma=sigma))


def cache(present=None, following=None):
    made = FieldCache()
    made.present = None if present is None else at(present)
    made.next = None if following is None else at(following)
    return made


def levels(made):
    return tuple(None if each is None else each.sigma for each in (made.present, made.next))


@pytest.mark.parametrize(
    ("present", "following", "arrived", "wanted"),
    [
        (8.0, 4.0, 8.0, (8.0, 4.0)),  # still there
        (8.0, 4.0, 4.0, (4.0, None)),  # arrived at the next one
        (8.0, 4.0, 2.0, (8.0, 4.0)),  # at one that nobody has evaluated
        (8.0, None, 4.0, (8.0, None)),
        (None, 4.0, 4.0, (4.0, None)),
        (None, None, 4.0, (None, None)),
        (4.0, 4.0, 4.0, (4.0, 4.0)),  # the present one is of that level already
    ],
)
def test_the_next_level_becomes_the_present_one_on_arrival(present, following, arrived, wanted):
    made = cache(present, following)
    made.advance(arrived)
    assert levels(made) == wanted


@pytest.mark.parametrize(
    ("present", "following", "complete", "wanted"),
    [
        (None, None, False, 8.0),
        (8.0, None, False, 4.0),
        (2.0, 4.0, False, 8.0),  # the present level first
        (8.0, 2.0, False, 4.0),  # what was ahead has passed
        (8.0, 4.0, True, None),
    ],
)
def test_what_is_missing_is_evaluated_first(present, following, complete, wanted):
    made = cache(present, following)
    assert made.is_complete(8.0, 4.0) == complete
    if wanted is not None:
        assert made.wanted(8.0, 4.0) == wanted


def test_both_levels_are_refreshed_in_turn_where_nothing_is_missing():
    made = cache(8.0, 4.0)
    found = [made.wanted(8.0, 4.0) for _ in range(20)]
    assert set(found) == {8.0, 4.0}
    assert found.count(8.0) >= 10


def test_a_single_level_is_its_own_next_one():
    made = cache(8.0)
    assert made.is_complete(8.0, 8.0)
    assert [made.wanted(8.0, 8.0) for _ in range(4)] == [8.0] * 4


@pytest.mark.parametrize(
    ("present", "following", "stored", "wanted"),
    [
        (None, None, 8.0, (8.0, None)),
        (8.0, None, 4.0, (8.0, 4.0)),
        (2.0, None, 8.0, (8.0, None)),
        (8.0, 4.0, 2.0, (8.0, 4.0)),  # of a level that has passed: the present one stays
        (8.0, None, 2.0, (8.0, None)),
        (9.0, None, 2.0, (2.0, None)),  # nothing better is there: it is more recent
        (None, None, 2.0, (2.0, None)),
    ],
)
def test_an_evaluation_is_stored_at_its_level(present, following, stored, wanted):
    """The particles are at 8 by now, and 4 comes next."""
    made, found = cache(present, following), at(stored)
    made.store(found, 8.0, 4.0)
    assert levels(made) == wanted
    assert (found in (made.present, made.next)) == (stored in wanted)


def test_a_refreshed_level_replaces_the_older_one():
    made = cache(8.0, 4.0)
    for sigma, name in ((8.0, "present"), (4.0, "next")):
        found = at(sigma)
        made.store(found, 8.0, 4.0)
        assert getattr(made, name) is found


def test_nothing_is_kept_of_another_field():
    made = cache(8.0, 4.0)
    made.invalidate()
    assert levels(made) == (None, None)
    assert not made.is_complete(8.0, 4.0)
    made.advance(4.0)
    assert levels(made) == (None, None)
