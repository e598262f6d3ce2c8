"""The names of curves: which there are, their titles and meanings."""

from __future__ import annotations

from collections.abc import Iterable

from ncsn_viz.lab.metrics import METRICS
from ncsn_viz.lab.snapshot import Curve
from ncsn_viz.lab.training.history import TERM
from ncsn_viz.ui.widgets.translate import translate

ALL_TERMS = "terms"  # the key of all terms of the chosen lane's loss, in one card
FIRST = ("loss", "fisher_common", "fisher")  # of the menu
TITLES = {
    "loss": "Loss above its floor",
    "fisher_common": "Error against the true score",
    "fisher": "Error at each lane's own σ",
    ALL_TERMS: "Terms of the chosen lane",
}
SHORT_TITLES = {
    "loss": "Loss − floor",
    "fisher_common": "Score error",
    "fisher": "Error, own σ",
    ALL_TERMS: "Terms",
}


def available(curves: Iterable[Curve | None]) -> list[str]:
    """The keys of all curves, in the order of the menu: losses, metrics, terms of losses."""
    names = dict.fromkeys(name for curve in curves if curve is not None for name in curve.values)
    known = [*FIRST, *(name for name in METRICS if name in names and name not in FIRST)]
    terms = [name for name in names if name.startswith(TERM)]
    others = [name for name in names if name not in known and name not in terms]
    return [*known, *others, *([ALL_TERMS] if terms else []), *terms]


def title(key: str) -> str:
    """The title of a curve."""
    if key in TITLES:
        return translate(TITLES[key])
    if key.startswith(TERM):
        return translate("Term: {0}").format(translate(key.removeprefix(TERM)))
    words = translate(METRICS[key].title) if key in METRICS else key.replace("_", " ")
    return words[:1].upper() + words[1:]


def short_title(key: str) -> str:
    """The title of a curve for narrow cards."""
    return translate(SHORT_TITLES[key]) if key in SHORT_TITLES else title(key)


def meaning(key: str) -> str:
    """The meaning of a curve, in one or two sentences."""
    if key == "loss":
        return translate(
            "The loss minus the least that it can be, in expectation: for score matching λ ½E‖s − s*‖², else "
            "the difference from the truth on the same points and noise. 0 is the least."
        )
    if key == ALL_TERMS:
        return translate("The terms of the chosen lane's loss apart, each a line of its own shade.")
    if key.startswith(TERM):
        return translate("One term of the loss by its name, in every lane whose objective has it. On fixed points and "
                         "noise where the loss has a floor, else as in the last training step.")  # fmt: skip
    name = "fisher_data" if key == "fisher" else key
    return translate(METRICS[name].meaning) if name in METRICS else key


def is_logarithmic(key: str) -> bool:
    """Whether a curve is shown on a logarithmic axis by default."""
    return key in FIRST or (key in METRICS and METRICS[key].logarithmic)
