"""Arguments that several commands share."""

from __future__ import annotations

import argparse


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add `--device` to a parser."""
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="where to compute (default: the best)"
    )


def count(text: str) -> int:
    """The type of an argument that is a whole number from 0 on."""
    if not text.isdecimal() or len(text) > 19:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def minutes(text: str) -> float:
    """The type of an argument in minutes, above 0 and at most 10,000."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes above 0, 10000 at most")
    return value
