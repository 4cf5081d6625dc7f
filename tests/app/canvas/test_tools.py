"""Tools draw what encloses something, and the brush's keys are those its tooltip names."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.tools.brush_tool import RADIUS_VIEW, STEP, BrushTool
from app.canvas.tools.draw_tools import FreehandTool, VertexTool
from app.canvas.tools.tool import Hand
from app.state.viewport import PointView
from inference.results.annotation import Shape
from inference.slides.frames import PointL0


def _hand(x: float, y: float) -> Hand:
    return Hand(PointL0(x, y), PointView(x, y), 1.0, Qt.KeyboardModifier.NoModifier)


def test_a_polygon_along_a_line_is_not_drawn(qtbot: QtBot) -> None:
    tool = VertexTool(Shape.POLYGON)
    for x in (0.0, 50.0, 100.0):
        tool.press(_hand(x, x))
    with qtbot.assertNotEmitted(tool.drawn):
        tool.key_press(Qt.Key.Key_Return)
    assert not tool.is_busy


def test_an_eight_encloses_two_areas_and_is_drawn(qtbot: QtBot) -> None:
    # Its areas cancel out as a polygon's signed area.
    polygon, freehand = VertexTool(Shape.POLYGON), FreehandTool()
    eight = [_hand(*each) for each in ((0, 0), (100, 100), (100, 0), (0, 100))]
    for hand in eight:
        polygon.press(hand)
    with qtbot.waitSignal(polygon.drawn):
        polygon.key_press(Qt.Key.Key_Return)
    freehand.press(eight[0])
    for hand in eight[1:]:
        freehand.move(hand)
    with qtbot.waitSignal(freehand.drawn):
        freehand.release(eight[-1])


@pytest.mark.parametrize(("key", "factor"), [(Qt.Key.Key_Less, 1 / STEP), (Qt.Key.Key_Greater, STEP)])
def test_the_brush_grows_and_shrinks_by_the_keys_of_its_tooltip(
    qapp: QApplication, key: Qt.Key, factor: float
) -> None:
    brush = BrushTool(erases=False)
    assert brush.key_press(key)
    assert brush._radius_view == pytest.approx(RADIUS_VIEW * factor)
    # The point tool's key.
    assert not brush.key_press(Qt.Key.Key_Period)
