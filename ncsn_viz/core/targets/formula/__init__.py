"""Targets by formula: expressions in x and y, parsed and never run as code, as densities on a lattice."""

from ncsn_viz.core.targets.formula.formula_presets import (
    FORMULA_PRESETS,
    Banana,
    Donut,
    Funnel,
    MullerBrown,
    SharpCheckerboard,
)
from ncsn_viz.core.targets.formula.formula_target import ExpressionText, Formula, FormulaTarget
from ncsn_viz.core.targets.formula.functions import CONSTANTS, FUNCTIONS, VARIABLES
from ncsn_viz.core.targets.formula.parsing import FormulaError

__all__ = [
    "CONSTANTS", "FORMULA_PRESETS", "FUNCTIONS", "VARIABLES", "Banana", "Donut", "ExpressionText", "Formula",
    "FormulaError", "FormulaTarget", "Funnel", "MullerBrown", "SharpCheckerboard",
]  # fmt: skip
