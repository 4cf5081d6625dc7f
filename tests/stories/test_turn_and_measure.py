"""A pathologist turns a slide the way the surgeon drew it, measures on it, and goes back to where they were."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.slide_view import SlideView
from app.canvas.tools.measure_tool import MeasureTool
from app.program import Program
from app.state.viewport import PointView
from tests.support.windows import opened

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

LEFT = Qt.MouseButton.LeftButton


def _gesture(view: SlideView, kind: Qt.NativeGestureType, value: float, at: QPoint) -> None:
    device = QPointingDevice.primaryPointingDevice()
    place, everywhere = QPointF(at), QPointF(view.mapToGlobal(at))
    event = QNativeGestureEvent(kind, device, 2, place, place, everywhere, value, QPointF())
    QApplication.sendEvent(view, event)


def _drag(view: SlideView, start: QPoint, end: QPoint, *, modifier: Qt.KeyboardModifier) -> None:
    QTest.mousePress(view, LEFT, modifier, start)
    for at in ((start + end) / 2, end):
        QTest.mouseMove(view, at)
    QTest.mouseRelease(view, LEFT, modifier, end)


def test_turning_by_keys_hand_and_fingers(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    opened(qtbot, program, slide_path)
    view, status = program.window.view, program.window.status
    view.set_animated(False)
    qtbot.keyClick(view, Qt.Key.Key_BracketRight)
    qtbot.keyClick(view, Qt.Key.Key_BracketRight)
    qtbot.keyClick(view, Qt.Key.Key_BracketLeft)
    assert view.viewport.angle_deg == pytest.approx(15)
    assert status.zoom.text().endswith("15°")
    # Turned clockwise on the screen, the view lies anticlockwise on the slide: its right end is higher.
    outline = view.overlays.minimap.view_outline
    qtbot.waitUntil(lambda: outline().at(1).y() < outline().at(0).y() - 5)

    # The view turns about its exact middle, which QRect.center() misses by a pixel where a side is even.
    middle = QPoint(view.width() // 2, view.height() // 2)
    _drag(
        view, middle + QPoint(100, 0), middle + QPoint(0, 100), modifier=Qt.KeyboardModifier.ControlModifier
    )
    assert view.viewport.angle_deg == pytest.approx(105, abs=1)
    held = view.viewport.to_l0(PointView(200, 150))
    _gesture(view, Qt.NativeGestureType.RotateNativeGesture, 20.0, QPoint(200, 150))
    _gesture(view, Qt.NativeGestureType.ZoomNativeGesture, 0.5, QPoint(200, 150))
    assert view.viewport.angle_deg == pytest.approx(125, abs=1)
    now = view.viewport.to_l0(PointView(200, 150))
    assert (now.x, now.y) == (pytest.approx(held.x, abs=1e-6), pytest.approx(held.y, abs=1e-6))

    qtbot.keyClick(view, Qt.Key.Key_Backslash)
    assert view.viewport.flipped and "mirrored" in status.zoom.text()
    qtbot.keyClick(view, Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    assert (view.viewport.angle_deg, view.viewport.flipped) == (0.0, False)
    qtbot.waitUntil(view.is_settled)


def test_measuring_by_dragging_and_by_two_clicks(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    opened(qtbot, program, slide_path)
    view = program.window.view
    view.set_animated(False)
    view.zoom_to_downsample(4.0)
    qtbot.keyClick(view, Qt.Key.Key_D)
    tool = view.tool
    assert isinstance(tool, MeasureTool)
    assert program.window.actions_["tool_measure"].isChecked()
    before = view.viewport
    _drag(view, QPoint(100, 200), QPoint(300, 200), modifier=Qt.KeyboardModifier.NoModifier)
    assert view.viewport == before
    (first,) = tool.distances
    entry = program.session.current
    assert entry is not None
    # 200 view px at 4 level-0 px each of 0.25 um.
    assert first.text(entry.info.mpp) == "200 µm"
    lit = view.grab().toImage().pixelColor(200, 200)
    assert (lit.red(), lit.green(), lit.blue()) == (0x2F, 0xD0, 0xD8)

    QTest.mouseClick(view, LEFT, pos=QPoint(100, 300))
    QTest.mouseMove(view, QPoint(120, 310))
    assert tool.current is not None
    QTest.mouseClick(view, LEFT, pos=QPoint(130, 340))
    assert tool.distances[1].text(entry.info.mpp) == "50.0 µm"
    # Space moves the slide whatever the tool.
    QTest.keyPress(view, Qt.Key.Key_Space)
    _drag(view, QPoint(300, 300), QPoint(250, 300), modifier=Qt.KeyboardModifier.NoModifier)
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert len(tool.distances) == 2 and view.viewport != before

    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert tool.distances == ()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.tool is None and program.window.actions_["tool_move"].isChecked()


def test_a_distance_is_of_its_slide(
    qtbot: QtBot, program: Program, slide_path: Path, slide_without_mpp: Path
) -> None:
    opened(qtbot, program, slide_path)
    view = program.window.view
    qtbot.keyClick(view, Qt.Key.Key_D)
    _drag(view, QPoint(100, 200), QPoint(300, 200), modifier=Qt.KeyboardModifier.NoModifier)
    tool = view.tool
    assert isinstance(tool, MeasureTool) and len(tool.distances) == 1
    opened(qtbot, program, slide_without_mpp)
    assert view.tool is tool and tool.distances == ()


def test_back_and_forward_among_views(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    opened(qtbot, program, slide_path)
    view, actions = program.window.view, program.window.actions_
    view.set_animated(False)
    qtbot.waitUntil(lambda: not actions["back"].isEnabled() and view.is_settled())
    whole = view.viewport
    qtbot.keyClick(view, Qt.Key.Key_2)
    qtbot.waitUntil(actions["back"].isEnabled)
    near = view.viewport
    assert near.downsample < whole.downsample
    qtbot.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert view.viewport == whole
    qtbot.waitUntil(actions["forward"].isEnabled)
    assert not actions["back"].isEnabled()
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert view.viewport == near
