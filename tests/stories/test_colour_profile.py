"""A pathologist sees colours as the scanner's profile means them, reads that it is so, and switches it off."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from app.program import Program
from tests.support.make_slide import white, write_pyramid
from tests.support.profiles import srgb_profile, swapped_profile
from tests.support.windows import LONG_MS, opened

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def _middle(program: Program) -> tuple[int, int, int]:
    view = program.window.view
    colour = QColor(view.grab().toImage().pixelColor(view.rect().center()))
    return colour.red(), colour.green(), colour.blue()


def test_the_profile_is_applied_said_and_switched_off(qtbot: QtBot, program: Program, tmp_path: Path) -> None:
    red = white(1500, 2000)
    red[:] = (200, 20, 30)
    path = write_pyramid(tmp_path / "red.tif", red, profile=swapped_profile())
    opened(qtbot, program, path)
    view, facts = program.window.view, program.window.side.info.facts
    action = program.window.actions_["colour_profile"]
    assert action.isEnabled() and action.isChecked()
    assert facts.text_of("Colour profile").endswith(", applied")
    np.testing.assert_allclose(_middle(program), (30, 20, 200), atol=2)

    qtbot.keyClick(view, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(view.is_settled)
    assert not action.isChecked() and facts.text_of("Colour profile").endswith(", switched off")
    np.testing.assert_allclose(_middle(program), (200, 20, 30), atol=1)
    assert not program.settings.profile_applied()

    qtbot.keyClick(view, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(view.is_settled)
    np.testing.assert_allclose(_middle(program), (30, 20, 200), atol=2)


def test_nothing_to_switch_where_nothing_changes(qtbot: QtBot, program: Program, tmp_path: Path) -> None:
    facts, action = program.window.side.info.facts, program.window.actions_["colour_profile"]
    assert not action.isEnabled()
    opened(qtbot, program, write_pyramid(tmp_path / "a.tif", white(600, 600), profile=srgb_profile()))
    assert facts.text_of("Colour profile").endswith("shown as stored") and not action.isEnabled()
    opened(qtbot, program, write_pyramid(tmp_path / "b.tif", white(600, 700)))
    assert facts.text_of("Colour profile") == "none in the file" and not action.isEnabled()


def test_the_tray_shows_a_slide_in_the_colours_it_is_shown_in(
    qtbot: QtBot, program: Program, tmp_path: Path
) -> None:
    red = white(1500, 2000)
    red[:] = (200, 20, 30)
    first = write_pyramid(tmp_path / "first.tif", white(600, 600))
    for name, shown in (("applied.tif", (30, 20, 200)), ("stored.tif", (200, 20, 30))):
        path = write_pyramid(tmp_path / name, red, profile=swapped_profile())
        program.list.control.add([path])
        # Not opened: the picture is the tray's own.
        qtbot.waitUntil(lambda path=path: _picture_of(program, path) is not None, timeout=LONG_MS)
        picture = _picture_of(program, path)
        assert picture is not None
        middle = picture.pixelColor(picture.rect().center())
        np.testing.assert_allclose((middle.red(), middle.green(), middle.blue()), shown, atol=2)
        if name == "applied.tif":
            opened(qtbot, program, path)
            qtbot.keyClick(program.window.view, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
            opened(qtbot, program, first)


def test_pictures_already_in_the_tray_follow_the_switch(
    qtbot: QtBot, program: Program, tmp_path: Path
) -> None:
    red = white(1500, 2000)
    red[:] = (200, 20, 30)
    paths = [write_pyramid(tmp_path / f"{name}.tif", red, profile=swapped_profile()) for name in "ab"]
    for path in paths:
        opened(qtbot, program, path)

    def shown(path: Path) -> tuple[int, int, int]:
        entry, picture = program.session.entry_of(path), _picture_of(program, path)
        assert entry is not None
        picture = entry.thumbnail or picture
        assert picture is not None
        middle = picture.pixelColor(picture.rect().center())
        return middle.red(), middle.green(), middle.blue()

    for as_shown in ((30, 20, 200), (200, 20, 30), (30, 20, 200)):
        qtbot.waitUntil(
            lambda as_shown=as_shown: all(np.allclose(shown(path), as_shown, atol=2) for path in paths),
            timeout=LONG_MS,
        )
        qtbot.keyClick(program.window.view, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)


def _picture_of(program: Program, path: Path) -> QImage | None:
    slide = program.list.tray.get(path)
    return None if slide is None else slide.picture
