"""The modes of a density on a lattice: hills that a valley separates."""

from __future__ import annotations

import math

import numpy as np

from ncsn_viz.core.numerics import Array

Labels = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

VALLEY = math.log(2)  # a hill whose pass lies less than this below its top belongs to its neighbour
LIGHTEST = 0.01  # a hill with less mass than this share belongs to its neighbour, too


def find_modes(log_p: Array, mass: Array) -> Labels:
    """The mode of every cell, 0 for the heaviest: shape (rows, columns).

    Every cell climbs to a local maximum of `log_p` (rows, columns); hills are then merged across their highest pass
    while that pass is shallower than VALLEY or the `mass` (rows, columns) of the hill is lighter than LIGHTEST.
    """
    hill = _climb(log_p)
    tops = np.full(hill.max() + 1, -np.inf)
    np.maximum.at(tops, hill, log_p.ravel())
    pairs, passes = _passes(hill.reshape(log_p.shape), log_p)
    owner = _merge_shallow(tops, pairs, passes)
    owner = _merge_light(owner, np.bincount(hill, weights=mass.ravel()).astype(np.float64), pairs)
    return _heaviest_first(owner[hill], mass).reshape(log_p.shape)


def _climb(log_p: Array) -> Labels:
    """The local maximum that steepest ascent over the eight neighbours reaches from each cell, numbered from 0."""
    rows, columns = log_p.shape
    padded = np.pad(log_p, 1, constant_values=-np.inf)
    # The cell itself comes first, so that a tie ends the climb and no two cells can point at each other.
    steps = [(0, 0)] + [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
    around = np.stack([padded[1 + y : 1 + y + rows, 1 + x : 1 + x + columns] for y, x in steps])
    jump = np.array([y * columns + x for y, x in steps])
    goal = np.arange(rows * columns) + jump[around.argmax(0)].ravel()
    while not np.array_equal(further := goal[goal], goal):
        goal = further
    return np.unique(goal, return_inverse=True)[1].astype(np.int64)


def _passes(hill: Labels, log_p: Array) -> tuple[Labels, Array]:
    """The pairs (k, 2) of hills that touch, and the height (k,) of the highest pass between them, highest first."""
    whole, head, tail = slice(None), slice(None, -1), slice(1, None)
    sides = (((whole, head), (whole, tail)), ((head, whole), (tail, whole)),
             ((head, head), (tail, tail)), ((head, tail), (tail, head)))  # fmt: skip
    one = np.concatenate([hill[a].ravel() for a, _ in sides])
    other = np.concatenate([hill[b].ravel() for _, b in sides])
    heights = np.concatenate([np.minimum(log_p[a], log_p[b]).ravel() for a, b in sides])
    border = one != other
    ends = np.sort(np.stack([one[border], other[border]], axis=1), axis=1)
    pairs, which = np.unique(ends, axis=0, return_inverse=True)
    passes = np.full(len(pairs), -np.inf)
    np.maximum.at(passes, which.ravel(), heights[border])
    order = np.argsort(-passes, kind="stable")
    return pairs[order], passes[order]


def _merge_shallow(tops: Array, pairs: Labels, passes: Array) -> Labels:
    """The hill that each hill belongs to once all shallow passes are gone."""
    owner, tops = np.arange(len(tops)), tops.copy()
    for (a, b), height in zip(pairs, passes, strict=True):
        one, other = owner[a], owner[b]
        if one != other and min(tops[one], tops[other]) - height < VALLEY:
            keep, give = (one, other) if tops[one] >= tops[other] else (other, one)
            owner[owner == give] = keep
    return owner


def _merge_light(owner: Labels, masses: Array, pairs: Labels) -> Labels:
    """The same once all light hills are gone, the lightest first."""
    while True:
        left = np.unique(owner)
        weights = np.bincount(owner, weights=masses, minlength=len(owner))[left]
        lightest = left[weights.argmin()]
        if len(left) == 1 or weights.min() >= LIGHTEST * weights.sum():
            return owner
        ends = owner[pairs]
        touching = (ends == lightest).any(1) & (ends[:, 0] != ends[:, 1])
        first = ends[touching.argmax()]  # the passes stand highest first
        owner = np.where(owner == lightest, first[first != lightest][0], owner)


def _heaviest_first(label: Labels, mass: Array) -> Labels:
    """The labels renumbered by decreasing mass."""
    _, label = np.unique(label, return_inverse=True)
    masses = np.bincount(label.ravel(), weights=mass.ravel())
    rank = np.empty(len(masses), dtype=np.int64)
    rank[np.argsort(-masses, kind="stable")] = np.arange(len(masses))
    return rank[label]
