"""The window follows the system's light and dark, says what every button does by which key, and what to do next."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QToolButton
from pytestqt.qtbot import QtBot

import app.theme
from app.actions import ACTIONS
from app.panels.help_pages import AboutPage, KeysPage
from app.program import Program
from app.theme import DARK, LIGHT
from tests.support.windows import LONG_MS, open_window, opened, scanned

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def _ground(program: Program) -> str:
    """The colour of the empty tray, as seen."""
    tray = program.window.tray
    return tray.grab().toImage().pixelColor(tray.width() // 2, tray.height() // 2).name()


def _choose(program: Program, name: str) -> None:
    (action,) = [
        each
        for each in program.window.findChildren(QAction)
        if each.text() == name and each.actionGroup() is not None
    ]
    action.trigger()


def test_light_and_dark_follow_the_system_until_one_is_chosen(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The platform of the tests has no schemes of its own: what it would answer and tell is put in its place.
    scheme = [Qt.ColorScheme.Unknown]
    hints = SimpleNamespace(styleHints=lambda: SimpleNamespace(colorScheme=lambda: scheme[0]))
    monkeypatch.setattr(app.theme, "QGuiApplication", hints)

    def switch(to: Qt.ColorScheme) -> None:
        scheme[0] = to
        QApplication.styleHints().colorSchemeChanged.emit(to)

    with open_window(qtbot, tmp_path, monkeypatch) as program:
        assert _ground(program) == DARK.panel
        for to, palette in ((Qt.ColorScheme.Light, LIGHT), (Qt.ColorScheme.Dark, DARK)):
            switch(to)
            assert _ground(program) == palette.panel
        _choose(program, "Light")
        assert _ground(program) == LIGHT.panel
        switch(Qt.ColorScheme.Dark)
        assert _ground(program) == LIGHT.panel
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        assert _ground(program) == LIGHT.panel
        _choose(program, "System")
        assert _ground(program) == DARK.panel


def test_f1_shows_every_key_and_escape_closes_it(qtbot: QtBot, program: Program) -> None:
    qtbot.keyClick(program.window, Qt.Key.Key_F1)
    (page,) = [each for each in program.window.findChildren(KeysPage) if each.isVisible()]
    said = {label.text() for label in page.findChildren(QLabel)}
    assert {spec.text for spec in ACTIONS if spec.shortcut} <= said
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert not page.isVisible()
    program.window.actions_["about"].trigger()
    (about,) = [each for each in program.window.findChildren(AboutPage) if each.isVisible()]
    assert any("For research use only" in label.text() for label in about.findChildren(QLabel))
    qtbot.keyClick(about, Qt.Key.Key_Return)
    assert not about.isVisible()


def test_every_button_of_the_toolbar_tells_its_key(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    opened(qtbot, program, slide_path)
    program.scan.start()
    scanned(qtbot, program)
    keys = {program.window.actions_[spec.id]: spec.shortcut for spec in ACTIONS if spec.toolbar}
    buttons = [
        each for each in program.window.toolbar.findChildren(QToolButton) if each.defaultAction() in keys
    ]
    assert len(buttons) == len(keys) > 15
    for button in buttons:
        assert f"({keys[button.defaultAction()]})" in button.toolTip(), button.toolTip()
    assert "(Ctrl+Return)" in program.window.toolbar.scan.toolTip()


def test_what_is_empty_says_what_to_do(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    window = program.window

    def said() -> str:
        return "\n".join(each.text() for each in window.findChildren(QLabel) if each.isVisible())

    for words in (
        "Drop slides or a folder here, or press Ctrl+O", "Slides you open are listed here", "Open a slide to scan it",
        "Listed here after a scan", "Draw with the tools above the slide", "press Shift+R",
    ):  # fmt: skip
        assert words in said(), words
    assert window.toolbar.scan.toolTip() == "Open a slide first"
    assert not window.side.annotations.edit.isEnabled()
    opened(qtbot, program, slide_path)
    assert "This slide was not scanned yet. A scan with P4M-DenseNet-M lays a heatmap over it" in said()
    assert window.actions_["heatmap"].toolTip() == "There is no heatmap yet: scan the slide"
    program.scan.start()
    scanned(qtbot, program)
    qtbot.waitUntil(window.side.annotations.edit.isEnabled, timeout=LONG_MS)
    slider = window.side.layers.threshold.slider
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert "No cell reaches the threshold of 0.99; the highest is 0.97." in said()
