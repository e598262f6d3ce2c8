"""The stages of a recorded step: their titles, texts and drawings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ncsn_viz.lab.snapshot import ParticleStep, StepTrace, TrainingStep
from ncsn_viz.ui.widgets.number_text import plain, short
from ncsn_viz.ui.widgets.translate import translate

BATCH, NOISE, NEGATIVES, SCORE, TERMS, UPDATE = "batch", "noise", "negatives", "score", "terms", "update"
DRIFT, INERTIA, PUSH, SUM = "drift", "inertia", "push", "sum"
MOST = 5  # terms that are named in a text


@dataclass(frozen=True)
class Stage:
    """Title and text of a stage; `key` identifies its drawing."""

    key: str
    title: str
    words: str


def stages(step: StepTrace, symbols: Mapping[str, str]) -> list[Stage]:
    """The stages of a step, in order: those of training, then those of the particles.

    `symbols` are those of the terms of the objective.
    """
    found = _training(step.training, symbols) if step.training is not None else []
    return found + (_particles(step.particles) if step.particles is not None else [])


def _training(step: TrainingStep, symbols: Mapping[str, str]) -> list[Stage]:
    made = [
        Stage(BATCH, translate("Draw a batch"), translate(
            "x ~ p: {shown} of the {batch} points of step {step}.").format(
            shown=len(step.data), batch=step.batch, step=step.step))
    ]  # fmt: skip
    if step.sigma.any():
        words = translate("x̃ = x + σ z, z ~ N(0, I), with {sigma}.").format(sigma=_sigmas(step))
        made.append(Stage(NOISE, translate("Add noise"), words))
    if step.negatives is not None:
        words = translate(
            "Crosses, from the model or the noise: there the loss pushes the energy E up, at the data down."
        )
        made.append(Stage(NEGATIVES, translate("Draw negatives"), words))
    made += [Stage(SCORE, translate("Score"), _score(step)), Stage(TERMS, translate("Terms"), _terms(step, symbols))]
    return [*made, Stage(UPDATE, translate("Update"), _update(step))]


def _sigmas(step: TrainingStep) -> str:
    low, high = float(step.sigma.min()), float(step.sigma.max())
    if low == high:
        return f"σ = {plain(high)}"
    return translate("σ from {high} to {low}, one a point").format(high=plain(high), low=plain(low))


def _score(step: TrainingStep) -> str:
    if step.target is None:
        return translate("s(x) = ∇log p̃(x), as the network has it now. Lengths are comparable, not to scale.")
    if step.target_formula == "−z/σ":
        return translate(
            "s(x̃; σ) of the network is compared with −z/σ. Drawn σ² long, so that −z/σ ends at the clean x."
        )
    words = translate("s(x; σ) of the network is compared with {target}.")
    return words.format(target=step.target_formula) + (" " + translate("Drawn σ² long.") if step.sigma.any() else "")


def _terms(step: TrainingStep, symbols: Mapping[str, str]) -> str:
    names = list(step.terms)
    chosen = names if len(names) <= MOST else [names[round(i * (len(names) - 1) / (MOST - 1))] for i in range(MOST)]
    parts = "   ".join(f"{translate(symbols.get(name, name))}  {short(step.terms[name], 3)}" for name in chosen)
    loss = translate("loss {value}").format(value=short(step.before, 4))
    rest = translate("{count} terms, of them").format(count=len(names)) + "   " if len(chosen) < len(names) else ""
    return f"{loss}   =   {rest}{parts}" if parts else translate("{loss}: the mean over the batch.").format(loss=loss)


def _update(step: TrainingStep) -> str:
    return translate("A step of Adam against the gradient, ‖∇loss‖ = {gradient}. On this batch, with this noise, the "
                 "loss was {before} and is {after}.").format(
        gradient=short(step.gradient, 3), before=short(step.before, 5), after=short(step.after, 5))  # fmt: skip


def with_factor(formula: str, factor: float | None, symbol: str) -> str:
    """A part of a step with its number: η s = 0.02 s. Where it has none, as it is."""
    return formula if factor is None else f"{formula} = {short(factor, 3)} {symbol}"


def _particles(step: ParticleStep) -> list[Stage]:
    formula = step.formula
    made = [Stage(DRIFT, translate("Drift"), translate(
        "{count} particles at σ = {sigma}. The score pulls each towards more density: {formula}.").format(
            count=len(step.start), sigma=plain(step.sigma),
            formula=with_factor(formula.drift, formula.drift_factor, "s")))]  # fmt: skip
    if step.inertia is not None:
        words = translate("The velocity from before carries each on: {formula}.")
        inertia = with_factor(formula.inertia, formula.inertia_factor, "v")
        made.append(Stage(INERTIA, translate("Inertia"), words.format(formula=inertia)))
    total = "x ← x + " + " + ".join(part for part in (formula.drift, formula.inertia, formula.noise) if part)
    if formula.noise:
        words = translate("And chance pushes each some way: {formula}, z ~ N(0, I).")
        noise = with_factor(formula.noise, formula.noise_factor, "z")
        made.append(Stage(PUSH, translate("Noise"), words.format(formula=noise)))
        words = translate("{formula}: the sum is the step.").format(formula=total)
    else:
        words = translate("{formula}: this step adds no noise.").format(formula=total)
    if refused := int((np.abs(step.x - step.end).max(1) > 1e-6 * (1 + np.abs(step.end).max(initial=0))).sum()):
        words += " " + translate("{count} of them were refused and stay where they are.").format(count=refused)
    return [*made, Stage(SUM, translate("Sum"), words)]
