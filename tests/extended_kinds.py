"""What holds where every list of kinds has one more: a target, an objective, a net, a sampler and a schedule.

`test_registry.py` runs this on a copy of the package to which it has added them, by one file and one line each.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import ncsn_viz
from ncsn_viz import cli
from ncsn_viz.core.nets import NETS
from ncsn_viz.core.objectives import NCSN, OBJECTIVES
from ncsn_viz.core.samplers import SAMPLERS, AnnealedLangevin
from ncsn_viz.core.targets import TARGETS
from ncsn_viz.ui.forms.form import Form, KindForm
from ncsn_viz.ui.widgets import theme

KINDS = {"targets": "pair", "objectives": "norm", "nets": "waves", "samplers": "damped", "schedules": "even"}
EVEN = {"sigma_max": 4.0, "sigma_min": 1.0, "schedule": "even"}

# torch's own first use of forward mode warns of its own use of torch.jit.script
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")


@pytest.fixture
def shown(qtbot, qapp):
    theme.apply(qapp)

    def show(widget):
        qtbot.addWidget(widget)
        widget.show()
        return widget

    return show


def run(folder, lane, steps):
    """The numbers and the particles of an experiment with one lane."""
    experiment = {"target": "pair", "lanes": [lane], "particles": {"count": 200}}
    (folder / "experiment.json").write_text(json.dumps(experiment), encoding="utf-8")
    words = ["run", str(folder / "experiment.json"), "--steps", str(steps), "--out", str(folder / "out"), "--force"]
    assert cli.main(words) == 0
    with np.load(folder / "out" / "particles.npz") as particles:
        found = particles["lane0"]
    return json.loads((folder / "out" / "metrics.json").read_text(encoding="utf-8"))["lanes"][0], found


def test_this_is_the_copy():
    assert Path(ncsn_viz.__file__).parent.parent == Path.cwd()


def test_each_is_listed_after_the_kind_before_it(capsys):
    assert cli.main(["list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {name: found[name][1]["kind"] for name in KINDS} == KINDS
    assert found["nets"][1]["knobs"]["width"]["default"] == 16


@pytest.mark.parametrize("kinds", [TARGETS, OBJECTIVES, NETS, SAMPLERS], ids=lambda kinds: kinds[1].kind)
def test_each_is_in_its_menu_and_has_a_form(shown, kinds):
    form = shown(KindForm(kinds, kinds[0]()))
    assert form.combo.itemText(1) == kinds[1].title
    edits = []
    form.edited.connect(lambda settings, _: edits.append(settings))
    form.combo.setCurrentIndex(1)
    form.combo.activated.emit(1)
    assert type(edits[-1]) is kinds[1]
    assert form.form.rows


@pytest.mark.parametrize("kind", [NCSN, AnnealedLangevin])
def test_the_schedule_is_in_the_form_and_gives_the_levels(shown, kind):
    form = shown(Form(kind(sigma_max=4, sigma_min=1, levels=4)))
    assert form.settings.sigmas() == pytest.approx((4, 4 ** (2 / 3), 4 ** (1 / 3), 1))
    edits = []
    form.edited.connect(lambda settings, _: edits.append(settings))
    combo = form.rows["schedule"].combo
    assert [combo.itemText(index) for index in range(2)] == ["Geometric", "Even steps"]
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    assert edits[-1].sigmas() == pytest.approx((4, 3, 2, 1))


def test_a_run_with_all_of_them(tmp_path):
    lane = {"objective": {"kind": "norm", "sigma": 0.5}, "net": "waves", "sampler": {"kind": "damped", "sigma": 0.5}}
    before, _ = run(tmp_path, lane, 0)
    after, particles = run(tmp_path, lane, 300)
    assert (after["objective"], after["sampler_steps"]) == ("norm", 1000)
    assert after["fisher_data"] < 0.7 * before["fisher_data"]
    assert len(after["mode_weights"]) == 2
    assert np.isfinite(particles).all()


def test_a_run_with_the_schedule_keeps_it_in_its_file(tmp_path):
    objective = {"kind": "ncsn", "levels": 4, **EVEN}
    sampler = {"kind": "annealed_langevin", "levels": 4, "steps_per_level": 5, **EVEN}
    after, _ = run(tmp_path, {"objective": objective, "net": "waves", "sampler": sampler}, 20)
    assert after["sigma"] == 1.0
    written = json.loads((tmp_path / "out" / "experiment.json").read_text(encoding="utf-8"))["lanes"][0]
    assert (written["objective"]["schedule"], written["sampler"]["schedule"]) == ("even", "even")


def test_second_derivatives_of_the_net_come_by_themselves(tmp_path):
    before, _ = run(tmp_path, {"objective": "sliced", "net": "waves"}, 0)
    after, _ = run(tmp_path, {"objective": "sliced", "net": "waves"}, 50)
    assert after["loss"] < before["loss"]


def test_the_net_is_plain_torch():
    net = NETS[1]().build(torch.Generator().manual_seed(1))
    assert type(net.module).__bases__ == (torch.nn.Module,)
    assert net.energy(torch.zeros(1, 2), 1.0) is None
