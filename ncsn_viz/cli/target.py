"""`--target FILE`: points or an image in place of an experiment's target."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ncsn_viz.cli.streams import say
from ncsn_viz.core.knobs import ValidationError

if TYPE_CHECKING:
    from ncsn_viz.core.targets import Formula
    from ncsn_viz.lab.experiment import Spec
    from ncsn_viz.lab.storage import Columns, PointTable


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add `--target`, `--columns`, `--density` and `--energy` to a parser."""
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "--target", type=Path, metavar="FILE",
        help="in place of the experiment's target: points (CSV and other tables, NPY) or an image, on an empty canvas",
    )  # fmt: skip
    parser.add_argument(
        "--columns", metavar="X,Y", help="the columns of x and y in that table, by heading or by number from 1 on"
    )

    for name, meaning in (("density", "p"), ("energy", "−log p")):
        chosen.add_argument(
            f"--{name}", metavar="FORMULA",
            help=f"in place of the experiment's target: {meaning} as a formula in x and y over its window; "
                 "`ncsn-viz list` has the functions",
        )  # fmt: skip


def with_target(spec: Spec, options: argparse.Namespace) -> Spec:
    """The Spec with the target that the options give, if they do, and notes on it on stderr. Raises ValidationError."""
    if options.columns is not None and options.target is None:
        raise ValidationError("--columns needs --target FILE")
    for gives in ("density", "energy"):
        if (text := getattr(options, gives)) is not None:
            return replace(spec, target=_formula(text, gives, spec.window))
    return spec if options.target is None else _with_file(spec, options)


def _formula(text: str, gives: str, window: tuple[float, float]) -> Formula:
    from ncsn_viz.core.targets import Formula

    try:
        return Formula(text, gives, window)
    except ValidationError as error:
        raise ValidationError(error.message, (f"--{gives}",)) from None


def _with_file(spec: Spec, options: argparse.Namespace) -> Spec:
    """The Spec with the file of `--target` as its target."""
    from ncsn_viz.core.targets.painting import PointCloudMark, painting_of
    from ncsn_viz.lab.storage import PointTable, mark_import

    found, name = mark_import.source(options.target, pipe=True), options.target.name
    columns = None
    if options.columns is not None:
        if not isinstance(found, PointTable):
            raise ValidationError(f"{name}: is an image, and has no --columns")
        columns = _columns(found, options.columns)
    imported = mark_import.imported(found, name, spec.window, columns)
    for note in imported.notes:
        say(f"note: {name}: {note}")
    if isinstance(imported.mark, PointCloudMark) and imported.mark.fitted:
        say(f"note: {name}: the points are scaled and moved to fill the canvas; --set target.strokes.0.fitted=false "
            "keeps their own coordinates")  # fmt: skip
    return replace(spec, target=replace(painting_of(spec.target, spec.window), base=None, strokes=(imported.mark,)))


def _columns(table: PointTable, text: str) -> Columns:
    """The indices of two columns named `X,Y`."""
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2:
        raise ValidationError(f"--columns needs two columns, like 2,3 or lon,lat, not {text!r}")
    return _index(table, names[0]), _index(table, names[1])


def _index(table: PointTable, name: str) -> int:
    if name in table.names:
        return table.names.index(name)
    if name.isdecimal() and 1 <= int(name[:9]) <= max(map(len, table.head)):
        return int(name) - 1
    known = ", ".join(table.name(column) for column in table.numeric)
    raise ValidationError(f"--columns: there is no column {name!r}; columns of numbers are {known}")
