"""What holds where the registries have one more map layer, `length`, and one more metric, `radius`.

`test_registry.py` runs this on a copy of the package to which it has added both.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from engines import complete
from fake_snapshots import REGION, bell, curve, lane, pixels_of, snapshot
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

import ncsn_viz
from ncsn_viz import cli
from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import Denoising
from ncsn_viz.core.samplers import Langevin
from ncsn_viz.lab import headless
from ncsn_viz.lab.experiment import LaneSpec, Particles, Spec
from ncsn_viz.lab.snapshot import Status
from ncsn_viz.ui.actions.toolbar import Toolbar
from ncsn_viz.ui.curves import names as curve_names
from ncsn_viz.ui.lanes.layer_menu import layer_menu
from ncsn_viz.ui.maps.color_scale import NORMS, scale_for
from ncsn_viz.ui.plots.plot import Plot
from ncsn_viz.ui.readouts.footer import MetricsFooter
from ncsn_viz.ui.readouts.table import MetricsTable
from ncsn_viz.ui.widgets import theme

LANE = LaneSpec(name="one", objective=Denoising(), net=ScoreMLP(hidden=16, layers=1), sampler=Langevin(steps=3))
SPEC = Spec(lanes=(LANE,), particles=Particles(count=50))


@pytest.fixture(scope="module")
def run():
    made = headless.start(SPEC, 2, "cpu")
    made.go(lambda *_: None)
    return made


@pytest.fixture
def shown(qtbot, qapp):
    theme.apply(qapp)

    def show(widget):
        qtbot.addWidget(widget)
        widget.resize(500, 400)
        widget.show()
        return widget

    return show


def test_this_is_the_copy():
    assert Path(ncsn_viz.__file__).parent.parent == Path.cwd()


def test_the_map_is_in_the_menus_with_its_key(shown):
    bar = shown(Toolbar())
    names = list(bar.maps)
    assert names[names.index("curl") + 1] == "length"
    action = bar.maps["length"]
    assert (action.text(), action.shortcut()) == ("Length", QKeySequence("Shift+9"))
    assert action.toolTip().startswith("How long arrows are.  (")
    edits = []
    bar.edited.connect(lambda edit, *_: edits.append(edit))
    action.trigger()
    spec = edits[0](SPEC)
    assert spec.view.map == "length"
    bar.show_spec(spec)
    assert bar.map.text().startswith("Length")
    parent = shown(QMenu())
    (entry,) = [action for action in layer_menu(parent, spec, 0, edits.append).actions() if action.text() == "Length"]
    assert entry.isChecked()


def test_the_map_is_computed(run):
    engine = run.engine
    engine.apply(replace(SPEC, view=replace(SPEC.view, layers=("length",))))
    engine.evaluate_now(0)
    field = engine.snapshot().lanes[0].field
    assert np.allclose(field.maps["length"], np.linalg.norm(field.score, axis=-1), rtol=1e-5)


def test_the_map_is_drawn_with_its_norm_and_caption(shown):
    plot = shown(Plot("#56b4e9"))
    plot.set_region(REGION)
    scale = scale_for("length", 1.0)
    assert isinstance(scale, NORMS["log"])
    field = replace(bell((0, 0), rows=21, columns=21), maps={"length": np.full((21, 21), 0.1, np.float32)})
    plot.show_lane(lane(field=field), ("length",), "", scale)
    wanted = scale.colors()[int(scale.levels(np.float32(0.1)))][:3]
    assert np.abs(pixels_of(plot)[300, 300] - wanted).max() <= 2
    assert plot.map.caption() == "‖s‖"


def test_the_metric_is_listed(capsys):
    assert cli.main(["list"]) == 0
    assert "\n  radius  –  mean radius. Mean distance from the origin.\n" in capsys.readouterr().out
    cli.main(["list", "--json"])
    names = [row["name"] for row in json.loads(capsys.readouterr().out)["measures"]]
    assert names[names.index("sliced_w2") + 1] == "radius"


def test_the_metric_is_measured_live_and_at_the_end(run, tmp_path):
    headless.write(run, tmp_path)
    (found,) = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))["lanes"]
    with np.load(tmp_path / "particles.npz") as particles:
        wanted = np.linalg.norm(particles["lane0"], axis=1).mean()
    assert found["radius"] == pytest.approx(wanted, rel=1e-5)
    complete(run.engine.measure(0))
    one = run.engine.snapshot().lanes[0]
    assert one.metrics["radius"] == pytest.approx(wanted, rel=1e-5)
    assert one.curve.values["radius"][-1] == pytest.approx(wanted, rel=1e-5)


def test_the_metric_is_in_the_table_and_under_the_plot(shown):
    table, footer = shown(MetricsTable()), shown(MetricsFooter())
    lanes = [lane(status=Status(), metrics={"sliced_w2": 1.0, "radius": value, "log_z": 2.0}) for value in (0.5, 0.25)]
    table.show_snapshot(snapshot(lanes), 0)
    model = table.metrics
    column = 1 + model.columns.index("radius")
    assert model.columns[column - 2 : column + 1] == ["sliced_w2", "radius", "log_z"]
    assert model.headerData(column, Qt.Orientation.Horizontal).split() == ["mean", "radius"]
    assert [model.data(model.index(row, column)) for row in (0, 1)] == ["50.0%", "25.0%"]
    assert [model.is_best(model.index(row, column)) for row in (0, 1)] == [False, True]
    footer.show_lane(lanes[0])
    assert [(measure.label, measure.value) for measure in footer.metrics][1] == ("mean radius", "50.0%")


def test_the_metric_is_a_curve():
    names = curve_names.available([curve(loss=[1.0], log_z=[1.0], radius=[1.0], sliced_w2=[1.0])])
    assert names == ["loss", "fisher_common", "fisher", "sliced_w2", "radius", "log_z"]
    assert curve_names.title("radius") == "Mean radius"
    assert curve_names.meaning("radius") == "Mean distance from the origin."
    assert curve_names.is_logarithmic("radius")
