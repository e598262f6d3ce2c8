"""What is imported is what was in the file, and a bad file gives one clear sentence."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.targets import Painted
from ncsn_viz.core.targets.painting import ImageMark, PointCloudMark
from ncsn_viz.lab.storage import mark_import
from ncsn_viz.lab.storage.mark_import import from_bytes, read

CASES = Path(__file__).parents[2] / "data" / "cases"
WINDOW = (-8.0, 8.0)


def png(values, mode="L", kind="PNG"):
    file = io.BytesIO()
    Image.fromarray(np.asarray(values), mode=None).convert(mode).save(file, kind)
    return file.getvalue()


def npy(values):
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def tiff(values):
    file = io.BytesIO()
    Image.fromarray(np.asarray(values, np.float32)).save(file, "TIFF")
    return file.getvalue()


def weights(mark):
    return Painted(strokes=(mark,)).weights()


# -- images ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ink", [0, 255])
def test_the_ink_is_the_mass_whatever_its_shade(ink):
    page = np.full((64, 64), 255 - ink, np.uint8)
    page[4:12, 40:60] = ink  # above the middle, on the right
    mark = from_bytes(png(page), "ink.png", WINDOW)
    assert isinstance(mark, ImageMark)
    assert mark.density == ("dark" if ink == 0 else "light")
    drawn = weights(mark)
    assert drawn[108, 100] == pytest.approx(1)
    assert drawn[20, 20] == 0
    assert drawn.sum() == pytest.approx(4 * (page == ink).sum(), rel=0.02)


def test_a_wide_image_keeps_its_shape():
    page = np.full((50, 200), 255, np.uint8)
    page[:, 150:] = 0
    mark = from_bytes(png(page), "wide.png", WINDOW)
    assert mark.box == pytest.approx((-8, 8, -2, 2))
    assert mark.columns == 128
    drawn = weights(mark)
    assert drawn[:47].max() == 0
    assert drawn[64, 100] == pytest.approx(1)


@pytest.mark.parametrize("shade", [0, 255])
def test_what_is_transparent_is_empty(shade):
    page = np.zeros((64, 64, 4), np.uint8)
    page[..., :3] = shade
    page[20:44, 20:44, 3] = 255
    file = io.BytesIO()
    Image.fromarray(page).save(file, "PNG")
    drawn = weights(from_bytes(file.getvalue(), "logo.png", WINDOW))
    assert drawn[64, 64] == pytest.approx(1)
    assert drawn[10, 10] == 0


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA"])
def test_a_large_image_is_made_smaller_before_it_becomes_numbers(mode):
    page = np.full((1536, 2048), 255, np.uint8)
    page[:512, 1024:] = 0
    content = png(page, mode)
    tracemalloc.start()
    try:
        mark = from_bytes(content, "large.png", WINDOW)
        assert tracemalloc.get_traced_memory()[1] < 4 * page.size  # as numbers it would be 16 times, and more
    finally:
        tracemalloc.stop()
    assert mark.box == pytest.approx((-8, 8, -6, 6))
    small = from_bytes(png(page[::16, ::16]), "small.png", WINDOW)
    assert weights(mark) == pytest.approx(weights(small), abs=0.01)


@pytest.mark.parametrize("shape", [(1, 2_000_000), (2_000_000, 1), (1500, 1400)])
def test_a_large_image_of_numbers_takes_a_few_times_its_size_whatever_its_shape(shape):
    page = np.zeros(shape, np.float32)
    page[shape[0] // 2 :, shape[1] // 2 :] = 7
    content = tiff(page)
    tracemalloc.start()
    try:
        mark = from_bytes(content, "large.tif", WINDOW)
        assert tracemalloc.get_traced_memory()[1] < 6 * page.nbytes
    finally:
        tracemalloc.stop()
    values = mark.values()
    assert values.shape == {1: (1, 128), 2_000_000: (128, 1), 1500: (128, 119)}[shape[0]]
    assert abs(values[0, -1] - values[-1, 0]) == pytest.approx(1, abs=0.01)  # from the lower right to the upper left


def test_other_formats_and_depths():
    page = np.zeros((32, 32), np.uint8)
    page[8:24, 8:24] = 255
    for kind in ("JPEG", "GIF", "BMP", "WEBP", "TIFF"):
        assert weights(from_bytes(png(page, kind=kind), "x", WINDOW))[64, 64] == pytest.approx(1, abs=0.05)
    deep = io.BytesIO()
    Image.fromarray(page.astype(np.uint16) * 100).save(deep, "PNG")
    assert weights(from_bytes(deep.getvalue(), "x.png", WINDOW))[64, 64] == pytest.approx(1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("paper", [1.0, -3e38])
def test_pixels_that_are_no_numbers_are_paper(bad, paper):
    page = np.full((32, 32), paper)
    page[8:24, 8:24] = 3e38  # the whole range is beyond the largest 32-bit number
    page[2, 2] = paper
    clean = read_tiff(page)
    page[2, 2] = bad
    broken = read_tiff(page)
    assert broken.mark.pixels == clean.mark.pixels
    assert (weights(broken.mark) == weights(clean.mark)).all()
    assert clean.notes == ()
    assert broken.notes == ("1 pixel that is no finite number was taken as empty, like the border",)


def read_tiff(page):
    return mark_import.imported(mark_import.source_of(tiff(page), "x.tif"), "x.tif", WINDOW)


def test_what_is_masked_out_around_a_map_is_empty():
    page = np.full((32, 32), np.nan)
    page[8:24, 8:24] = np.linspace(5, 6, 16)[:, None]
    found = read_tiff(page)
    assert weights(found.mark)[:30].max() == 0
    assert weights(found.mark).max() == pytest.approx(1, abs=0.02)
    assert found.notes == ("768 pixels that are not finite numbers were taken as empty, like the border",)


def test_the_case_of_a_float_picture_with_pixels_that_are_no_numbers():
    found = read(CASES / "Lf_nan.tif", WINDOW)
    with Image.open(CASES / "Lf_nan.tif") as image:
        values = np.array(image)
    known = np.isfinite(values)
    values[~known] = np.median(np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]]))
    assert found.mark.pixels == read_tiff(values).mark.pixels
    assert found.notes[0].startswith(f"{(~known).sum()} pixels that are not finite")


def bomb():
    """A PNG of a few bytes whose header has a width of a hundred thousand pixels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 10**5, 10**5, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


# -- points ---------------------------------------------------------------------------------------------------------


def test_points_that_fill_the_canvas_keep_their_coordinates_and_are_all_counted():
    values = np.random.default_rng(0).uniform(-7, 7, (5000, 2))
    mark = from_bytes(npy(values), "x.npy", WINDOW)
    assert isinstance(mark, PointCloudMark)
    assert not mark.fitted
    assert mark.count == 5000
    drawn = weights(mark) / weights(mark).sum()
    counts = np.histogram2d(values[:, 1], values[:, 0], bins=16, range=[WINDOW, WINDOW])[0] / 5000
    blocks = drawn.reshape(16, 8, 16, 8).sum(axis=(1, 3))
    assert np.abs(blocks - counts).max() < 0.1 * counts.max()  # points near the edge of a block are shared
    centres = -8 + (np.arange(128) + 0.5) / 8
    mean = np.array([drawn.sum(0) @ centres, drawn.sum(1) @ centres])
    assert np.abs(mean - values.mean(0)).max() < 1e-6


def test_other_points_are_fitted_with_their_shape_kept_and_can_be_put_back():
    rng = np.random.default_rng(1)
    values = np.stack([rng.uniform(100, 102, 4000), rng.uniform(50, 51, 4000)], axis=1)
    mark = from_bytes(npy(values.astype(np.float32)), "x.npy", WINDOW)
    assert mark.fitted
    row, column = np.nonzero(weights(mark))
    assert np.ptp(column) + 1 == pytest.approx(0.9 * 128, abs=3)
    assert np.ptp(row) + 1 == pytest.approx(0.45 * 128, abs=3)
    assert (row.min() + row.max()) / 2 == pytest.approx(63.5, abs=1)
    x0, x1, y0, y1 = mark.source_box
    assert (x0 + x1) / 2 == pytest.approx(101, abs=0.01)
    assert (y0 + y1) / 2 == pytest.approx(50.5, abs=0.01)


@pytest.mark.parametrize(
    "text",
    ["x,y\n1,2\n-3,4.5\n",
     ",x,y,label\n0,1,2,a\n1,-3,4.5,b\n", 'Y;"name";X\n2;a;1\n4,5;b;-3\n', "u v\n1 2\n-3 4.5",
     "1 2\n-3 4.5", "1\t2\n\n# note\n-3\t4.5", "1;2\n-3;4,5", "1, 2, 9\n-3, 4.5, 9\n", "\ufeff1,2\n-3,4.5"],
)  # fmt: skip
def test_tables_of_many_sorts(text):
    mark = from_bytes(text.encode(), "x.csv", WINDOW)
    assert mark.count == 2
    drawn = weights(mark)
    assert drawn[79:81, 71:73].sum() == pytest.approx(1)
    assert drawn[99:101, 39:41].sum() == pytest.approx(1)
    assert drawn.sum() == pytest.approx(2)


def test_one_point_is_enough():
    assert weights(from_bytes(b"3 4", "x", WINDOW))[63:65, 63:65].sum() == pytest.approx(1)
    assert weights(from_bytes(b"5e8 5e-8", "x", WINDOW))[63:65, 63:65].sum() == pytest.approx(1)


BAD = {
    "empty": (b"", "x.csv", "is empty"),
    "no numbers": (b"\n\n# nothing\n", "x.csv", "no numbers"),
    "words": (b"a,b\nc,d\n", "x.csv", "two numbers in every row, and row 2 reads “c,d”"),
    "one column": (b"1\n2\n3\n", "x.csv", "two numbers in every row, and row 1 reads “1”"),
    "not a number": (b"1,2\nnan,3\n4\n", "x.csv", "two numbers in every row, and row 2 reads “nan,3”"),
    "infinite": (npy(np.array([[1.0, np.inf]])), "x.npy", "point 1 reads “1.0 inf”"),
    "far": (b"1e300,2", "x.csv", "beyond"),
    "one column of an array": (npy(np.zeros(7)), "x.npy", "row of two numbers for every point, x and y, and is 7"),
    "narrow array": (npy(np.zeros((7, 1))), "x.npy", "and is 7 × 1"),
    "no points": (npy(np.zeros((0, 2))), "x.npy", "1 to 2,000,000 points, and has 0"),
    "objects": (npy(np.array([{"a": 1}, None], dtype=object)), "x.npy", "plain numbers"),
    "cut array": (npy(np.zeros((100, 2)))[:300], "x.npy", "plain numbers"),
    "boastful array": (npy(np.zeros((9, 2))).replace(b"(9, 2)", b"(99999999999, 2)"), "x.npy", "plain numbers"),
    "binary table": (b"\x00\x01\xff", "x.csv", "is not a text file with rows of numbers"),
    "no image": (b"hello", "x.png", "is not an image"),
    "cut image": (png(np.random.default_rng(0).integers(0, 255, (99, 99), np.uint8))[:2000], "x.png", "damaged"),
    "bomb": (bomb(), "x.png", "million pixels"),
    "svg": (b"<svg/>", "x.svg", "needs two numbers in every row, and row 1 reads “<svg/>”"),
    "no number at all": (tiff(np.full((4, 4), np.nan)), "x.tif", "has no pixel with a number"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_files_give_one_clear_sentence(name, tmp_path):
    content, file, sentence = BAD[name]
    (tmp_path / file).write_bytes(content)
    with pytest.raises(ValidationError, match=sentence.replace("×", ".")) as error:
        read(tmp_path / file, WINDOW)
    assert str(error.value).startswith(file)


def test_too_much_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(mark_import, "MAX_BYTES", 1000)
    (tmp_path / "x.csv").write_bytes(b"1,2\n" * 300)
    with pytest.raises(ValidationError, match="too large for an import"):
        read(tmp_path / "x.csv", WINDOW)
    with pytest.raises(ValidationError, match="cannot read"):
        read(tmp_path / "nothing.csv", WINDOW)
