"""A pathologist moves about a slide by wheel, hand and keys: it follows the cursor, glides on and is never blank."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from app.actions import MAGNIFICATIONS, magnification_id, spec_of
from app.canvas import theme
from app.canvas.slide_view import SlideView
from app.program import Program
from app.state.viewport import PointView
from tests.support.make_slide import textured, write_pyramid
from tests.support.windows import LONG_MS, opened

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

TRIES = 5
"""Of what a machine that stands still for a tenth of a second spoils."""
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


def _wheel(view: SlideView, at: QPoint, notches: int) -> None:
    event = QWheelEvent(
        QPointF(at), QPointF(view.mapToGlobal(at)), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def _drag(view: SlideView, start: QPoint, by: QPoint, button: Qt.MouseButton, *, quick: bool = False) -> None:
    QTest.mousePress(view, button, pos=start)
    for part in range(1, 6):
        QTest.mouseMove(view, start + by * part / 5)
        QTest.qWait(5)
    if not quick:
        # The hand rests before it lets go, so that nothing glides on.
        QTest.qWait(120)
    QTest.mouseRelease(view, button, pos=start + by)


def _is_blank(view: SlideView, at: QPoint) -> bool:
    return bool(view.grab().toImage().pixelColor(at) == QColor(theme.GROUND))


def test_the_wheel_zooms_smoothly_about_the_cursor_and_the_slide_is_never_blank(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    opened(qtbot, program, slide_path)
    view, at = program.window.view, QPoint(500, 400)
    assert not _is_blank(view, at)
    seen: list[float] = []
    view.viewportChanged.connect(lambda viewport: seen.append(viewport.downsample))
    for _ in range(TRIES):
        seen.clear()
        before, held = view.viewport.downsample, view.viewport.to_l0(PointView(at.x(), at.y()))
        for _ in range(3):
            _wheel(view, at, 2)
            # Whatever was read by now: coarser tiles stand in for what is missing.
            assert not _is_blank(view, at + QPoint(40, 30))
        qtbot.waitUntil(view.is_settled, timeout=LONG_MS)
        assert seen == sorted(seen, reverse=True)
        now = view.viewport.to_l0(PointView(at.x(), at.y()))
        assert abs(now.x - held.x) < 0.01 and abs(now.y - held.y) < 0.01
        if any(before > each > view.viewport.downsample for each in seen):
            break
        # A machine that stood still for as long as the zoom takes has seen only its end.
        _wheel(view, at, -6)
        qtbot.waitUntil(view.is_settled, timeout=LONG_MS)
    else:
        pytest.fail("at once, not in steps")
    near = view.viewport.downsample
    _wheel(view, at, -4)
    qtbot.waitUntil(view.is_settled, timeout=LONG_MS)
    assert view.viewport.downsample == pytest.approx(near * 4)


def test_the_hand_takes_the_slide_along_and_a_quick_one_sends_it_gliding(
    qtbot: QtBot, program: Program, slide_path: Path
) -> None:
    opened(qtbot, program, slide_path)
    view = program.window.view
    qtbot.keyClick(view, Qt.Key.Key_4)
    qtbot.waitUntil(view.is_settled, timeout=LONG_MS)
    before = view.viewport.centre_l0
    _drag(view, QPoint(300, 300), QPoint(-50, -30), LEFT)
    assert view.viewport.centre_l0.x == pytest.approx(before.x + 50)
    assert view.viewport.centre_l0.y == pytest.approx(before.y + 30)
    # With a tool that draws, the middle button does the same.
    qtbot.keyClick(view, Qt.Key.Key_P)
    _drag(view, QPoint(300, 300), QPoint(50, 30), MIDDLE)
    assert view.viewport.centre_l0.x == pytest.approx(before.x)
    qtbot.keyClick(view, Qt.Key.Key_M)
    for _ in range(TRIES):
        _drag(view, QPoint(500, 400), QPoint(-150, 0), LEFT, quick=True)
        let_go = view.viewport.centre_l0.x

        def is_far(let_go: float = let_go) -> bool:
            return view.viewport.centre_l0.x > let_go + 20

        qtbot.waitUntil(lambda is_far=is_far: is_far() or view.is_settled(), timeout=LONG_MS)
        if is_far():
            break
        # A hand that stood still before it let go, as on a machine that did, sends nothing gliding.
        _drag(view, QPoint(350, 400), QPoint(150, 0), LEFT)
    else:
        pytest.fail("nothing glides on")
    # A touch holds it.
    QTest.mousePress(view, LEFT, pos=QPoint(400, 400))
    held = view.viewport
    qtbot.wait(80)
    assert view.viewport == held
    QTest.mouseRelease(view, LEFT, pos=QPoint(400, 400))


def test_keys_and_double_click_move_and_zoom(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    opened(qtbot, program, slide_path)
    view, bar = program.window.view, program.window.view.overlays.scale_bar
    view.set_animated(False)
    qtbot.keyClick(view, Qt.Key.Key_2)
    here = view.viewport
    for key, way in ((Qt.Key.Key_Right, (1, 0)), (Qt.Key.Key_Down, (0, 1)), (Qt.Key.Key_Left, (-1, 0))):
        before = view.viewport.centre_l0
        qtbot.keyClick(view, key)
        moved = view.viewport.centre_l0.x - before.x, view.viewport.centre_l0.y - before.y
        assert [round(each, 6) and each / abs(each) for each in moved] == list(way)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.viewport.centre_l0.y == pytest.approx(here.centre_l0.y)
    qtbot.waitUntil(view.is_settled, timeout=LONG_MS)
    length = bar.length
    assert length is not None
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.viewport.downsample == here.downsample / 2
    qtbot.waitUntil(lambda: bar.length is not None and bar.length.length_um < length.length_um)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    QTest.mouseDClick(view, LEFT, pos=QPoint(300, 300))
    assert view.viewport.downsample == here.downsample / 2
    QTest.mouseDClick(view, LEFT, Qt.KeyboardModifier.ShiftModifier, QPoint(300, 300))
    assert view.viewport.downsample == here.downsample


def test_every_preset_has_its_key_and_its_button(qtbot: QtBot, program: Program, tmp_path: Path) -> None:
    # So large that 1.25x is within its limits.
    opened(qtbot, program, write_pyramid(tmp_path / "wide.tif", textured(4000, 5000), mpp=1.0))
    view, window = program.window.view, program.window
    view.set_animated(False)
    for magnification in MAGNIFICATIONS:
        action = window.actions_[magnification_id(magnification)]
        qtbot.keyClick(view, Qt.Key.Key_F)
        assert window.status.zoom.text() != f"{magnification:g}×"
        qtbot.keyClick(view, spec_of(magnification_id(magnification)).shortcut)
        assert window.status.zoom.text().startswith(f"{magnification:g}× ") and action.isChecked()
        qtbot.keyClick(view, Qt.Key.Key_F)
        assert not action.isChecked()
        (button,) = [
            each for each in window.toolbar.findChildren(QToolButton) if each.defaultAction() is action
        ]
        qtbot.mouseClick(button, LEFT)
        assert window.status.zoom.text().startswith(f"{magnification:g}× ") and action.isChecked()
