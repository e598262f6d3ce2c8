"""Blobs, texts and images on a lattice, against their closed form."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace

import numpy as np
import pytest

from ncsn_viz.core.knobs import ValidationError, kind_from_json, to_json
from ncsn_viz.core.targets.painting import (
    MAX_SIDE,
    Blob,
    ImageMark,
    PointCloudMark,
    TextMark,
    decode_pixels,
    draw_mark,
    encode_pixels,
)

WINDOW = (-8.0, 8.0)
EMPTY = np.zeros((128, 128))
CENTRES = -8 + (np.arange(128) + 0.5) / 8
CELL = 1 / 8


def moments(weights):
    """Mass in units of the plane, mean (2,) and covariance (2, 2) of the cells."""
    x, y = np.meshgrid(CENTRES, CENTRES)
    points, share = np.stack([x.ravel(), y.ravel()]), weights.ravel() / weights.sum()
    mean = points @ share
    off = points - mean[:, None]
    return weights.sum() * CELL**2, mean, (off * share) @ off.T


def test_mass_mean_and_covariance_of_a_blob():
    blob = Blob(mean=(0.7, -1.1), std_1=1.2, std_2=0.5, angle=30, strength=0.8)
    mass, mean, covariance = moments(draw_mark(EMPTY, WINDOW, blob))
    turn = np.array([[np.cos(np.pi / 6), -np.sin(np.pi / 6)], [np.sin(np.pi / 6), np.cos(np.pi / 6)]])
    assert mass == pytest.approx(0.8 * 2 * np.pi * 1.2 * 0.5, rel=1e-4)
    assert np.abs(mean - [0.7, -1.1]).max() < 1e-5
    assert np.abs(covariance - turn @ np.diag([1.44, 0.25]) @ turn.T).max() < 1e-3


def test_a_blob_thinner_than_the_cells_is_still_drawn():
    assert draw_mark(np.zeros((16, 16)), WINDOW, Blob(std_1=3, std_2=0.02, angle=45)).max() > 0.2


@pytest.mark.parametrize(
    "mark",
    [
        Blob(mean=(3, 2), std_1=2, std_2=0.4, angle=20),
        TextMark(text="Fg", centre=(3, 3)),
        ImageMark(pixels=encode_pixels(np.arange(6) / 6), columns=3, box=(1, 5, 2, 3)),
    ],
)
def test_symmetry_of_the_weights_is_exact(mark):
    draw = {name: draw_mark(EMPTY, WINDOW, replace(mark, symmetry=name, folds=4)) for name in
            ("none", "left_right", "up_down", "both", "turned")}  # fmt: skip
    once = draw["none"]
    assert np.abs(draw["left_right"] - np.maximum(once, once[:, ::-1])).max() < 1e-12
    assert np.abs(draw["up_down"] - np.maximum(once, once[::-1])).max() < 1e-12
    both = np.maximum.reduce([once, once[:, ::-1], once[::-1], once[::-1, ::-1]])
    assert np.abs(draw["both"] - both).max() < 1e-12
    turned = np.maximum.reduce([np.rot90(once, k) for k in range(4)])
    assert np.abs(draw["turned"] - turned).max() < 1e-9


def test_a_text_has_its_height_and_centre_and_is_upright():
    weights = draw_mark(EMPTY, WINDOW, TextMark(text="L", height=4, centre=(1.0, -1.0), strength=1))
    rows, columns = np.nonzero(weights > 0.5)
    assert np.ptp(CENTRES[rows]) + CELL == pytest.approx(4, abs=0.3)
    assert (CENTRES[rows].min() + CENTRES[rows].max()) / 2 == pytest.approx(-1, abs=0.2)
    assert (CENTRES[columns].min() + CENTRES[columns].max()) / 2 == pytest.approx(1, abs=0.2)
    x, y = np.meshgrid(CENTRES, CENTRES)
    assert (weights * y).sum() / weights.sum() < -1.2  # the foot of an L has most of the mass,
    assert (weights * x).sum() / weights.sum() < 0.9  # and its stem is on the left
    turned = draw_mark(EMPTY, WINDOW, TextMark(text="L", height=4, centre=(1.0, -1.0), strength=1, angle=180))
    assert (turned * y).sum() / turned.sum() > -0.8


@pytest.mark.parametrize("text", ["", " ", "한", "\n", "a" * 40])
def test_any_text_can_be_drawn(text):
    assert np.isfinite(draw_mark(EMPTY, WINDOW, TextMark(text=text))).all()


def test_an_image_gives_its_grey_values_in_its_box():
    grey = np.random.default_rng(0).random((128, 96))
    image = ImageMark(pixels=encode_pixels(grey), columns=96, box=(-6.0, 6.0, -8.0, 8.0), strength=1)
    weights = draw_mark(EMPTY, WINDOW, image)
    assert np.abs(weights[:, 16:112] - grey).max() < 1e-4
    assert np.abs(weights[:, :16]).max() == 0
    assert np.abs(weights[:, 112:]).max() == 0
    dark = draw_mark(EMPTY, WINDOW, replace(image, density="dark"))
    assert np.abs(dark[:, 16:112] - (1 - grey)).max() < 1e-4
    assert np.abs(dark[:, :16]).max() == 0
    squared = draw_mark(EMPTY, WINDOW, replace(image, contrast=2))
    assert np.abs(squared[:, 16:112] - grey**2).max() < 1e-4


def test_many_pixels_in_a_cell_are_averaged():
    values = np.random.default_rng(2).random((128, 128))
    small = ImageMark(pixels=encode_pixels(values), columns=128, box=(-2.0, 2.0, -2.0, 2.0), strength=1)
    weights = draw_mark(EMPTY, WINDOW, small)
    assert weights.sum() == pytest.approx(values.sum() / 16, rel=1e-3)
    assert np.abs(weights[48:80, 48:80] - values.reshape(32, 4, 32, 4).mean(axis=(1, 3))).max() < 1e-4


def test_points_have_their_own_coordinates_or_are_fitted():
    points = PointCloudMark(
        pixels=encode_pixels(np.array([0.0, 1.0])), columns=2, box=(-4, 4, -2, 2), source_box=(0, 2, 0, 1), count=5
    )
    for mark, middle in ((points, (1.5, 0.5)), (replace(points, fitted=True), (2, 0))):
        _, mean, _ = moments(draw_mark(EMPTY, WINDOW, mark))
        assert np.abs(mean - middle).max() < 1e-12


def test_a_blob_erases_what_it_covers():
    ground = np.ones((128, 128))
    wiped = draw_mark(ground, WINDOW, Blob(tool="eraser", std_1=1, std_2=1, strength=1))
    x, y = np.meshgrid(CENTRES, CENTRES)
    near = x**2 + y**2 < 24
    assert np.abs(wiped - (1 - np.exp(-(x**2 + y**2) / 2)))[near].max() < 1e-12


def test_pixels_round_trip_and_refuse_other_texts():
    values = np.random.default_rng(1).random(300)
    assert np.abs(decode_pixels(encode_pixels(values)) - values).max() < 1e-5
    image = ImageMark(pixels=encode_pixels(values), columns=30)
    assert kind_from_json((ImageMark,), to_json(image)) == image
    bomb = base64.b64encode(zlib.compress(bytes(10**8))).decode()
    bad = [
        "",
        "!",
        "AAAA",
        base64.b64encode(zlib.compress(b"abc")).decode(),
        bomb,
        encode_pixels(np.zeros(MAX_SIDE**2 + 1)),
        7,
    ]
    for pixels in bad:
        with pytest.raises(ValidationError, match="pixels"):
            ImageMark(pixels=pixels)
    with pytest.raises(ValidationError, match="full rows"):
        ImageMark(pixels=encode_pixels(values), columns=7)
    with pytest.raises(ValidationError, match="box"):
        ImageMark(box=(1, 0, 0, 1))
