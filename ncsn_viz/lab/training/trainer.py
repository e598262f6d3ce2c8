"""Training one network: weights, optimiser, averaged weights and history."""

from __future__ import annotations

import copy
import math
from collections import deque
from dataclasses import dataclass, replace
from time import perf_counter

from ncsn_viz.core.fields import Density
from ncsn_viz.core.knobs import from_json, to_json
from ncsn_viz.core.nets.modules import FieldModule
from ncsn_viz.core.numerics import Tensor, torch
from ncsn_viz.core.objectives import Terms
from ncsn_viz.lab.checkpoint import Checkpoint, Entries, generator_state, restore_generator
from ncsn_viz.lab.experiment import LaneSpec
from ncsn_viz.lab.snapshot import DIVERGED, TRAINING, Status
from ncsn_viz.lab.training.adam import Adam
from ncsn_viz.lab.training.ema import EMA
from ncsn_viz.lab.training.evaluation_set import EvaluationSet, term_curves
from ncsn_viz.lab.training.history import ERROR, History

RECENT_STEPS = 400  # training steps whose terms are kept for Objective.health
LOOK_EVERY = 64  # training steps on CUDA between checks of the divergence flag: each check waits for the device
LARGEST = 2**18  # points at which a network is evaluated at once: with more, its hidden layers fill the memory
HUGE = 1e8  # a loss beyond this is taken for diverged: no useful one comes near


@dataclass(frozen=True)
class LearnedField:
    """A network as a field; at a noise level outside of the learned range it is evaluated at the nearest end."""

    net: FieldModule
    low: float
    high: float

    def score(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """The score at `x` (n, 2), without gradients."""
        level = self.nearest_sigma(sigma)
        with torch.no_grad():
            if len(x) <= LARGEST:
                return self.net.score(x, level)
            return torch.cat([self.net.score(block, level) for block in torch.split(x, LARGEST)])

    def energy(self, x: Tensor, sigma: float | Tensor) -> Tensor | None:
        """The energy at `x` (n, 2), without gradients, or None."""
        with torch.no_grad():
            return self.net.energy(x, self.nearest_sigma(sigma))

    def score_and_tangents(self, x: Tensor, sigma: float | Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """The score (n, 2) and (∇s) u (k, n, 2) for each u of `directions` (k, n, 2), without gradients."""
        with torch.no_grad():
            return self.net.score_and_tangents(x, self.nearest_sigma(sigma), directions)

    def nearest_sigma(self, sigma: float | Tensor) -> float:
        """`sigma`, or the nearest end of the learned range."""
        return min(max(float(sigma), self.low), self.high)


class Trainer:
    """A network, the average of its weights, its optimiser and its history."""

    def __init__(self, spec: LaneSpec, weights: int, noise: int, device: torch.device) -> None:
        """`weights` and `noise` are the seeds of the initial weights and of the noise of the loss."""
        self.spec = spec
        self.device = device
        self.net = spec.net.build(torch.Generator().manual_seed(weights), device)
        self.average = copy.deepcopy(self.net).requires_grad_(False)
        self._ema = EMA(self.net.parameters(), self.average.parameters(), device)
        self._alarm = torch.zeros((), device=device) if device.type == "cuda" else None  # 1 after the first bad loss
        self.optimizer = Adam(self.net.parameters(), spec.optimizer.learning_rate)
        self.generator = torch.Generator(device).manual_seed(noise)
        self.step = 0
        self.seconds = 0.0  # spent on training steps
        self.terms: Terms | None = None
        self.objective_state: Tensor | None = None  # what the objective wants to be given at its next call
        self._health_terms: deque[tuple[Tensor, ...]] = deque(maxlen=RECENT_STEPS)
        self.history = History()
        self.evaluation_set: EvaluationSet | None = None
        self.status = Status(TRAINING)

    def update_settings(self, spec: LaneSpec) -> None:
        """Apply settings that need no restart; training continues."""
        self.spec = spec
        self.optimizer.lr = spec.optimizer.learning_rate
        if self.evaluation_set and self.evaluation_set.objective != spec.objective:
            self.evaluation_set = None

    def state_dict(self) -> Checkpoint:
        """All that training needs to go on after the present step, without copies of tensors."""
        status, health = self.status, self._health_terms
        return {
            "step": self.step,
            "seconds": self.seconds,
            "status": status.state,
            "message": status.message,
            "settings": None if status.settings is None else to_json(status.settings),
            "weights": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "noise": generator_state(self.generator),
            "objective": self.objective_state,
            "health": torch.stack([torch.stack(values) for values in health]) if health else None,
            "terms": None if self.terms is None else _terms_checkpoint(self.terms),
            "history": self.history.state_dict(),
        }

    def load_state_dict(self, entries: Entries) -> None:
        """Go on from a checkpoint of a trainer with these settings, of any device. Raises ValidationError."""
        for name, module in (("weights", self.net), ("average", self.average)):
            weights, found = module.state_dict(), entries.child(name)
            module.load_state_dict({key: found.tensor(key, value.shape) for key, value in weights.items()})
        self.optimizer.load_state_dict(entries.child("optimizer"))
        self.step, self.seconds = entries.integer("step"), entries.number("seconds")
        self._ema.go_on_after(self.step)
        self.status = _status(entries)
        restore_generator(self.generator, entries, "noise")
        if entries.has("objective"):
            if (shape := self.spec.objective.state_shape) is None:
                raise entries.error("objective", "is of another objective, for this one keeps nothing")
            self.objective_state = entries.tensor("objective", shape).to(self.device, copy=True)
        if entries.has("health"):
            health = entries.tensor("health", (None, len(self.spec.objective.health_terms)))
            self._health_terms.extend(tuple(row) for row in health[-RECENT_STEPS:].to(self.device))
        self.terms = _terms(entries.child("terms"), self.device) if entries.has("terms") else None
        self.history.load_state_dict(entries.child("history"))

    @property
    def learned_field(self) -> LearnedField:
        """The field of the averaged weights."""
        sigmas = self.spec.objective.sigmas()
        return LearnedField(self.average, sigmas[-1], sigmas[0])

    def frozen_field(self) -> LearnedField:
        """The same with a copy of the present weights: training does not change it."""
        return replace(self.learned_field, net=self.average.frozen())

    @property
    def diverged(self) -> bool:
        """Whether training was stopped by a loss that is not finite or far too large."""
        return self.status.state == DIVERGED

    def train(self, batch: Tensor, truth: Density) -> None:
        """One training step on `batch` (n, 2). A diverged network does not change any more."""
        if self.diverged:
            return
        begin = perf_counter()
        if self.compute(batch, truth):
            self.after_step()
        self.seconds += perf_counter() - begin

    def compute(self, batch: Tensor, truth: Density) -> bool:
        """The computation of a step on `batch` (n, 2). Whether it was carried out, as far as the host knows.

        On CUDA nothing in it waits for a value: a bad loss sets a flag on the device that disables the optimiser.
        """
        self.optimizer.zero_grad()
        terms = self.spec.objective.loss(self.net, batch, truth, self.generator, self.objective_state)
        if not self._check_loss(terms.loss.detach()):
            return False
        terms.loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step(self._alarm)
        self._ema.update(self.step + 1, self.spec.optimizer.ema)
        self._keep(terms)
        return True

    def _keep(self, terms: Terms) -> None:
        """Keep what is shown, without its graph; and the objective's state in place, where a recorded step reads it."""
        if self.objective_state is None:
            self.objective_state = None if terms.state is None else terms.state.clone()
        elif terms.state is not None:
            self.objective_state.copy_(terms.state)
        self.terms = replace(terms, loss=terms.loss.detach(), state=None)

    def _check_loss(self, loss: Tensor) -> bool:
        """Whether training continues after this loss (). On CUDA the flag is only checked later."""
        if self._alarm is None:
            value = float(loss)
            if math.isfinite(value) and abs(value) <= HUGE:
                return True
            self.status = Status(DIVERGED, divergence_message(value), self.spec)
            return False
        bad = torch.ne(loss.clamp(-HUGE, HUGE), loss)  # true for NaN, too
        torch.maximum(self._alarm, bad, out=self._alarm)
        return True

    def after_step(self) -> None:
        """Count a step that was done, keep its terms for `health`, and check the divergence flag from time to time."""
        self.step += 1
        if self.terms is not None and (names := self.spec.objective.health_terms):
            values = (self.terms.parts[name] for name in names)
            self._health_terms.append(tuple(values if self._alarm is None else (value.clone() for value in values)))
        if self._alarm is not None and self.step % LOOK_EVERY == 0 and float(self._alarm) > 0:
            assert self.terms is not None
            self.status = Status(DIVERGED, divergence_message(float(self.terms.loss)), self.spec)

    @property
    def health(self) -> str:
        """The state of training by the objective's own diagnostics, in one sentence; empty where it has none."""
        if not self._health_terms:
            return ""
        values = (torch.stack(column).tolist() for column in zip(*self._health_terms, strict=True))
        return self.spec.objective.health(dict(zip(self.spec.objective.health_terms, values, strict=True)))

    @property
    def last_terms(self) -> dict[str, float]:
        """The terms of the loss at the last step."""
        return {} if self.terms is None else {name: float(term) for name, term in self.terms.parts.items()}

    @property
    def failure(self) -> str:
        """That training has failed, by the last terms of the loss, in a sentence or two; or empty."""
        return self.spec.objective.failure(self.last_terms)

    @property
    def record_due(self) -> bool:
        """Whether the history wants a value after the last step."""
        return self.evaluation_set is not None and not self.diverged and self.history.due(self.step)

    def record(self) -> None:
        """Append the loss and the error of the network on the evaluation set to the history."""
        assert self.evaluation_set is not None
        points, field = self.evaluation_set, self.learned_field
        fisher = points.own.on_data(field)
        common = fisher if points.common is points.own else points.common.on_data(field)
        values = {"loss": points.loss_above_floor(self.average), "fisher": fisher, "fisher_common": common}
        terms = points.terms(self.average)
        if self.terms is not None and not points.objective.has_floor:
            terms = term_curves(self.terms)  # of the last training step
        means = {name: each.mean for name, each in values.items()}
        errors = {name + ERROR: each.error for name, each in values.items()}
        self.history.record(self.step, means | errors | terms)


def _status(entries: Entries) -> Status:
    """The status in a checkpoint."""
    if (state := entries.text("status")) not in (TRAINING, DIVERGED):
        raise entries.error("status", f"must be {TRAINING} or {DIVERGED}")
    settings = from_json(LaneSpec, entries.value("settings")) if entries.has("settings") else None
    return Status(state, entries.text("message"), settings)


def _terms_checkpoint(terms: Terms) -> Checkpoint:
    """What is shown of the last loss."""
    parts, negatives = terms.parts, terms.negatives
    values = torch.stack([value.detach() for value in (terms.loss, *parts.values())])
    return {"names": list(parts), "values": values, "negatives": negatives}


def _terms(entries: Entries, device: torch.device) -> Terms:
    names = entries.texts("names")
    loss, *parts = entries.tensor("values", (len(names) + 1,)).to(device)
    negatives = entries.tensor("negatives", (None, 2)).to(device) if entries.has("negatives") else None
    return Terms(loss, dict(zip(names, parts, strict=True)), negatives=negatives)


def divergence_message(value: float) -> str:
    """What is wrong with a loss of this `value`, in a sentence."""
    known = f"The loss has reached {value:.1e}.".replace("-", "−")
    return known if math.isfinite(value) else "The loss is no longer a number."
