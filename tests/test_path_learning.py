"""What the objectives of a path learn in 10,000 steps, and what their samplers make of it in a few evaluations.

`python tests/test_path_learning.py FILE` measures every objective on two targets from five seeds, writes a line of
JSON each into FILE, goes on where it was stopped, and prints the table of the README.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import median

import pytest
import torch

from ncsn_viz.core.analysis.wasserstein import sliced_w2
from ncsn_viz.core.objectives import DDPM, EDM, NCSN, FlowMatching, VPrediction, X0Prediction
from ncsn_viz.core.samplers import ProbabilityFlow
from ncsn_viz.core.targets import Moons, TwoModes
from ncsn_viz.lab import headless
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Spec, fitting_sampler

LEARNERS = {
    "flow_matching": FlowMatching(),
    "ddpm": DDPM(),
    "v_prediction": VPrediction(),
    "edm": EDM(),
    "x0_prediction": X0Prediction(),
    "ncsn": NCSN(sigma_max=100, sigma_min=0.05, distribution="log_uniform"),
}
TARGETS = {"two_modes": TwoModes(), "moons": Moons()}
SEEDS = range(5)
EVALUATIONS = (10, 20, 50)
SAMPLES, COMMON_SIGMA = 10_000, 0.1


def sampler_of(objective, evaluations):
    """The probability flow on the objective's own path: Heun for EDM, else Euler; the last step goes to σ = 0."""
    sampler = fitting_sampler(objective, ProbabilityFlow)
    solver = "heun" if objective.kind == "edm" else "euler"
    steps = (evaluations - 1) // 2 if solver == "heun" else evaluations - 1
    return replace(sampler, solver=solver, steps=steps, to_zero=True)


def learn(name, target, seed, steps=10_000):
    """The error of the score at σ = 0.1, and sliced W₂ and mode weights of particles from a square and noise."""
    objective, truth = LEARNERS[name], TARGETS[target].build()
    lane = LaneSpec(name=name, objective=objective, optimizer=Optimizer(learning_rate=0.001, batch_size=128))
    spec = Spec(seed=seed, target=TARGETS[target], lanes=(lane,), particles=Particles(count=10))
    run = headless.start(spec, steps, "cpu")
    torch.set_num_threads(1)
    run.go(lambda *_: None)
    trainer = run.engine.lanes[0].trainer
    field, draws = trainer.learned_field, torch.Generator().manual_seed(1000 + seed)
    x = truth.sample(SAMPLES, draws)
    x = x + COMMON_SIGMA * torch.randn(x.shape, generator=draws)
    away = field.score(x, COMMON_SIGMA) - truth.score(x, COMMON_SIGMA)
    found = {"error": float(away.square().sum(1).mean() / 2), "diverged": trainer.diverged}
    for evaluations in EVALUATIONS:
        sampler = sampler_of(objective, evaluations)
        state = sampler.init(16 * torch.rand(SAMPLES, 2, generator=draws) - 8, draws)
        for _ in range(sampler.num_steps()):
            state = sampler.step(state, field, draws)
        assert state.evaluations <= evaluations
        found[f"w2_{evaluations}"] = sliced_w2(truth, state.x, 64).mean
        found[f"weight_{evaluations}"] = float(truth.mode_weights(state.x)[-1])
    return found


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["flow_matching", "ddpm"])
def test_fifty_evaluations_give_the_modes_their_weights(name, target, seed):
    found = learn(name, target, seed)
    assert not found["diverged"]
    assert abs(found["weight_50"] - float(TARGETS[target].build().true_mode_weights()[-1])) < 0.03


def table(rows):
    """The README's table: the median of the seeds, and the weight that is farthest off."""
    lines = []
    for target, name in product(TARGETS, LEARNERS):
        mine = [row for row in rows if (row["target"], row["name"]) == (target, name)]
        if mine:
            true = float(TARGETS[target].build().true_mode_weights()[-1])
            worst = max(abs(row["weight_50"] - true) for row in mine)
            w2 = " / ".join(f"{median(row[f'w2_{n}'] for row in mine):.2f}" for n in EVALUATIONS)
            weight = median(row["weight_50"] for row in mine)
            lines.append(f"| `{target}`, `{name}` | {median(row['error'] for row in mine):.3f} | {w2} | {weight:.3f} "
                         f"({worst:.3f} off at most) | {len(mine)} |")  # fmt: skip
    return "\n".join(lines)


def main(path):
    """Measure what is not in the file yet; print the table after each target's seed."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    done = {(row["target"], row["name"], row["seed"]) for row in rows}
    for seed, target, name in product(SEEDS, TARGETS, LEARNERS):
        if (target, name, seed) not in done:
            rows.append({"target": target, "name": name, "seed": seed} | learn(name, target, seed))
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(rows[-1]) + "\n")
    print(table(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
