"""Qt's own file dialog: icons that are seen on dark ground, dates in full, and the path that was chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fake_snapshots import pixels_of
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QApplication, QFileDialog, QHeaderView, QToolButton, QTreeView, QWidget

from ncsn_viz.ui.forms import file_dialog
from ncsn_viz.ui.widgets import theme


@pytest.fixture
def parent(qtbot, qapp):
    theme.apply(qapp)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    made = QWidget()
    qtbot.addWidget(made)
    yield made
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, False)
    theme.apply(qapp)


@pytest.mark.parametrize("scheme", [theme.DARK, theme.LIGHT])
def test_icons_of_one_colour_have_that_of_text(parent, qapp, scheme):
    theme.apply(qapp, scheme)
    dialog = file_dialog.file_dialog(parent, "Open", "Experiments (*.json)")
    buttons = [button for button in dialog.findChildren(QToolButton) if not button.icon().isNull()]
    assert len(buttons) >= 5
    silhouettes = [button for button in buttons if file_dialog.is_silhouette(button.icon().pixmap(16, 16))]
    assert {"backButton", "forwardButton", "toParentButton"} <= {button.objectName() for button in silhouettes}
    for button in silhouettes:
        image = button.icon().pixmap(16, 16).toImage()
        seen = {image.pixelColor(x, y).name() for x in range(16) for y in range(16)
                if image.pixelColor(x, y).alpha() > 250}  # fmt: skip
        text = np.array(QColor(scheme.text).getRgb()[:3])
        assert all(np.abs(np.array(QColor(name).getRgb()[:3]) - text).max() <= 4 for name in seen), button.objectName()


def test_icons_of_several_colours_keep_them(parent):
    dialog = file_dialog.file_dialog(parent, "Open", "Experiments (*.json)")
    for name in ("listModeButton", "detailModeButton", "newFolderButton"):
        image = dialog.findChild(QToolButton, name).icon().pixmap(16, 16).toImage()
        bright = [image.pixelColor(x, y).lightness() for x in range(16) for y in range(16)]
        assert np.ptp(bright) > 100, name


def test_columns_are_as_wide_as_their_texts(parent):
    dialog = file_dialog.file_dialog(parent, "Open", "Experiments (*.json)")
    (tree,) = [view for view in dialog.findChildren(QTreeView) if view.objectName() == "treeView"]
    modes = [tree.header().sectionResizeMode(column) for column in range(4)]
    assert modes == [QHeaderView.ResizeMode.Stretch] + [QHeaderView.ResizeMode.ResizeToContents] * 3


@pytest.mark.parametrize("agreed", [False, True])
def test_a_path_or_none(parent, monkeypatch, tmp_path, agreed):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(QFileDialog, "exec", lambda _: int(agreed))
    path = file_dialog.path_to_save(parent, "Save", "Experiments (*.json)", "mine.json")
    assert (path is not None and Path(path).name == "mine.json") == agreed
    assert file_dialog.path_to_open(parent, "Open", "Experiments (*.json)") is None or agreed


def test_icons_have_the_room_that_they_need(parent, qtbot):
    dialog = file_dialog.file_dialog(parent, "Open", "Experiments (*.json)")
    qtbot.addWidget(dialog)
    dialog.show()
    QApplication.processEvents()
    for button in (each for each in dialog.findChildren(QToolButton) if each.isVisible() and not each.icon().isNull()):
        with_icon = pixels_of(button)
        button.setIcon(QIcon())
        drawn = np.nonzero(np.abs(with_icon - pixels_of(button)).sum(-1) > 30)
        assert min(np.ptp(drawn[0]), np.ptp(drawn[1])) >= 7, button.objectName()
