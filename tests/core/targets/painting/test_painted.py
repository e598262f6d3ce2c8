"""The painted target: its weights, their cache, and the density that it builds."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from ncsn_viz.core.knobs import ValidationError, kind_from_json, to_json
from ncsn_viz.core.targets import (
    TARGETS,
    Checkerboard,
    EmptyTarget,
    Mixture,
    Moons,
    Painted,
    Spiral,
    Target,
    TwoModes,
)
from ncsn_viz.core.targets.painting import Blob, Painting, Stroke, with_last_mark, with_mark
from ncsn_viz.core.targets.painting.cache import CHECKPOINT_INTERVAL, PaintingCache
from ncsn_viz.core.targets.painting.painted import EMPTY_BELOW

LINE = tuple((-6 + 0.1 * k, 3 * np.sin(0.15 * k)) for k in range(120))


def uncached(target):
    painting = Painting(target.base_weights(), target.window)
    for stroke in target.strokes:
        painting.draw(stroke)
    return painting.weights


def test_a_growing_painting_equals_an_uncached_one():
    target = Painted(base=Moons())
    for stroke in (Stroke(points=LINE[:2]), Stroke(tool="eraser", size=1, points=LINE[40:42]), Stroke(points=LINE[:1])):
        target = replace(target, strokes=(*target.strokes, stroke))
        assert np.array_equal(target.weights(), uncached(target))
        for at in range(2, 20, 3):
            grown = target.strokes[-1].extended(*LINE[at : at + 3])
            target = replace(target, strokes=(*target.strokes[:-1], grown))
            assert np.array_equal(target.weights(), uncached(target))


def test_undo_branches_and_repeated_strokes_equal_an_uncached_painting():
    a, b = Stroke(points=LINE[:9]), Stroke(tool="eraser", points=LINE[5:30])
    longer, other = Stroke(points=LINE[:30]), Stroke(size=2, points=LINE[:9])
    lists = [(a,), (a, a), (a, a, b), (a, a), (a, b), (a,), (longer,), (longer, b), (other, b), (a, longer), (), (a,)]
    for strokes in lists * 2:
        for resolution in (64, 128):
            target = Painted(strokes=strokes, resolution=resolution)
            assert np.array_equal(target.weights(), uncached(target)), strokes


def test_one_more_point_on_a_long_painting_is_cheap():
    old = tuple(Stroke(points=LINE, size=0.3 + 0.1 * k) for k in range(10))
    target = Painted(base=TwoModes(), strokes=(*old, Stroke(points=LINE[:1])))
    target.weights()
    costs = []
    for point in LINE[1:60]:
        target = replace(target, strokes=(*old, target.strokes[-1].extended(point)))
        start = time.perf_counter()
        target.weights()
        costs.append(time.perf_counter() - start)
    assert np.median(costs) < 1e-3


def test_the_cache_is_bounded_and_keeps_earlier_strokes_while_one_grows():
    cache = PaintingCache(4, Painted.base_weights)
    first = Painted(strokes=(Stroke(points=LINE),))
    cache.painting(first)
    growing = Stroke(points=LINE[:1])
    for point in LINE[1:30]:
        growing = growing.extended(point)
        cache.painting(replace(first, strokes=(*first.strokes, growing)))
        assert len(cache._recent) <= 4
    kept = [target for target, _ in cache._recent.values()]
    assert first in kept
    for size in range(1, 10):
        cache.painting(Painted(strokes=(Stroke(size=size),)))
    assert len(cache._recent) == 4


def test_several_threads_may_read_weights_at_once():
    targets = [Painted(strokes=tuple(Stroke(points=LINE[: 5 * k]) for k in range(1, n))) for n in range(2, 10)]
    wrong = []

    def read(order):
        wrong.extend(n for n in order if not np.array_equal(targets[n].weights(), uncached(targets[n])))

    threads = [threading.Thread(target=read, args=(np.random.default_rng(k).permutation(8),)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_weights_of_a_base_are_those_of_what_gives_it_when_blurred():
    """Each component has variance 1 − h²; blurred by h the peak of the density is 1."""
    weights, h = Painted(base=TwoModes(), bandwidth=0.4).weights(), 0.4
    centres = -8 + (np.arange(128) + 0.5) / 8
    x, y = np.meshgrid(centres, centres)
    squares, narrow = [(x + a) ** 2 + (y + a) ** 2 for a in (5, -5)], 1 - h**2
    peak = (0.2 * np.exp(-squares[0] / 2) + 0.8 * np.exp(-squares[1] / 2)).max()
    direct = (0.2 * np.exp(-squares[0] / 2 / narrow) + 0.8 * np.exp(-squares[1] / 2 / narrow)) / narrow / peak
    assert np.abs(weights - direct).max() < 1e-9


@pytest.mark.parametrize("base", [Moons(), Spiral(), Checkerboard(), TwoModes()], ids=lambda base: base.kind)
@pytest.mark.parametrize(("resolution", "bandwidth"), [(128, 0.15), (90, 0.02), (200, 0.24)])
def test_a_preset_that_is_painted_over_keeps_its_density(base, resolution, bandwidth):
    """No blur by h: the score on its own samples, within the window, is that of the preset."""
    painted = Painted(base=base, resolution=resolution, bandwidth=bandwidth).build(dtype=torch.float64)
    truth = base.build(dtype=torch.float64)
    x = truth.sample(400, torch.Generator().manual_seed(0)).clamp(-6.5, 6.5)  # the canvas ends at ±8
    for sigma in (0.0, 0.5):
        error = (painted.score(x, sigma) - truth.score(x, sigma)).square().sum(1).mean().sqrt()
        assert error < 0.01 * truth.score(x, sigma).square().sum(1).mean().sqrt()
        inside = painted.log_density(x, sigma) - truth.log_density(x, sigma)
        assert inside.std() < 0.01
        assert abs(float(inside.mean())) < 0.01  # mass beyond the window is left out


def test_the_picture_of_a_preset_does_not_change_when_it_is_painted_over():
    """It is of the density, and so not of the weights, which are narrower; a mark comes on top."""
    window, blank = (-8.0, 8.0), Blob(mean=(50.0, 50.0))
    over = with_mark(Moons(), blank, window)
    assert np.abs(over.image(window, 128) - Moons().image(window, 128)).max() < 1e-12
    assert np.abs(over.weights() / over.weights().max() - Moons().image(window, 128)).max() > 0.03
    mark = Stroke(points=((0, 5), (3, 5)), strength=1)
    both = with_mark(Moons(), mark, window).image(window, 128)
    assert np.abs(both - (Moons().image(window, 128) + Painted(strokes=(mark,)).weights())).max() < 1e-12


def test_a_preset_finer_than_the_bandwidth_ends_as_wide_as_that():
    """One Gaussian of .1 with h = .3, not at the centre of a cell: √(h² + t (1 − t) cell²) along each axis, t = .6."""
    base = Mixture(weights=(1,), means=((0.0125 * 11, 1.0375),), stds=(0.1,))
    x = Painted(base=base, bandwidth=0.3).build(dtype=torch.float64).sample(40_000, torch.Generator().manual_seed(1))
    wide = np.sqrt(0.09 + 0.6 * 0.4 / 64), np.sqrt(0.09 + 0.2 * 0.8 / 64)
    assert np.abs(x.mean(0).numpy() - base.means[0]).max() < 5 * 0.3 / 200
    assert np.abs(x.std(0).numpy() / wide - 1).max() < 5 / np.sqrt(80_000)


def test_an_empty_canvas_and_an_erased_one_are_empty_targets():
    with pytest.raises(EmptyTarget, match="canvas is empty"):
        Painted().build()
    wipe = tuple(Stroke(tool="eraser", size=10, points=((-8, y), (8, y))) for y in (-8, 0, 8) for _ in range(15))
    with pytest.raises(EmptyTarget, match="canvas is empty"):
        Painted(base=Moons(), strokes=(Stroke(points=LINE), *wipe)).build()
    with pytest.raises(EmptyTarget, match="canvas is empty"):
        Painted(base=TwoModes(), window=(500.0, 600.0)).build()
    faint = Painted(strokes=(Stroke(strength=0.01),)).build().sample(500, torch.Generator().manual_seed(0))
    assert float(faint.abs().max()) < 2  # all mass is under the one stroke, at the origin


def test_the_bandwidth_is_at_least_three_quarters_of_a_cell():
    assert Painted(bandwidth=0.02).effective_bandwidth() == pytest.approx(0.75 * 16 / 128)
    assert Painted(bandwidth=0.3).effective_bandwidth() == 0.3


def test_json_round_trip():
    target = Painted(base=Moons(width=0.5), strokes=(Stroke(points=LINE), Stroke(tool="eraser")), window=(-4.0, 6.0))
    assert kind_from_json(TARGETS, to_json(target)) == target
    assert kind_from_json(TARGETS, "painted") == Painted()


@pytest.mark.parametrize("window", [(1.0, 1.0), (3.0, -3.0), (0.0, 1.0, 2.0), (0.0, float("nan"))])
def test_a_bad_window_is_refused(window):
    with pytest.raises(ValidationError, match="window"):
        Painted(window=window)


def test_a_bad_stroke_is_named_by_its_index():
    with pytest.raises(ValidationError, match=r"strokes\.1\.size"):
        kind_from_json(TARGETS, {"kind": "painted", "strokes": [{}, {"size": -1}]})


def test_painting_needs_no_torch():
    code = (
        "import sys; from ncsn_viz.core.targets import Moons, Painted\n"
        "from ncsn_viz.core.targets.painting.strokes import Stroke\n"
        "assert Painted(base=Moons(), strokes=(Stroke(),)).weights().max() >= 1; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_marks_of_every_kind_and_strokes_without_a_kind_are_read():
    marks = [{"points": [[1, 2]]}, {"kind": "blob", "mean": [1, 1]}, {"kind": "text", "text": "Z"}, {"kind": "picture"}]
    target = kind_from_json(TARGETS, {"kind": "painted", "strokes": marks})
    assert [mark.kind for mark in target.strokes] == ["stroke", "blob", "text", "picture"]
    assert kind_from_json(TARGETS, to_json(target)) == target
    assert np.array_equal(target.weights(), uncached(target))


def test_dragging_a_mark_costs_only_that_mark():
    cache = PaintingCache(4, Painted.base_weights)
    below = Painted(base=Moons(), strokes=(Stroke(points=LINE),))
    cache.painting(below)
    for x in range(20):
        dragged = replace(below, strokes=(*below.strokes, Blob(mean=(x / 10, 0))))
        assert np.array_equal(cache.painting(dragged).weights, uncached(dragged))
        assert below in [target for target, _ in cache._recent.values()]


def test_undoing_many_strokes_of_a_long_painting_draws_few_of_them(monkeypatch):
    drawn = []
    draw = Painting.draw
    monkeypatch.setattr(Painting, "draw", lambda self, mark: (drawn.append(mark), draw(self, mark))[1])
    strokes = tuple(Stroke(size=0.2, points=LINE[k : k + 2]) for k in range(70))
    cache = PaintingCache(4, Painted.base_weights)
    cache.painting(Painted(strokes=strokes))
    assert drawn == list(strokes)
    for count in range(69, 20, -1):
        drawn.clear()
        target = Painted(strokes=strokes[:count])
        found = cache.painting(target).weights
        assert len(drawn) <= CHECKPOINT_INTERVAL
        assert np.array_equal(found, uncached(target))
    assert len(cache._recent) <= 4


def test_the_last_but_one_state_of_a_growing_stroke_is_cached():
    """The engine builds the target that the canvas has drawn just before."""
    cache = PaintingCache(8, Painted.base_weights)
    old = tuple(Stroke(points=LINE[k : k + 9]) for k in range(3))
    states = [Painted(strokes=(*old, Stroke(points=LINE[:k]))) for k in range(1, 9)]
    for earlier, state in pairwise(states):
        cache.painting(state)
        made = cache._made
        cache.painting(earlier if earlier is not states[0] else state)
        assert cache._made == made


def test_marks_are_added_to_mixtures_and_paintings_and_to_nothing_else():
    @dataclass(frozen=True)
    class Disc(Target):
        kind = "disc"
        title = "Disc"

    mark, blob, window = Stroke(), Blob(), (-4.0, 4.0)
    assert with_mark(Moons(), mark, window) == Painted(base=Moons(), strokes=(mark,), window=window)
    painted = Painted(strokes=(mark,))
    assert with_mark(painted, blob, window) == replace(painted, strokes=(mark, blob))
    assert with_last_mark(painted, blob) == replace(painted, strokes=(blob,))
    with pytest.raises(ValidationError, match=r"Disc cannot be painted over: clear the canvas first\."):
        with_mark(Disc(), mark, window)


def test_a_painting_fainter_than_any_mark_has_an_empty_image_too():
    target = Painted(strokes=(Stroke(strength=0.01, points=((-8.925, 0),), size=0.5),))
    assert 0 < target.weights().max() < EMPTY_BELOW
    assert not target.image((-8.0, 8.0), 128).any()
    with pytest.raises(EmptyTarget):
        target.build()
