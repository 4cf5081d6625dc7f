"""A pathologist shows, hides and fades every layer by key and slider, and reads the heatmap's colours and values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider
from pytestqt.qtbot import QtBot

from app.canvas import theme
from app.canvas.colormaps import PROBABILITY_COLORMAPS
from app.canvas.image_pixels import bgra_of
from app.program import Program
from inference.slides.frames import PointL0
from tests.support.windows import LONG_MS, hovered, opened, scanned

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

HOT = PointL0(1500, 1200)
"""In the fake engine's hottest area, away from its candidate's ring."""


def _pixels(qtbot: QtBot, program: Program) -> NDArray[np.int64]:
    """(height, width, 3) of the view at rest, without what floats on it."""
    qtbot.waitUntil(program.window.view.is_settled, timeout=LONG_MS)
    picture = program.window.view.grab().toImage()
    return bgra_of(picture)[..., :3].astype(int)


def _at(program: Program, point_l0: PointL0) -> QPoint:
    at = program.window.view.viewport.to_view(point_l0)
    return QPoint(round(at.x), round(at.y))


def _colour(qtbot: QtBot, program: Program, point_l0: PointL0) -> QColor:
    qtbot.waitUntil(program.window.view.is_settled, timeout=LONG_MS)
    return program.window.view.grab().toImage().pixelColor(_at(program, point_l0))


def _ready(qtbot: QtBot, program: Program, path: Path) -> None:
    """A scanned slide with a drawn rectangle and nothing floating on it."""
    opened(qtbot, program, path)
    program.scan.start()
    scanned(qtbot, program)
    view = program.window.view
    view.set_animated(False)
    qtbot.waitUntil(lambda: program.annotations.control.why_not() == "", timeout=LONG_MS)
    qtbot.keyClick(view, Qt.Key.Key_R)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 500))
    for at in (QPoint(350, 550), QPoint(400, 600)):
        QTest.mouseMove(view, at)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 600))
    for key in (Qt.Key.Key_M, Qt.Key.Key_Escape, Qt.Key.Key_Tab):
        qtbot.keyClick(view, key)
    entry = program.session.current
    assert entry is not None and entry.annotations.document is not None
    assert len(entry.annotations.document.annotations) == 1
    program.annotations.control.select([])


def _slide_to(qtbot: QtBot, slider: QSlider, key: Qt.Key) -> None:
    """To an end by its key, as who works by keys does."""
    slider.setFocus()
    qtbot.keyClick(slider, key)


def test_every_layer_has_a_key_and_an_opacity_that_end_at_the_same(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    _ready(qtbot, program, slide_path)
    view, side = program.window.view, program.window.side
    side.picture.set_open(True)
    before = _pixels(qtbot, program)
    layers = {
        Qt.Key.Key_H: side.layers.opacity.slider,
        Qt.Key.Key_C: side.picture.opacity["candidates"].slider,
        Qt.Key.Key_N: side.picture.opacity["annotations"].slider,
    }
    for key, slider in layers.items():
        shown = slider.value()
        qtbot.keyClick(view, key)
        hidden = _pixels(qtbot, program)
        assert (hidden != before).any(), key
        qtbot.keyClick(view, key)
        np.testing.assert_array_equal(_pixels(qtbot, program), before)
        _slide_to(qtbot, slider, Qt.Key.Key_Home)
        assert (np.abs(_pixels(qtbot, program) - hidden) <= 1).all(), key
        # Half way it lies between both, where they differ clearly.
        slider.setValue(slider.maximum() // 2)
        half, apart = _pixels(qtbot, program), np.abs(before - hidden) > 30
        assert ((half - np.minimum(before, hidden))[apart] > 0).mean() > 0.9
        slider.setValue(shown)
        np.testing.assert_array_equal(_pixels(qtbot, program), before)
    # All of them at once, and back.
    at_first = side.layers.opacity.slider.value()
    qtbot.keyClick(view, Qt.Key.Key_S)
    bare = _pixels(qtbot, program)
    _slide_to(qtbot, side.picture.opacity["slide"].slider, Qt.Key.Key_Home)
    _slide_to(qtbot, side.layers.opacity.slider, Qt.Key.Key_End)
    heatmap_opacity = program.layers.value.chosen.heatmap_opacity
    assert (_pixels(qtbot, program) == (theme.GROUND.blue(), theme.GROUND.green(), theme.GROUND.red())).all()
    qtbot.mouseClick(side.picture.reset, Qt.MouseButton.LeftButton)
    np.testing.assert_array_equal(_pixels(qtbot, program), bare)
    # As its tooltip says.
    assert side.picture.reset.toolTip().endswith("The heatmap stays as set above")
    assert program.layers.value.chosen.heatmap_opacity == heatmap_opacity == 1.0
    side.layers.opacity.slider.setValue(at_first)
    qtbot.keyClick(view, Qt.Key.Key_S)
    np.testing.assert_array_equal(_pixels(qtbot, program), before)


def test_the_colours_are_chosen_by_key_and_the_legend_and_the_slide_agree(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    _ready(qtbot, program, slide_path)
    view, card = program.window.view, program.window.side.layers
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_C):
        qtbot.keyClick(view, key)
    _slide_to(qtbot, card.opacity.slider, Qt.Key.Key_End)
    legend, seen, value = view.overlays.legend, [], program.session.probability_at(HOT)
    assert value is not None and value > 0.9
    for name in PROBABILITY_COLORMAPS:
        card.colours.setFocus()
        if seen:
            qtbot.keyClick(card.colours, Qt.Key.Key_Down)
        assert program.layers.value.chosen.colormap == name
        colour = _colour(qtbot, program, HOT)
        bar = legend.bar_rect()
        at = QPoint(round(bar.left() + value * bar.width()), round(bar.center().y()))
        of_legend = legend.grab().toImage().pixelColor(at)
        apart = zip(colour.getRgb()[:3], of_legend.getRgb()[:3], strict=True)
        assert max(abs(a - b) for a, b in apart) < 16, name
        seen.append(colour.rgb())
    assert len(set(seen)) == len(PROBABILITY_COLORMAPS)
    # One square a cell, until it is asked for otherwise.
    cells = _pixels(qtbot, program)
    card.smooth.setFocus()
    qtbot.keyClick(card.smooth, Qt.Key.Key_Space)
    assert program.layers.value.chosen.smooth
    smooth = _pixels(qtbot, program)

    def steps(picture: NDArray[np.int64]) -> float:
        """Part of the px that differ from the next one, in a band through the hot area."""
        at = _at(program, HOT)
        band = picture[at.y() - 2 : at.y() + 2, at.x() - 150 : at.x() + 150]
        return float((np.abs(np.diff(band, axis=1)) > 0).any(axis=-1).mean())

    assert steps(cells) < steps(smooth)


def test_the_value_under_the_cursor_is_told_and_marks_keep_their_size(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    _ready(qtbot, program, slide_path)
    view, status = program.window.view, program.window.status
    hovered(view, _at(program, HOT))
    assert status.probability.text() == f"probability {program.session.probability_at(HOT):.2f}"
    hovered(view, _at(program, PointL0(4900, 3900)))
    assert status.probability.text() < "probability 0.5"
    entry = program.session.current
    assert entry is not None
    qtbot.keyClick(view, Qt.Key.Key_H)
    # Rings look alike from 1.25x to 40x: nobody has to know where to zoom in to find one.
    rings = []
    for key in (Qt.Key.Key_0, Qt.Key.Key_5, Qt.Key.Key_4):
        qtbot.keyClick(view, key)
        view.fly_to(entry.candidates[0].point_l0)
        with_rings = _pixels(qtbot, program)
        qtbot.keyClick(view, Qt.Key.Key_C)
        without = _pixels(qtbot, program)
        qtbot.keyClick(view, Qt.Key.Key_C)
        middle = view.height() // 2, view.width() // 2
        part = (slice(middle[0] - 40, middle[0] + 40), slice(middle[1] - 40, middle[1]))
        rings.append(int((with_rings[part] != without[part]).any(axis=-1).sum()))
    assert min(rings) > 100 and max(rings) < 1.5 * min(rings)
