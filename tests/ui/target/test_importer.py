"""Images and points dropped, pasted and chosen: what arrives in the Spec, and that bad ones change nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication

from ncsn_viz.core.targets import Painted
from ncsn_viz.core.targets.painting import ImageMark, PointCloudMark
from ncsn_viz.lab.experiment import Spec, View
from ncsn_viz.lab.storage import experiment_files, mark_import
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.window import Window
from ncsn_viz.ui.target import importer
from ncsn_viz.ui.widgets import theme

CASES = Path(__file__).parents[2] / "data" / "cases"


@pytest.fixture
def window(qtbot):
    theme.apply(QApplication.instance())
    made = Window(Session(Spec(), "cpu"))
    qtbot.addWidget(made)
    yield made
    made.close()


def drop(widget, data):
    place, keys = QPoint(40, 90), Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, keys)
    QApplication.sendEvent(widget, enter)
    if not enter.isAccepted():
        return False
    event = QDropEvent(place, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, keys)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def file_of(path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


def image_file(folder):
    page = np.full((40, 40), 255, np.uint8)
    page[10:30, 10:30] = 0
    Image.fromarray(page).save(folder / "square.png")
    return folder / "square.png"


def chosen(spec):
    """All but the view: the window tells the engine how wide its plots are whenever it has been laid out."""
    return replace(spec, view=View())


def marks(window):
    target = window.session.spec.target
    return target.strokes if isinstance(target, Painted) else ()


def test_a_dropped_image_lies_on_an_empty_canvas_and_is_one_step(qtbot, window, tmp_path):
    before = window.session.spec
    assert drop(window, file_of(image_file(tmp_path)))
    qtbot.waitUntil(lambda: len(marks(window)) == 1)
    after = window.session.spec
    assert isinstance(marks(window)[0], ImageMark)
    assert after.target.base is None
    assert after.target.weights()[64, 64] == pytest.approx(1)
    assert "square.png" in window.target.mark_caption.text()
    window.session.undo()
    assert chosen(window.session.spec) == chosen(before)
    window.session.redo()
    assert chosen(window.session.spec) == chosen(after)


def test_light_or_dark_can_be_switched_afterwards(qtbot, window, tmp_path):
    drop(window, file_of(image_file(tmp_path)))
    qtbot.waitUntil(lambda: len(marks(window)) == 1)
    window.show()
    combo = window.target.mark.form.rows["density"].combo
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Up)
    assert marks(window)[0].density == "light"
    weights = window.session.spec.target.weights()
    assert weights[64, 64] == 0
    assert weights[4, 4] == pytest.approx(1)


def test_dropped_points_lie_over_what_was_painted(qtbot, window, tmp_path):
    values = np.random.default_rng(0).uniform(-7, 7, (400, 2))
    np.save(tmp_path / "a.npy", values)
    np.savetxt(tmp_path / "b.csv", values, delimiter=",")
    for count, name in enumerate(("a.npy", "b.csv"), 1):
        assert drop(window, file_of(tmp_path / name))
        qtbot.waitUntil(lambda count=count: len(marks(window)) == count)
    assert all(isinstance(mark, PointCloudMark) and mark.count == 400 for mark in marks(window))
    assert marks(window)[0].pixels == marks(window)[1].pixels
    assert window.target.mark_caption.text() == "400 points · b.csv"


def test_paste_takes_rows_of_numbers_and_images(qtbot, window):
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("x y\n1 2\n-7 -6\n7 6\n")
    window.importer.paste()
    qtbot.waitUntil(lambda: len(marks(window)) == 1)
    assert marks(window)[0].count == 3
    image = QImage(2000, 1000, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    image.setPixelColor(0, 0, QColor("white"))
    clipboard.setImage(image)
    window.importer.paste()
    qtbot.waitUntil(lambda: len(marks(window)) == 2)
    assert marks(window)[1].box == pytest.approx((-8, 8, -4, 4))
    clipboard.clear()


def test_a_bad_file_or_clipboard_changes_nothing_and_says_why(qtbot, window, tmp_path):
    before = window.session.spec
    (tmp_path / "bad.csv").write_text("1\n2\n")
    drop(window, file_of(tmp_path / "bad.csv"))
    qtbot.waitUntil(lambda: "bad.csv: needs two numbers in every row" in window.notifications.text())
    QGuiApplication.clipboard().setText("no numbers at all")
    window.importer.paste()
    qtbot.waitUntil(lambda: "The pasted text needs two numbers" in window.notifications.text())
    QGuiApplication.clipboard().clear()
    window.importer.paste()
    assert "clipboard holds no image" in window.notifications.text()
    assert chosen(window.session.spec) == chosen(before)
    assert not window.session.can_undo


def test_columns_that_are_unclear_are_asked_for_with_a_preview(qtbot, window):
    drop(window, file_of(CASES / "two_heads.tsv"))
    qtbot.waitUntil(lambda: window.importer.dialog is not None)
    dialog = window.importer.dialog
    texts = [dialog.x_combo.itemText(k) for k in range(dialog.x_combo.count())]
    assert texts == ["1: away x", "2: away y", "3: dino x", "4: dino y"]
    assert dialog.columns == (0, 1)
    assert [dialog.rows.item(4, column).text() for column in range(4)] == ["0.435", "2.870", "0.435", "2.870"]
    assert dialog.picture.points[4] == (0.435, 2.87)
    assert not dialog.picture.grab().toImage().isNull()
    dialog.x_combo.setCurrentIndex(1)
    assert not dialog.take.isEnabled()  # one column twice
    dialog.y_combo.setCurrentIndex(2)
    assert dialog.picture.points[4] == (2.87, 0.435)
    assert marks(window) == ()
    qtbot.mouseClick(dialog.take, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(marks(window)) == 1)
    assert window.importer.dialog is None
    mirrored = mark_import.read(CASES / "two_heads.tsv", (-8, 8), (1, 2)).mark
    assert marks(window)[0] == mirrored
    assert window.notifications.isHidden()


def test_a_dialog_that_is_cancelled_imports_nothing(qtbot, window):
    drop(window, file_of(CASES / "two_heads.tsv"))
    qtbot.waitUntil(lambda: window.importer.dialog is not None)
    window.importer.dialog.reject()
    assert window.importer.dialog is None
    assert marks(window) == ()


def test_what_was_left_out_of_a_file_is_told(qtbot, window):
    drop(window, file_of(CASES / "na.csv"))
    qtbot.waitUntil(lambda: len(marks(window)) == 1)
    sentence = "na.csv: 1 row was left out, without two finite numbers: row 3 reads “NA,3”."
    qtbot.waitUntil(lambda: window.notifications.text() == sentence)


def test_a_dropped_experiment_is_opened(qtbot, window, tmp_path):
    spec = replace(Spec(), seed=7)
    experiment_files.write(tmp_path / "seven.json", spec)
    assert drop(window, file_of(tmp_path / "seven.json"))
    qtbot.waitUntil(lambda: window.session.spec.seed == 7)


def test_nothing_of_use_is_not_taken(window):
    assert not drop(window, QMimeData())


def test_the_menu_asks_for_a_file(qtbot, window, tmp_path, monkeypatch):
    path = image_file(tmp_path)
    monkeypatch.setattr(importer, "path_to_open", lambda *_: path)
    window.target.tools.load.click()
    qtbot.waitUntil(lambda: len(marks(window)) == 1)
    window.toolbar.importAsked.emit()
    qtbot.waitUntil(lambda: len(marks(window)) == 2)
