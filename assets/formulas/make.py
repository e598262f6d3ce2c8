"""Typesets the formula of every objective and sampler into an SVG beside this script.

Run it after a formula has changed: `python assets/formulas/make.py`. It needs ziamath, which the program does not.
"""

from __future__ import annotations

import re
from pathlib import Path

import ziamath

from ncsn_viz.core.objectives import OBJECTIVES
from ncsn_viz.core.samplers import SAMPLERS

HERE = Path(__file__).parent
SIZE = 16


def typeset(formula: str) -> str:
    """The formula as an SVG that QtSvg draws: plain black paths, two decimals; parts set off by \\qquad in lines."""
    parts = formula.split(r", \qquad ")
    if len(parts) > 1:  # a column is narrow
        formula = r"\begin{array}{l}" + r" \\ ".join(rf"\displaystyle {part}" for part in parts) + r"\end{array}"
    svg = ziamath.Latex(formula, size=SIZE).svg()
    return re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), svg)


def main() -> None:
    """Write them all."""
    ziamath.config.svg2 = False  # its default refers to symbols, of which QtSvg draws nothing
    for kind in (*OBJECTIVES, *SAMPLERS):
        if kind.formula:
            path = HERE / f"{kind.kind}.svg"
            path.write_text(typeset(kind.formula), encoding="utf-8")
            print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
