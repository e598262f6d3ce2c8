"""The card of a race in the real widgets: ticks, the button, the chart and its export."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import lane, spec

from ncsn_viz.core.objectives import NCSN, Denoising
from ncsn_viz.lab.experiment.commands import RunRace
from ncsn_viz.lab.experiment.view import CONTESTANTS
from ncsn_viz.lab.snapshot import RacePoint, RaceResult
from ncsn_viz.ui.race.card import TEXTS, RaceCard
from ncsn_viz.ui.race.chart import SYMBOLS
from ncsn_viz.ui.widgets import theme

POINTS = {
    "ddim": (RacePoint(5, 2.0, 0.05), RacePoint(10, 0.8, 0.03), RacePoint(20, 0.3, 0.01)),
    "heun": (RacePoint(5, 1.0, 0.05), RacePoint(9, 0.2, 0.03)),
}
RESULT = RaceResult((10.0, 0.1), 1234, POINTS, 0.08, False)


@pytest.fixture
def card(qtbot, qapp):
    theme.apply(qapp)
    made = RaceCard()
    qtbot.addWidget(made)
    made.resize(900, 180)
    made.show()
    made.edits, made.sent = [], []
    made.edited.connect(lambda edit, _: made.edits.append(edit))
    made.commanded.connect(made.sent.append)
    return made


def racing(objective=None, **changes):
    made = spec(1)
    return replace(made, lanes=(replace(made.lanes[0], objective=objective or NCSN(), slot=2, **changes),))


def test_every_contestant_has_its_texts_and_its_symbol():
    assert tuple(TEXTS) == CONTESTANTS
    assert len(SYMBOLS) >= len(CONTESTANTS)


def test_ticks_say_who_takes_part_and_run_starts_them(card):
    made = racing()
    card.show_spec(made)
    card.show_lanes([lane()], made, 0)
    assert {name for name, tick in card.ticks.items() if tick.isChecked()} == set(made.view.race)
    assert card.edits == []
    card.ticks["annealed_langevin"].click()
    changed = card.edits[0](made)
    assert changed.view.race == (*made.view.race, "annealed_langevin")
    card.show_spec(changed)
    card.run.click()
    assert card.sent == [RunRace(2, changed.view.race)]
    card.ticks["ddim"].click()
    assert "ddim" not in card.edits[-1](changed).view.race


def test_points_are_drawn_where_they_were_measured(card, qtbot):
    card.show_lanes([lane(race=RESULT)], racing(), 0)
    assert card.draws
    for name, points in POINTS.items():
        x, y = card.chart.lines[name].getData()
        np.testing.assert_allclose(x, np.log10([point.evaluations for point in points]))
        np.testing.assert_allclose(y, np.log10([point.distance for point in points]))
    assert card.chart.chance.value() == pytest.approx(np.log10(0.08))
    for name, tick in card.ticks.items():  # the key: the symbol in the colour of the line
        image = tick.icon().pixmap(14, 14).toImage()
        middle = image.pixelColor(image.width() // 2, image.height() // 2).name()
        assert middle == theme.lane_color(CONTESTANTS.index(name))
    assert card.note.text() == "network after 1\N{NARROW NO-BREAK SPACE}234 steps · running"
    card.show_lanes([lane(race=replace(RESULT, complete=True))], racing(), 0)
    qtbot.waitUntil(lambda: card.note.text() == "network after 1\N{NARROW NO-BREAK SPACE}234 steps")


def test_exported_values_are_those_of_the_race(card):
    card.show_lanes([lane(race=RESULT)], racing(), 0)
    rows = list(csv.reader(io.StringIO(card.chart.content("csv").decode())))
    column = rows[0].index("DDIM_x")
    found = [(float(row[column]), float(row[column + 1])) for row in rows[1:4]]
    assert found == [(point.evaluations, pytest.approx(point.distance)) for point in POINTS["ddim"]]


def test_a_lane_with_one_level_says_why_there_is_no_race(card, qtbot):
    card.show_lanes([lane()], racing(Denoising()), 0)
    assert not card.draws
    assert "one noise level" in card.text.text()
    assert not card.run.isEnabled()
    card.show_lanes([lane()], racing(Denoising(), score_from="true"), 0)
    qtbot.waitUntil(card.run.isEnabled)
