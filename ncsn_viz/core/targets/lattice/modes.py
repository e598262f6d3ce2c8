"""The modes of a density on a lattice: basins of attraction of its local maxima, merged across shallow passes."""

from __future__ import annotations

import math

import numpy as np

from ncsn_viz.core.numerics import Array

Labels = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

MIN_DEPTH = math.log(2)  # of the highest pass below the maximum of a basin, in log p: a shallower basin is merged
MIN_MASS = 0.01  # share of all mass: a lighter basin is merged, too


def find_modes(log_p: Array, mass: Array) -> Labels:
    """The mode of every cell, 0 for the heaviest: shape (rows, columns).

    Steepest ascent of `log_p` (rows, columns) assigns every cell to a local maximum. Such basins are then merged across
    their highest pass while that is shallower than MIN_DEPTH or the `mass` (rows, columns) of the basin below MIN_MASS.
    """
    basin = _ascend(log_p)
    tops = np.full(basin.max() + 1, -np.inf)
    np.maximum.at(tops, basin, log_p.ravel())
    pairs, passes = _passes(basin.reshape(log_p.shape), log_p)
    owner = _merge_shallow(tops, pairs, passes)
    owner = _merge_light(owner, np.bincount(basin, weights=mass.ravel()).astype(np.float64), pairs)
    return _heaviest_first(owner[basin], mass).reshape(log_p.shape)


def _ascend(log_p: Array) -> Labels:
    """The local maximum (rows · columns,), numbered from 0, that steepest ascent over eight neighbours reaches."""
    rows, columns = log_p.shape
    padded = np.pad(log_p, 1, constant_values=-np.inf)
    # The cell itself comes first, so that a tie ends the ascent and no two cells can point at each other.
    steps = [(0, 0)] + [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
    neighbours = np.stack([padded[1 + y : 1 + y + rows, 1 + x : 1 + x + columns] for y, x in steps])
    offset = np.array([y * columns + x for y, x in steps])
    target = np.arange(rows * columns) + offset[neighbours.argmax(0)].ravel()
    while not np.array_equal(further := target[target], target):
        target = further
    return np.unique(target, return_inverse=True)[1].astype(np.int64)


def _passes(basin: Labels, log_p: Array) -> tuple[Labels, Array]:
    """The pairs (k, 2) of basins that touch, and the height (k,) of the highest pass between them, highest first."""
    every, head, tail = slice(None), slice(None, -1), slice(1, None)
    sides = (((every, head), (every, tail)), ((head, every), (tail, every)),
             ((head, head), (tail, tail)), ((head, tail), (tail, head)))  # fmt: skip
    one = np.concatenate([basin[a].ravel() for a, _ in sides])
    other = np.concatenate([basin[b].ravel() for _, b in sides])
    corner = (log_p[head, head] + log_p[head, tail] + log_p[tail, head] + log_p[tail, tail]) / 4
    lower = [np.minimum(log_p[a], log_p[b]) for a, b in sides]
    lower[2:] = [np.minimum(low, corner) for low in lower[2:]]  # a diagonal pass leads through the common corner
    heights = np.concatenate([low.ravel() for low in lower])
    border = one != other
    ends = np.sort(np.stack([one[border], other[border]], axis=1), axis=1)
    pairs, which = np.unique(ends, axis=0, return_inverse=True)
    passes = np.full(len(pairs), -np.inf)
    np.maximum.at(passes, which.ravel(), heights[border])
    order = np.argsort(-passes, kind="stable")
    return pairs[order], passes[order]


def _merge_shallow(tops: Array, pairs: Labels, passes: Array) -> Labels:
    """The basin into which each basin is merged, so that no shallow pass is left."""
    owner, tops = np.arange(len(tops)), tops.copy()
    for (a, b), height in zip(pairs, passes, strict=True):
        one, other = owner[a], owner[b]
        if one != other and min(tops[one], tops[other]) - height < MIN_DEPTH:
            higher, lower = (one, other) if tops[one] >= tops[other] else (other, one)
            owner[owner == lower] = higher
    return owner


def _merge_light(owner: Labels, masses: Array, pairs: Labels) -> Labels:
    """The same, so that no light basin is left; the lightest is merged first."""
    while True:
        left = np.unique(owner)
        weights = np.bincount(owner, weights=masses, minlength=len(owner))[left]
        lightest = left[weights.argmin()]
        if len(left) == 1 or weights.min() >= MIN_MASS * weights.sum():
            return owner
        ends = owner[pairs]
        touching = (ends == lightest).any(1) & (ends[:, 0] != ends[:, 1])
        first = ends[touching.argmax()]  # the highest pass
        owner = np.where(owner == lightest, first[first != lightest][0], owner)


def _heaviest_first(label: Labels, mass: Array) -> Labels:
    """The labels renumbered by decreasing mass."""
    _, label = np.unique(label, return_inverse=True)
    masses = np.bincount(label.ravel(), weights=mass.ravel())
    rank = np.empty(len(masses), dtype=np.int64)
    rank[np.argsort(-masses, kind="stable")] = np.arange(len(masses))
    return rank[label]
