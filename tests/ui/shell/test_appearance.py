"""Dark and light: chosen in the menu, kept, and followed by all that is on screen, down to the icons."""

from __future__ import annotations

import re
import tomllib

import numpy as np
import pytest
from fake_snapshots import curve, lane, pixels_of, snapshot
from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.ui.shell import appearance
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.window import Window
from ncsn_viz.ui.widgets import icons, theme
from ncsn_viz.ui.widgets.assets import asset, svg_renderer


@pytest.fixture
def settings(tmp_path, monkeypatch):
    path = tmp_path / "settings.ini"
    monkeypatch.setattr(appearance, "settings_path", lambda: path)
    yield path
    theme.apply(QApplication.instance())


@pytest.fixture
def window(qapp, settings):
    theme.apply(qapp)
    made = Window(Session(Spec(), "cpu"))
    made.show()
    made.display.show_snapshot(snapshot([lane(terms={"a": 1.0}, curve=curve(loss=[1.0, 0.5])), lane()]))
    made.bottom_panel.curves[0]._throttle.flush()
    yield made
    made.close()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def choose(window, choice):
    window.appearance.actions[choice].trigger()
    QApplication.processEvents()


def lightness(color):
    return QColor(color).lightness()


def test_the_choice_is_kept(window, settings):
    assert appearance.chosen() == "dark"
    choose(window, "light")
    assert theme.colors() is theme.LIGHT
    assert appearance.chosen() == "light"
    assert settings.exists()
    again = appearance.Appearance(window)
    assert again.choice == "light"


@pytest.mark.parametrize(
    "content", [b"", b"[General]\nappearance=purple\n", b"\x00\xff[[[", b"appearance=@Variant(\\0)"]
)
def test_broken_settings_never_stop_the_start(settings, content):
    settings.write_bytes(content)
    assert appearance.chosen() == "dark"


def test_settings_that_cannot_be_written_are_no_trouble(window, settings, monkeypatch):
    monkeypatch.setattr(appearance, "settings_path", lambda: settings / "is" / "no" / "folder.ini")
    settings.write_text("a file")
    choose(window, "light")
    assert theme.colors() is theme.LIGHT


def settle(window):
    """Wait for the gallery, which draws one picture after the other."""
    while window.target.presets._waiting:
        QApplication.processEvents()


def test_every_part_of_the_window_follows(window):
    settle(window)
    dark = pixels_of(window)
    choose(window, "light")
    light = pixels_of(window)
    for part in (
        window.toolbar,
        window.target,
        window.lane,
        window.ladder,
        *window.bottom_panel.curves,
        window.bottom_panel.modes,
        window.cursor_readout,
        window.target.canvas,
        *(card.plot for card in window.lanes.cards),
        *window.target.presets.thumbs.values(),
    ):
        corner = part.mapTo(window, part.rect().topLeft())
        rows, columns = (slice(at, at + size) for at, size in ((corner.y(), part.height()), (corner.x(), part.width())))
        assert np.median(dark[rows, columns].sum(-1)) < 200, part
        assert np.median(light[rows, columns].sum(-1)) > 560, part
    choose(window, "dark")
    settle(window)
    assert np.abs(pixels_of(window) - dark).mean() < 0.5  # and all the way back


def test_words_and_icons_with_colours_of_their_own_follow(window):
    window.session.edit(lambda _: Spec())
    choose(window, "light")
    for label in window.findChildren(QLabel):
        assert theme.DARK.faint not in label.text(), label.text()
        assert theme.DARK.soft not in label.toolTip(), label.text()
    button = window.target.undo
    image = button.icon().pixmap(16, 16, mode=button.icon().Mode.Disabled).toImage()
    drawn = [image.pixelColor(x, y) for x in range(16) for y in range(16) if image.pixelColor(x, y).alpha() > 200]
    assert drawn
    assert drawn[0].name() == theme.LIGHT.faint


def test_the_system_decides_where_it_is_asked(window, monkeypatch):
    monkeypatch.setattr(appearance, "scheme_of", lambda choice, app: theme.LIGHT if choice == "system" else theme.DARK)
    window.appearance._follow()
    assert theme.colors() is theme.DARK  # nobody has asked it
    choose(window, "system")
    assert theme.colors() is theme.LIGHT


def test_text_is_readable_in_both_schemes():
    """Contrast by WCAG 2.2, 1.4.3 and 1.4.11: at least 4.5 for text, 3 for dots, lines and bars."""
    for scheme in (theme.DARK, theme.LIGHT):
        surfaces = (scheme.back, scheme.panel, scheme.card, scheme.control)
        for color in (scheme.text, scheme.soft, scheme.faint, scheme.good, scheme.bad, scheme.warn):
            assert min(contrast(color, back) for back in surfaces) >= 4.5, color
        for color in (scheme.text, scheme.soft, scheme.faint):
            assert contrast(color, scheme.hover) >= 4.5, color
        assert contrast(scheme.text, scheme.chosen) >= 4.5
        assert contrast(scheme.on_accent, scheme.accent) >= 4.5
        for color in scheme.lane_inks:
            assert min(contrast(color, back) for back in (scheme.card, scheme.panel)) >= 4.5, color
        for color in (*scheme.lanes, scheme.accent):
            assert min(contrast(color, back) for back in (scheme.card, scheme.panel)) >= 3, color


@pytest.mark.parametrize("scheme", [theme.DARK, theme.LIGHT])
@pytest.mark.parametrize("table", ["density_colors", "signed_colors", "energy_colors", "error_colors"])
def test_text_over_every_colour_of_a_map_is_readable(scheme, table, monkeypatch):
    """Captions and numbers over a map stand on the shade."""
    monkeypatch.setattr(theme, "_current", scheme)
    over = theme.ink().alphaF()
    for color in getattr(theme, table)()[:, :3].astype(float):
        back = blended(theme.shade(), color)
        front = over * np.array(theme.ink().getRgb()[:3]) + (1 - over) * back
        assert contrast(QColor(*front.astype(int)), QColor(*back.astype(int))) >= 4.5


@pytest.mark.parametrize("scheme", [theme.DARK, theme.LIGHT])
def test_particles_show_on_an_empty_and_on_a_full_map(scheme, monkeypatch):
    monkeypatch.setattr(theme, "_current", scheme)
    for slot in range(6):
        strong = QColor(*map(int, theme.particle_colors(theme.lane_color(slot))[255][:3]))
        assert contrast(strong, theme.empty()) > 4, slot
        assert contrast(strong, QColor(*map(int, theme.density_colors()[255][:3]))) > 1.3, slot


def blended(color, back):
    return color.alphaF() * np.array(color.getRgb()[:3]) + (1 - color.alphaF()) * back


def contrast(a, b):
    one, other = sorted((luminance(a), luminance(b)))
    return (other + 0.05) / (one + 0.05)


def luminance(color):
    parts = np.array(QColor(color).getRgbF()[:3])
    linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def test_every_icon_of_a_button_has_a_file_and_every_file_has_a_button(window):
    asked = [button.icon() for button in window.findChildren(QAbstractButton)]
    used = {icons._names[icon.cacheKey()] for icon in asked if icon.cacheKey() in icons._names}
    assert used == {path.stem for path in asset("icons").glob("*.svg")}
    for name in used:
        assert svg_renderer(f"icons/{name}.svg", "black").isValid(), name


def test_an_icon_of_a_chosen_button_has_its_own_colour(window):
    drawn = icons.icon("rectangle").pixmap(QSize(16, 16), 3.0, QIcon.Mode.Normal, QIcon.State.On).toImage()
    assert (drawn.width(), drawn.pixelColor(24, 11).name()) == (48, theme.DARK.on_accent)


def test_the_package_carries_the_icons():
    project = tomllib.loads((asset("icons").parents[1] / "pyproject.toml").read_text())
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert carried["assets/icons"] == "ncsn_viz/assets/icons"


def test_every_look_of_a_widget_has_a_rule_and_every_rule_has_a_widget(window):
    """Rules are told by the class of Qt's that a widget is made of and by its look."""
    ruled = set(re.findall(r'(Q\w+)\[look="(\w+)"\]', theme.sheet(theme.DARK)))
    worn = {(widget, widget.property("look")) for widget in window.findChildren(QWidget) if widget.property("look")}
    for widget, look in worn:
        assert any(widget.inherits(kind) for kind, named in ruled if named == look), (widget, look)
    for kind, look in ruled:
        assert any(widget.inherits(kind) for widget, named in worn if named == look), (kind, look)
