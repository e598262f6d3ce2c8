"""Generators of hostile input: files of every kind that the program reads, and changes for `--set`."""

from __future__ import annotations

import copy
import io
import json
import random
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from helpers import random_settings
from PIL import Image

from ncsn_viz.core.knobs import to_json
from ncsn_viz.core.targets import TARGETS, Painted
from ncsn_viz.core.targets.painting import MARKS
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.storage import KINDS

CASES = Path(__file__).parent / "data" / "cases"
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 2, 0.5, -0.0, 1e-320, 1e-9, 1e9, 1e308, -1e308, 2**31, 2**63, -(2**63), 10**29, 1e4,
    "", "a", "0", "moons", "painted", "σ\n<b>", "\u202e", "x" * 300, "A" * 61, "eNoDAAAAAAE=", "f4:eNoDAAAAAAE=",
    "====",
    [], [0], [1], [[]], [[0, 0]], [0, 0], [0, 1e-12], [1, 0], [0, 0, 0, 0], [0, 1e-9, 0, 1e-9], [0, 1, 0, 1e-300],
    [[1, 2], [1, 2]], [[0]], [None], ["a"], [[[[]]]], [1e308, -1e308], {}, {"kind": "moons"}, {"kind": []},
    {"kind": None}, {"a": 1}, {"kind": "mixture", "weights": [0], "means": [[0, 0]], "stds": [1]}, {"kind": "painted"},
]  # fmt: skip
TOKENS = [b"NaN", b"Infinity", b"1e999", b"-", b"[" * 50, b"{" * 50, b"\\ud800", b'"', b"\\", b"\x00", b"\xff", b",",
          b":", b"9" * 400, b"null", b"\xef\xbb\xbf", b"]", b"}", b'"kind":', b"\r", b"//"]  # fmt: skip
CELLS = ["1", "-2.5", "1,5", "NA", "", "nan", "inf", "-inf", "1e308", "1e309", "1e-320", "x", "y", "id", '"1"',
         '"a, b"', "1_0", "0x1", "١", "−3", "1.5D+00", "#", "a b", "\x00", "\x1b", "9" * 400, "'2'", '"', "[1", "2]",
         "1e5", "3"]  # fmt: skip
BETWEEN = [",", ";", "\t", " ", "  ", "|", ", "]
ENDS = ["\n", "\r\n", "\r", "\n\n"]


def paths(data: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path in a tree of JSON, inner ones first."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*before, key)
        yield from paths(value, (*before, key))


def experiments(rng: random.Random) -> Iterator[bytes]:
    """Files that nearly are experiments, without end."""
    while True:
        spec = random_settings(Spec, rng)
        if rng.random() < 0.5:
            spec = random_painting(spec, rng)
        for _ in range(20):
            yield _broken_json(to_json(spec), rng)


def presets(rng: random.Random) -> Iterator[bytes]:
    """Files that nearly are presets, without end."""
    while True:
        target = to_json(random_settings(rng.choice(TARGETS), rng))
        for _ in range(20):
            yield _broken_json({"format": "ncsn-viz-preset/1", "name": "mine", "target": target}, rng)


def random_painting(spec: Spec, rng: random.Random) -> Spec:
    """The Spec with marks of every kind as its target."""
    return replace(spec, target=Painted(strokes=tuple(random_settings(kind, rng) for kind in MARKS)))


def _broken_json(data: Any, rng: random.Random) -> bytes:
    data = copy.deepcopy(data)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        if found := list(paths(data)):
            _break_at(data, rng.choice(found), rng)
    text = json.dumps(data).encode("utf-8", "surrogatepass")
    return _broken_bytes(text, rng, TOKENS) if rng.random() < 0.3 else text


def _break_at(data: Any, path: tuple[Any, ...], rng: random.Random) -> None:
    *inner, last = path
    for key in inner:
        data = data[key]
    act = rng.random()
    if act < 0.8:
        data[last] = copy.deepcopy(rng.choice(VALUES))
    elif act < 0.9:
        del data[last]
    elif isinstance(data, dict):
        data[rng.choice(["kind", "x", "σ", "<b>", "pixels", "strokes", "base", "run", "format"])] = rng.choice(VALUES)
    else:
        data.append(copy.deepcopy(data[last]))


def _broken_bytes(content: bytes, rng: random.Random, tokens: list[bytes]) -> bytes:
    """The content, cut, with bytes flipped, or with a token in it."""
    at = rng.randrange(len(content) + 1)
    act = rng.randrange(4)
    if act == 0:
        return content[:at]
    if act == 1:
        return content[:at] + rng.choice(tokens) + content[at:]
    if act == 2:
        return content[:at] + content[at + rng.randrange(1, 40) :]
    changed = bytearray(content)
    for _ in range(rng.choice((1, 3, 20))):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def tables(rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """Names and contents of files that nearly are tables of points, without end."""
    whole = [path.read_bytes() for path in sorted(CASES.glob("*.[ct][sx][vt]"))]
    tokens = [cell.encode() for cell in CELLS]
    while True:
        name = rng.choice(["x.csv", "x.txt", "x.dat", "x", "x.json", "σ.xy"])
        if rng.random() < 0.3:
            yield name, _broken_bytes(rng.choice(whole), rng, tokens)
            continue
        between, end, width = rng.choice(BETWEEN), rng.choice(ENDS), rng.randint(1, 5)
        rows = [
            [_cell(rng) for _ in range(max(1, width + rng.choice((0, 0, 0, 0, -1, 1))))]
            for _ in range(rng.randint(0, 30))
        ]
        text = end.join(between.join(row) for row in rows)
        encoding = rng.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"])
        yield name, text.encode(encoding, "replace")


def _cell(rng: random.Random) -> str:
    return rng.choice(CELLS) if rng.random() < 0.2 else f"{rng.uniform(-9, 9):.3f}"


def arrays(rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """NPY files that nearly are arrays of points, without end."""
    kinds = ["<f8", "<f4", ">f8", "<f2", "<i4", "|u1", "<c16", "|b1", "<f16", ">u8"]
    words = [b"9" * 30, b"(", b"'", b"{", b"-", b"True", b"|O", b"<U8", b"1, " * 40, b"\x00", b"L", b"__import__('os')"]
    while True:
        shape = tuple(rng.choice((0, 1, 2, 3, 7, 40)) for _ in range(rng.randint(0, 3)))
        shape = rng.choice((shape, (40, 2), (2, 40), (40, 3)))
        values = np.array(
            rng.choices([0.0, 1.5, -7, 1e200, np.nan, np.inf], [99, 99, 99, 1, 1, 1], k=int(np.prod(shape, dtype=int)))
        )
        file = io.BytesIO()
        with np.errstate(all="ignore"):
            np.save(file, values.reshape(shape).astype(rng.choice(kinds)))
        content = file.getvalue()
        head = _broken_bytes(content[10:128], rng, words)
        yield "x.npy", rng.choice((content, content, content[:8] + struct.pack("<H", len(head)) + head + content[128:],
                                   _broken_bytes(content, rng, words)))  # fmt: skip


def images(rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """Files that nearly are images, without end."""
    while True:
        rows, columns = rng.choice((1, 2, 9, 40)), rng.choice((1, 3, 8, 200))
        page = np.frombuffer(rng.randbytes(rows * columns * 4), np.uint8).reshape(rows, columns, 4)
        mode, suffix = rng.choice([("L", "png"), ("RGBA", "png"), ("L", "jpeg"), ("P", "gif"), ("RGB", "bmp"),
                                   ("RGB", "webp"), ("F", "tiff"), ("I;16", "tiff"), ("1", "png")])  # fmt: skip
        if mode == "F":
            image = Image.fromarray(np.array(rng.choices([0.0, 1.0, np.nan, np.inf, -3e38, 3e38], k=rows * columns),
                                             np.float32).reshape(rows, columns))  # fmt: skip
        elif mode == "I;16":
            image = Image.fromarray(page.view(np.uint16)[..., 0].copy())
        else:
            image = Image.fromarray(page).convert(mode)
        file = io.BytesIO()
        image.save(file, suffix)
        content = file.getvalue()
        yield f"x.{suffix}", content if rng.random() < 0.3 else _broken_bytes(content, rng, TOKENS)


def changes(spec: Spec) -> Iterator[str]:
    """Every value of a Spec set to every hostile text: arguments of `--set`."""
    texts = [
        "",
        "-1",
        "0",
        "1e999",
        "NaN",
        "null",
        "true",
        "[]",
        "[1]",
        "{}",
        '{"kind": 1}',
        '"',
        "9" * 40,
        "[[[[",
        "moons",
    ]
    texts += ["[0, 0]", "[[0, 0]]", "1e-12", "langevin", "\\ud800", '"\\ud800"', "x=y", "😀"]
    for path in paths(to_json(spec)):
        yield from (f"{'.'.join(map(str, path))}={text}" for text in texts)
    yield from (
        f"{part}={kind}" for part in ("target", "lanes.0.objective", "lanes.0.net", "lanes.0.sampler") for kind in KINDS
    )
