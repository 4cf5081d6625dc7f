"""A pathologist looks at one stain, brightens the slide, outlines what the model found and lays a grid over it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.program import Program
from app.state.viewport import PointView
from tests.support.windows import opened, scanned

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def _seen(qtbot: QtBot, program: Program) -> QImage:
    qtbot.waitUntil(program.window.view.is_settled)
    return program.window.view.grab().toImage()


def _alike(one: QImage, other: QImage) -> bool:
    """Equal but for what scaling rounds differently in a part and in the whole, and for the minimap's late picture."""
    left, right = (
        np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[200:, :, :3].astype(int)
        for image in (one, other)
    )
    return bool((np.abs(left - right).max(axis=-1) > 3).mean() < 0.01)


def test_the_picture_changes_at_once_and_comes_back(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    opened(qtbot, program, slide_path)
    card = program.window.side.picture
    card.set_open(True)
    before = _seen(qtbot, program)
    card.brightness.slider.setFocus()
    for _ in range(4):
        qtbot.keyClick(card.brightness.slider, Qt.Key.Key_PageUp)
    assert program.layers.value.chosen.adjustment.brightness == pytest.approx(0.2)
    middle = before.rect().center()
    brighter = _seen(qtbot, program)
    assert brighter.pixelColor(middle).lightness() > before.pixelColor(middle).lightness() + 20
    card.stain.setFocus()
    qtbot.keyClick(card.stain, Qt.Key.Key_Down)
    assert program.layers.value.chosen.adjustment.stain == "hematoxylin"
    assert _seen(qtbot, program) != brighter
    qtbot.mouseClick(card.reset, Qt.MouseButton.LeftButton)
    assert program.layers.value.chosen.adjustment.is_neutral
    assert _alike(_seen(qtbot, program), before)


def test_the_pixel_under_the_cursor_is_told_with_its_colour(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    opened(qtbot, program, slide_path)
    view, status = program.window.view, program.window.status
    view.set_animated(False)
    view.zoom_to_downsample(1.0)
    picture = _seen(qtbot, program)
    at = QPoint(300, 200)
    QTest.mouseMove(view, at)
    place, colour = view.viewport.to_l0(PointView(300, 200)), picture.pixelColor(at)
    told = f"px {int(place.x)}, {int(place.y)} · RGB {colour.red()} {colour.green()} {colour.blue()}"
    assert status.pixel.text() == told
    assert status.place.text().endswith("µm")


def test_grid_and_lines_by_their_keys(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    opened(qtbot, program, slide_path)
    program.scan.start()
    scanned(qtbot, program)
    view = program.window.view
    before = _seen(qtbot, program)
    qtbot.keyClick(view, Qt.Key.Key_T)
    assert program.window.side.layers.contours.isChecked()
    outlined = _seen(qtbot, program)
    assert outlined != before
    qtbot.keyClick(view, Qt.Key.Key_G)
    assert program.window.actions_["grid"].isChecked()
    assert _seen(qtbot, program) != outlined
    qtbot.keyClick(view, Qt.Key.Key_G)
    qtbot.keyClick(view, Qt.Key.Key_T)
    assert _alike(_seen(qtbot, program), before)
