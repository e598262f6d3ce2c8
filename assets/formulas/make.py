"""Typeset the formula of every objective and sampler as an SVG beside this script.

Run it after a formula has changed: `python assets/formulas/make.py`. It needs ziamath, which the program does not need.
"""

from __future__ import annotations

import re
from pathlib import Path

import ziamath

from ncsn_viz.core.objectives import OBJECTIVES
from ncsn_viz.core.samplers import SAMPLERS

HERE = Path(__file__).parent
SIZE = 16
MAX_WIDTH = 240  # pixels at SIZE, the width of a column: wider formulas are broken into lines


def typeset(formula: str) -> str:
    """The formula as an SVG that QtSvg draws: plain black paths with two decimals."""
    svg = _svg(formula)
    for breaks in (_parts, lambda text: [line for part in _parts(text) for line in _sum(part)]):
        if _width(svg) > MAX_WIDTH:
            svg = _svg(_stacked(breaks(formula)))
    return re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), svg)


def _svg(formula: str) -> str:
    return str(ziamath.Latex(formula, size=SIZE).svg())


def _width(svg: str) -> float:
    return float(re.search(r'width="([\d.]+)"', svg)[1])


def _stacked(lines: list[str]) -> str:
    if len(lines) == 1:
        return lines[0]
    return r"\begin{array}{l}" + r" \\ ".join(rf"\displaystyle {line}" for line in lines) + r"\end{array}"


def _parts(formula: str) -> list[str]:
    """The equations of a formula, which a comma and a quad separate."""
    return re.split(r",\s*\\q?quad\s*", formula)


def _sum(formula: str) -> list[str]:
    """The formula before and from its last plus outside brackets."""
    depth, last = 0, 0
    for found in re.finditer(r"[{}()\[\]]| \+ ", formula):
        depth += {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}.get(found[0], 0)
        if found[0] == " + " and depth == 0:
            last = found.start()
    return [formula[:last], r"\quad " + formula[last:].strip()] if last else [formula]


def main() -> None:
    """Write all formulas."""
    ziamath.config.svg2 = False  # SVG 2 refers to symbols, which QtSvg does not draw
    for kind in (*OBJECTIVES, *SAMPLERS):
        if kind.formula:
            path = HERE / f"{kind.kind}.svg"
            path.write_text(typeset(kind.formula), encoding="utf-8")
            print(f"{path.name}: {path.stat().st_size} bytes, {_width(path.read_text()):.0f} wide")


if __name__ == "__main__":
    main()
