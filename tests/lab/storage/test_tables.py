"""Tables of points as programs write them: the right columns, the right rows, and a sentence where that is unclear."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.targets import Painted
from ncsn_viz.lab.storage import PointTable, mark_import, point_table, text_table
from ncsn_viz.lab.storage.mark_import import source, source_of

CASES = Path(__file__).parents[2] / "data" / "cases"
EIGHT = [(-6, -6), (6, -6), (6, 6), (-6, 6), (0.435, 2.87), (1.286, 4), (0.118, 2.059), (-3.5, 1.25)]
FAITHFUL = [(3.6, 79), (1.8, 54), (3.333, 74), (2.283, 62), (4.533, 85), (2.883, 55)]


def table(text, name="x.csv"):
    found = source_of(text.encode() if isinstance(text, str) else text, name)
    assert isinstance(found, PointTable)
    return found


def points(text, name="x.csv"):
    """The points without any note, as tuples."""
    found, notes = table(text, name).points()
    assert notes == ()
    return [tuple(row) for row in found.tolist()]


def npy(values, **options):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(values), **options)
    return file.getvalue()


# -- the cases ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["quoted.csv", "quoted_comma.csv", "tab_comma.tsv", "space_comma.txt", "cr_only.csv", "pandas_index.csv",
     "r_rownames.txt", "r_rownames_q.txt"],
)  # fmt: skip
def test_tables_of_other_programs_have_the_same_eight_points(name):
    found = source(CASES / name)
    assert found.clear
    values, notes = found.points()
    assert (values.tolist(), notes) == ([list(point) for point in EIGHT], ())


@pytest.mark.parametrize("name", ["faithful_id.csv", "faithful_rdatasets.csv"])
def test_the_number_of_a_row_is_no_coordinate(name):
    found = source(CASES / name)
    values, notes = found.points()
    assert (found.columns, found.clear, notes) == ((1, 2), True, ())
    assert values[:6].tolist() == [list(point) for point in FAITHFUL]
    assert (values.min(0).tolist(), values.max(0).tolist()) == ([1.6, 47], [4.8, 88])


def test_a_transposed_array_has_a_point_a_column():
    values, notes = source(CASES / "transposed.npy").points()
    assert values.tolist() == [list(point) for point in EIGHT]
    assert notes == ("the array is 2 × 8: its first row is x, its second y",)


def test_a_broken_row_is_told_with_its_number():
    values, notes = source(CASES / "na.csv").points()
    assert values.tolist() == [[1, 2], [4, 5]]
    assert notes == ("1 row was left out, without two finite numbers: row 3 reads “NA,3”",)
    first, notes = table("NA,3\n1,2\n4,5\n").points()  # a heading has no number in it
    assert (first.tolist(), notes[0][-20:]) == ([[1, 2], [4, 5]], ": row 1 reads “NA,3”")


def test_two_headings_and_two_pairs_of_columns():
    found = source(CASES / "two_heads.tsv")
    assert (found.names, found.clear) == (("away x", "away y", "dino x", "dino y"), False)
    values, notes = found.points()
    assert values.tolist() == [list(point) for point in EIGHT]
    assert notes[0].startswith("x and y were taken from columns 1: away x and 2: away y, of 1: away x,")
    values, notes = found.points((3, 2))
    assert (values[4].tolist(), notes) == ([2.87, 0.435], ())


@pytest.mark.parametrize("resolution", [16, 65, 128, 512])
def test_one_point_fitted_is_in_the_middle_with_the_bandwidth_as_its_deviation(resolution):
    mark = mark_import.read(CASES / "one.csv", (-8, 8)).mark
    for fitted, centre in ((True, (0, 0)), (False, (3, 2))):
        target = Painted(strokes=(replace(mark, fitted=fitted),), resolution=resolution)
        weights, nodes = target.weights() / target.weights().sum(), (np.arange(resolution) + 0.5) * 16 / resolution - 8
        for axis, middle in enumerate(centre):
            share = weights.sum(axis)
            mean = share @ nodes
            assert mean == pytest.approx(middle, abs=1e-9)
            # a point between the centres of two cells is shared: at most half a cell each way is added
            assert share @ (nodes - mean) ** 2 <= (8 / resolution) ** 2 * 1.001


def test_exponents_of_fortran():
    assert source(CASES / "d_exponent.txt").points()[0].tolist() == [[1.5, 2.5], [-1, 3]]


def test_one_point():
    assert source(CASES / "one.csv").points()[0].tolist() == [[3, 2]]


@pytest.mark.parametrize("name", ["a.dat", "a.xy", "points", "a.tab", "a.data", "A.CSV", "a.b c", ".csv"])
def test_the_content_decides_not_the_name(name):
    assert points("# x y\n1 2\n3 4.5\n", name) == [(1, 2), (3, 4.5)]
    assert points("1;2\r\n3;4,5\r\n", name) == [(1, 2), (3, 4.5)]


# -- separators, numbers, headings ----------------------------------------------------------------------------------


SAME = {
    "commas": "1,2\n3,4.5\n",
    "commas and spaces": "1, 2\n3, 4.5\n",
    "trailing commas": "1,2,\n3,4.5,\n",
    "semicolons": "1;2\n3;4,5\n",
    "semicolons and points": "x;y\n1;2\n3;4.5\n",
    "bars": "| 1 | 2 |\n| 3 | 4.5 |\n",
    "many spaces": "   1    2\n   3    4.5   \n",
    "tabs and spaces": "1\t 2\n3\t 4.5\n",
    "decimal commas": "1,0 2,0\n3,0 4,5\n",
    "brackets": "[[1, 2],\n [3, 4.5]]\n",
    "numpy prints": "[[1.  2. ]\n [3.  4.5]]\n",
    "tuples": "(1, 2)\n(3, 4.5)\n",
    "quotes": '"1","2"\n"3","4.5"\n',
    "some quotes": '1,"2"\n3,"4.5"\n',
    "single quotes": "'1','2'\n'3','4.5'\n",
    "labels": "x,y,label\n1,2,a\n3,4.5,b\n",
    "labels first": "label,x,y\na,1,2\nb,3,4.5\n",
    "labels with commas": '"x","y","label"\n1,2,"a, b"\n3,4.5,"c ""d"" 7"\n',
    "labels with spaces": '"x" "y"\n"Mazda RX4" 1 2\n"Fiat 128" 3 4.5\n',
    "turned columns": "y,x\n2,1\n4.5,3\n",
    "capitals": "Name;Y;X\nq;2;1\nr;4,5;3\n",
    "places": "name,lat,lon\na,2,1\nb,4.5,3\n",
    "depth beside": "x,y,z\n1,2,7\n3,4.5,8\n",
    "units": "x,y\nm,m\n1,2\n3,4.5\n",
    "title": "My points\n\nx y\n1 2\n3 4.5\n",
    "comments": "% made by hand\n# x y\n1 2 # first\n\n3 4.5\n// end\n",
    "named by a comment": "# id x y\n5 1 2\n9 3 4.5\n",
    "carriage returns": "1 2\r3 4.5\r",
    "mixed ends": "1 2\r\n\r\n3 4.5\n",
    "no last end": "1 2\n3 4.5",
    "byte order mark": "\ufeff1,2\n3,4.5\n",
    "typographic minus": "1,2\n3,4.5\n",
    "exponents": "1e0,2E+0\n3d0,.45D1\n",
    "numbers of rows": "i,x,y\n1,1,2\n2,3,4.5\n",
    "R": '"","x","y"\n"1",1,2\n"2",3,4.5\n',
    "R subset": '"","u","v"\n"3",1,2\n"17",3,4.5\n',
    "pandas": ",u,v\n0,1,2\n1,3,4.5\n",
    "pandas without names": ",0,1\n0,1,2\n1,3,4.5\n",
    "index": "index u v\n1 1 2\n2 3 4.5\n",
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_one_table_in_many_forms(name):
    assert points(SAME[name]) == [(1, 2), (3, 4.5)]


def test_encodings():
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "latin-1"):
        assert points("Größe;Höhe\n1;2\n3;4,5\n".encode(encoding)) == [(1, 2), (3, 4.5)]
    assert points("x,y\n−1,−2\n") == [(-1, -2)]


UNCLEAR = {
    "three": ("1,2,9\n3,4.5,7\n", (0, 1)),
    "counted": ("1,5,2\n2,7,4\n3,5,4\n", (1, 2)),
    "three named": ("a,b,c\n5,2,9\n3,4.5,7\n", (0, 1)),
    "numbers that jump": ("id,a,b\n4,5,2\n9,7,4\n", (1, 2)),
    "principal components": ("x1,x2,x3\n5,2,9\n3,4.5,7\n", (0, 1)),
    "a matrix": ("1 2 3 4\n5 6 7 8\n9 10 11 12\n", (0, 1)),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_more_than_two_columns_are_unclear_and_that_is_told(name):
    text, columns = UNCLEAR[name]
    found = table(text)
    assert (found.columns, found.clear) == (columns, False)
    assert found.points()[1][0].startswith("x and y were taken from columns ")
    assert found.points((1, 0))[1] == ()
    assert len(found.values) == len(found.head) == len(found.points()[0])


def test_two_columns_are_the_points_whatever_they_are_called():
    for text in ("1 5\n2 7\n3 5\n", "id,x\n1,5\n2,7\n3,5\n"):
        assert table(text).clear
        assert points(text) == [(1, 5), (2, 7), (3, 5)]


def test_a_heading_does_not_break_a_line():
    found = table("a\u2028b,c\x1b,d\n1,2,3\n4,5,7\n".replace("\x1b", "\x85"))
    assert [found.name(column) for column in range(3)] == ["1: a\\u2028b", "2: c\\x85", "3: d"]


def test_columns_without_numbers_cannot_be_chosen():
    with pytest.raises(ValidationError, match="no numbers in column 3; columns of numbers are 1: x, 2: y"):
        table("x,y,z\n1,2,a\n3,4,b\n").points((0, 2))


def test_two_rows_of_different_lengths_are_rows():
    found, notes = table("0,1,2,3,4\n5,6\n").points()
    assert found.tolist() == [[0, 1], [5, 6]]
    assert notes[0].startswith("x and y were taken from columns 1 and 2")


def test_two_rows_of_many_numbers_are_all_x_and_all_y():
    values, notes = table("0,1,2,3,4\n5,6,7,8,9\n").points()
    assert values.tolist() == [[0, 5], [1, 6], [2, 7], [3, 8], [4, 9]]
    assert notes == ("the file has 2 rows of 5 numbers: the first is x, the second y",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x,y\n1,2\n3\n4,inf\nNA,\n7,8\n5,6\n9,9\n", "3 rows were left out, without two finite numbers: row 3 reads "
         "“3”; row 4 reads “4,inf”; row 5 reads “NA,”"),
        ("1 2\nthe end\n", "row 2 reads “the end”"),
        ("1,2\n1_0,3\n5,6\n", "row 2 reads “1_0,3”"),
        ("1 2\n" * 20 + "x\n" * 9, "9 rows were left out, without two finite numbers: row 21 reads “x”; row 22 "
         "reads “x”; row 23 reads “x” …"),
        ("1 2\n\x1b[31mred\n", r"row 2 reads “\x1b[31mred”"),
        ("1 2\n" + "z" * 99 + "\n", "row 2 reads “" + "z" * 39 + "…”"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_read_are_left_out_and_told(text, words):
    found, notes = table(text).points()
    assert words in notes[0]
    assert len(found) == text.count("\n") - text.count("x,y") - len(
        [line for line in text.splitlines() if line in ("3", "4,inf", "NA,", "x") or line[0] in "tz\x1b" or "_" in line]
    )


def test_more_broken_rows_than_points_are_refused():
    with pytest.raises(ValidationError, match="needs two numbers in every row, and row 2 reads “a b”"):
        table("1 2\na b\nc d\n").points()
    with pytest.raises(ValidationError, match=r"needs two numbers in every row, and point 1 reads “inf 2\.0”"):
        table(npy([[np.inf, 2], [1, np.nan], [1, 2]])).points()


# -- limits ---------------------------------------------------------------------------------------------------------


def peak(call):
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_million_empty_lines_take_no_memory(monkeypatch):
    """A line is read at a time: 64 MB of them took 7 GB."""
    monkeypatch.setattr(text_table, "MAX_LINES", 10_000)
    content = b"1,2\n" + b"\n" * 2**20

    def read():
        with pytest.raises(ValidationError, match="has more than 10,000 lines: too many to import"):
            table(content).points()

    assert peak(read) < 2**20


def test_rows_take_their_numbers_and_stop_at_the_limit(monkeypatch):
    monkeypatch.setattr(point_table, "MAX_POINTS", 20_000)
    rows = table(b"1.25,2.5\n" * 20_000)
    assert peak(lambda: rows.points()) < 20_000 * 60  # two arrays of numbers, then one of both
    more = table(b"1.25,2.5\n" * 200_000)
    start = time.perf_counter()
    with pytest.raises(ValidationError, match="has more than 20,000 rows"):
        more.points()
    assert time.perf_counter() - start < 2
    with pytest.raises(ValidationError, match="needs two numbers"):
        table(b"1,2\n" * 600 + b"x\n" * 30_000).points()


def test_a_line_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(text_table, "MAX_LINE", 1000)
    with pytest.raises(ValidationError, match="more than 1,000 characters in row 2"):
        table("1,2\n" + "3," * 2000)


# -- NPY files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2", "<i2", ">u4", "|u1", "<f16", "<i8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_all_kinds_of_numbers(dtype, order):
    values = np.array([[1, 2], [3, 4], [5, 6]], dtype=dtype, order=order)
    for version in ((1, 0), (2, 0), (3, 0)):
        assert points(npy(values, version=version)) == [(1, 2), (3, 4), (5, 6)]


def test_arrays_of_more_columns():
    found = table(npy([[0, 5, 6], [1, 7, 8], [2, 9, 8]]))
    assert (found.columns, found.clear) == ((1, 2), False)
    assert found.points()[0].tolist() == [[5, 6], [7, 8], [9, 8]]
    assert found.points((0, 2))[0].tolist() == [[0, 6], [1, 8], [2, 8]]
    assert table(npy([[4, 5, 6], [1, 7, 8]])).columns == (0, 1)


def test_points_of_an_array_that_are_not_finite_are_told():
    found, notes = table(npy([[1, 2], [np.nan, 3], [4, 5.5]])).points()
    assert found.tolist() == [[1, 2], [4, 5.5]]
    assert notes == ("1 row was left out, without two finite numbers: point 2 reads “nan 3.0”",)


def with_header(text, data=b"\0" * 64, version=b"\x01\x00"):
    text = text.encode("latin-1")
    return b"\x93NUMPY" + version + struct.pack("<H" if version[0] == 1 else "<I", len(text)) + text + data


GOOD = "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 2), }\n"
BAD = {
    "an open bracket": GOOD.replace("}", ""),  # as Python code it raised TokenError
    "too large a number": GOOD.replace("(4, 2)", "(4, 99999999999999999999999)"),  # OverflowError
    "nothing times too many": GOOD.replace("(4, 2)", "(0, 999999999999999999999)"),
    "more than there is": GOOD.replace("(4, 2)", "(400, 2)"),
    "below 0": GOOD.replace("(4, 2)", "(-4, -2)"),
    "many dimensions": GOOD.replace("(4, 2)", f"({'1, ' * 99}2)"),
    "digits without end": GOOD.replace("(4, 2)", f"({'1' * 9000}, 2)"),
    "objects": GOOD.replace("<f8", "|O"),
    "text": GOOD.replace("<f8", "<U8"),
    "records": GOOD.replace("'<f8'", "[('x', '<f8')]"),
    "complex numbers": GOOD.replace("<f8", "<c16"),
    "no such integers": GOOD.replace("<f8", "<i16"),
    "code": "__import__('os').system('true')",
    "deep": "(" * 9000,
    "nothing": "",
    "huge": GOOD + " " * 20_000,
}


@pytest.mark.parametrize("name", BAD)
def test_headers_of_all_sorts_are_one_sentence(name):
    if name != "an open bracket":  # its three entries are there: it is read
        with pytest.raises(ValidationError, match="not an NPY file of plain numbers"):
            table(with_header(BAD[name]), "x.npy")
    else:
        assert points(with_header(BAD[name]), "x.npy") == [(0, 0)] * 4


@pytest.mark.parametrize("content", [b"\x93NUMPY", b"\x93NUMPY\x01\x00\xff", with_header(GOOD, b"", b"\x09\x00")])
def test_headers_that_are_cut(content):
    with pytest.raises(ValidationError, match="not an NPY file of plain numbers"):
        table(content, "x.npy")


def test_wide_arrays_are_refused():
    with pytest.raises(ValidationError, match="has 20,000 numbers a row"):
        table(npy(np.zeros((3, 20_000), np.uint8)))


def test_steps_between_numbers_that_are_not_finite():
    assert table(npy([[np.inf, 1], [np.inf, 2], [3, 4], [5, 6], [7, 8]])).points()[0].tolist() == [
        [3, 4],
        [5, 6],
        [7, 8],
    ]


# -- what becomes of it ---------------------------------------------------------------------------------------------


def test_what_was_read_and_its_notes_come_together():
    found = mark_import.read(CASES / "two_heads.tsv", (-8, 8), (1, 0))
    assert (found.mark.count, found.notes) == (8, ())
    assert found.mark.name == "two_heads.tsv"
    with pytest.raises(ValidationError, match=r"two_heads\.tsv: has no numbers in column 9"):
        mark_import.read(CASES / "two_heads.tsv", (-8, 8), (8, 0))


def test_the_name_of_a_file_may_hold_what_no_experiment_can():
    for name in ("\udcff\n.csv", "\x1b[31m.csv", "x" * 300 + ".csv"):
        mark = mark_import.imported(table("1,2\n3,4\n"), name, (-8, 8)).mark
        assert mark.name.isprintable()
        assert len(mark.name) <= 200
    with pytest.raises(ValidationError, match="holds JSON, not rows of numbers"):
        source_of(b' {"seed": 1}', "experiment")
