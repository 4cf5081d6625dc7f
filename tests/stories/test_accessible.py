"""Story: who reads the window with a screen reader, works it by keys or needs large text misses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QSlider, QWidget
from pytestqt.qtbot import QtBot

from app.panels.tray_entry import TrayEntry
from app.program import Program
from tests.support.windows import opened

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def _controls(program: Program) -> list[QWidget]:
    kinds = (QAbstractButton, QComboBox, QSlider, TrayEntry)
    return [each for each in program.window.findChildren(QWidget) if isinstance(each, kinds)]


def test_every_control_has_a_name_and_a_tooltip(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    opened(qtbot, program, slide_path)
    controls = [each for each in _controls(program) if each.isVisible()]
    assert len(controls) > 20
    for each in controls:
        name = each.accessibleName() or (each.text() if isinstance(each, QAbstractButton) else "")
        assert name.strip(), f"{each} {each.objectName()} has no name"
        tips, parent = each.toolTip(), each.parentWidget()
        # A slider's row carries the tooltip for it.
        assert tips or (parent is not None and parent.toolTip()), f"{name} has no tooltip"


def test_tab_comes_to_every_control_of_a_card_and_back(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    opened(qtbot, program, slide_path)
    window, seen = program.window, []
    start = window.toolbar.model
    start.setFocus()
    for _ in range(100):
        # On the slide Tab hides what floats on it; everywhere else it goes on.
        if window.view.hasFocus():
            window.focusNextChild()
        else:
            qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        widget = QApplication.focusWidget()
        if widget is start:
            break
        seen.append(widget)
    assert QApplication.focusWidget() is start
    for wanted in (
        window.toolbar.scan,
        window.side.layers.opacity.slider,
        window.side.layers.threshold.slider,
        window.side.layers.colours,
        window.side.scan.button,
        window.tray.entries[0],
    ):
        assert wanted in seen
    order = [seen.index(window.side.layers.opacity.slider), seen.index(window.side.scan.button)]
    assert order == sorted(order)


def test_the_window_fits_a_small_laptop_and_is_not_widened_by_its_toolbar(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    opened(qtbot, program, slide_path)
    assert (program.window.width(), program.window.height()) == (1366, 768)
    toolbar = program.window.toolbar
    for each in toolbar.findChildren(QWidget):
        if each.isVisible() and each.parentWidget() is toolbar:
            assert toolbar.rect().contains(each.geometry()), f"{each} is cut off"


def test_large_text_is_not_clipped(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    opened(qtbot, program, slide_path)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    font = application.font()
    font.setPixelSize(round(font.pixelSize() * 1.5))
    application.setFont(font)
    qtbot.wait(50)
    for label in program.window.findChildren(QLabel):
        if label.isVisible() and label.text() and not label.wordWrap() and label.pixmap().isNull():
            lines = label.text().count("\n") + 1
            assert label.height() + 1 >= lines * label.fontMetrics().ascent(), f"{label.text()!r} is cut off"
