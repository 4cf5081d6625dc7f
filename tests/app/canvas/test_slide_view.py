"""The slide view under a real mouse, wheel and keyboard."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas import tile_supply
from app.canvas.frame_pace import Quality
from app.canvas.heatmap_image import HeatmapImage
from app.canvas.layer_look import LayerLook
from app.canvas.slide_view import SlideView
from app.canvas.tile_loader import READER_THREADS
from app.canvas.tools.tool import Tool
from app.canvas.view_motion import FRAME_MS
from app.state.viewport import PointView
from inference.priority import give_way
from inference.slides.frames import Mpp, PointL0
from tests.support.fake_slide import FakeSlide, uniform

WIDTH, HEIGHT = 800, 600


@dataclass(frozen=True)
class Candidate:
    probability: float
    point_l0: PointL0


@pytest.fixture
def slide() -> Iterator[FakeSlide]:
    slide = FakeSlide(8000, 6000, factors=(1, 2, 4, 8))
    yield slide
    slide.gate.set()


@pytest.fixture
def view(qtbot: QtBot, slide: FakeSlide) -> Iterator[SlideView]:
    view = SlideView(animated=False)
    qtbot.addWidget(view)
    view.resize(WIDTH, HEIGHT)
    view.show()
    qtbot.waitExposed(view)
    view.set_slide(slide, Mpp.square(0.25))
    qtbot.waitUntil(view.is_settled)
    yield view
    assert view.stop()
    # A reader of an earlier slide says that it ends just before it has ended.
    qtbot.waitUntil(lambda: not any(each.name.startswith("tile-reader") for each in threading.enumerate()))


def turn_wheel(view: SlideView, at: QPoint, notches: float) -> None:
    event = QWheelEvent(
        QPointF(at), QPointF(view.mapToGlobal(at)), QPoint(), QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def drag(view: SlideView, start: QPoint, end: QPoint, button: Qt.MouseButton) -> None:
    QTest.mousePress(view, button, pos=start)
    middle = (start + end) / 2
    for at in (middle, end):
        QTest.mouseMove(view, at)
    QTest.mouseRelease(view, button, pos=end)


def test_a_new_slide_is_shown_whole(view: SlideView, slide: FakeSlide) -> None:
    region = view.viewport.region_l0
    assert region.x < 0 < region.x + region.width - 8000
    assert region.y < 0 < region.y + region.height - 6000


def test_the_wheel_zooms_about_the_cursor(view: SlideView) -> None:
    at = QPoint(317, 211)
    held = view.viewport.to_l0(PointView(317, 211))
    before = view.viewport.downsample
    turn_wheel(view, at, 2)
    turn_wheel(view, at, 1)
    assert view.viewport.downsample == pytest.approx(before / 2**1.5)
    now = view.viewport.to_l0(PointView(317, 211))
    assert (now.x, now.y) == (pytest.approx(held.x, abs=1e-6), pytest.approx(held.y, abs=1e-6))


def test_an_animated_zoom_ends_at_the_same_place(qtbot: QtBot, view: SlideView) -> None:
    view.set_animated(True)
    held = view.viewport.to_l0(PointView(500, 400))
    before = view.viewport.downsample
    for _ in range(4):
        turn_wheel(view, QPoint(500, 400), 1)
        qtbot.wait(20)
        now = view.viewport.to_l0(PointView(500, 400))
        assert (now.x, now.y) == (pytest.approx(held.x, abs=1e-6), pytest.approx(held.y, abs=1e-6))
    qtbot.waitUntil(lambda: view.viewport.downsample == pytest.approx(before / 4))
    qtbot.waitUntil(view.is_settled)


def test_after_any_motion_the_picture_at_rest_is_the_one_painted_anew(
    qtbot: QtBot, view: SlideView, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.set_animated(True)
    view.set_candidates([Candidate(0.9, PointL0(4000, 3000)), Candidate(0.8, PointL0(5000, 3500))])
    pace, shown = view._painter._pace, []
    choose, paint_moved = pace.choose, view._painter._paint_moved
    # As on a machine that is never in time.
    monkeypatch.setattr(
        pace,
        "choose",
        lambda *, upright, moving, part: (
            Quality.COARSE if moving else choose(upright=upright, moving=moving, part=part)
        ),
    )
    monkeypatch.setattr(
        view._painter, "_paint_moved", lambda *given, **named: (shown.append(1), paint_moved(*given, **named))
    )
    for move in (
        lambda: turn_wheel(view, QPoint(300, 200), 1),
        lambda: view.turn_by(30),
        lambda: drag(view, QPoint(500, 300), QPoint(420, 350), Qt.MouseButton.LeftButton),
        lambda: turn_wheel(view, QPoint(300, 200), -0.5),
    ):
        before = view.viewport
        move()
        qtbot.waitUntil(lambda before=before: view.viewport != before and not view._is_moving())
        qtbot.waitUntil(view.is_settled)
        at_rest = view.grab().toImage()
        view._repaint()
        qtbot.waitUntil(view.is_settled)
        assert view.grab().toImage() == at_rest
    assert shown, "between painted frames the last picture was moved"


def test_a_hand_that_holds_the_slide_still_sees_it_sharp(
    qtbot: QtBot, view: SlideView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        view._painter._pace,
        "choose",
        lambda *, upright, moving, part: Quality.COARSE if moving else Quality.SMOOTH,
    )
    view.zoom_to_downsample(4.0)
    qtbot.waitUntil(view.is_settled)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, QPoint(700, 300))
    for y in (320, 350):
        QTest.mouseMove(view, QPoint(700, y))
        view.repaint()
    assert view.viewport.angle_deg != 0 and not view._painter.is_smooth
    qtbot.waitUntil(lambda: view._painter.is_smooth)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, QPoint(700, 350))


def test_a_hand_that_held_still_before_it_let_go_leaves_a_view_at_rest(
    qtbot: QtBot, view: SlideView, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[bool] = []
    want = view._supply.want
    monkeypatch.setattr(
        view._supply,
        "want",
        lambda viewport, *, ahead=False, moving=False: (
            wanted.append(moving),
            want(viewport, ahead=ahead, moving=moving),
        ),
    )
    qtbot.waitUntil(view.is_settled)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(500, 300))
    for x in (480, 440):
        QTest.mouseMove(view, QPoint(x, 300))
    assert wanted[-1] and not view.is_settled()
    qtbot.waitUntil(lambda: not wanted[-1])
    with qtbot.waitSignal(view.rested):
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(440, 300))
    qtbot.waitUntil(view.is_settled)


def test_zoom_stops_at_its_limits_without_moving_the_place(view: SlideView) -> None:
    at = QPoint(400, 300)
    for _ in range(60):
        turn_wheel(view, at, 1)
    assert view.viewport.downsample == pytest.approx(1 / 16)
    before = view.viewport
    turn_wheel(view, at, 1)
    assert view.viewport.centre_l0.x == pytest.approx(before.centre_l0.x)
    for _ in range(60):
        turn_wheel(view, at, -1)
    assert view.viewport.downsample == pytest.approx(
        2 * view.viewport.fit_downsample(FakeSlide(8000, 6000).info.size_l0)
    )


@pytest.mark.parametrize("button", [Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton])
def test_dragging_takes_the_slide_along(view: SlideView, button: Qt.MouseButton) -> None:
    view.zoom_to_downsample(3.0)
    held = view.viewport.to_l0(PointView(400, 300))
    drag(view, QPoint(400, 300), QPoint(290, 350), button)
    now = view.viewport.to_view(held)
    assert (now.x, now.y) == (pytest.approx(290, abs=1e-6), pytest.approx(350, abs=1e-6))


def test_the_slide_glides_on_after_a_quick_drag_and_a_press_halts_it(qtbot: QtBot, view: SlideView) -> None:
    view.zoom_to_downsample(2.0)
    view.set_animated(True)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 300))
    for x in range(400, 300, -20):
        QTest.mouseMove(view, QPoint(x, 300))
        qtbot.wait(5)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    released = view.viewport.centre_l0.x
    qtbot.waitUntil(lambda: view.viewport.centre_l0.x > released + 10)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 300))
    halted = view.viewport
    qtbot.wait(60)
    assert view.viewport == halted
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 300))


def test_double_click_zooms_in_and_with_shift_out(view: SlideView) -> None:
    before = view.viewport.downsample
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(500, 350))
    assert view.viewport.downsample == pytest.approx(before / 2)
    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, shift, QPoint(500, 350))
    assert view.viewport.downsample == pytest.approx(before)


def test_keys_pan_and_zoom(view: SlideView) -> None:
    view.zoom_to_downsample(2.0)
    start = view.viewport
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.viewport.centre_l0.x == pytest.approx(start.centre_l0.x + 0.2 * WIDTH * 2)
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert view.viewport.centre_l0.y == pytest.approx(start.centre_l0.y - 0.2 * HEIGHT * 2)
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.viewport.downsample == pytest.approx(1.0)
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert view.viewport.downsample == pytest.approx(2.0)


def test_flying_arrives_and_escape_skips_the_flight(qtbot: QtBot, view: SlideView) -> None:
    view.set_animated(True)
    view.fly_to(PointL0(2000, 1500), 1.5)
    assert view.viewport.downsample != pytest.approx(1.5)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.viewport.centre_l0 == PointL0(2000, 1500)
    view.fly_to(PointL0(5000, 4000))
    qtbot.waitUntil(lambda: view.viewport.centre_l0 == PointL0(5000, 4000))
    assert view.viewport.downsample == pytest.approx(1.5)


def test_the_cursors_place_is_told_on_the_slide_only(view: SlideView) -> None:
    told: list[PointL0 | None] = []
    view.cursorMoved.connect(told.append)
    view.fly_to(PointL0(0, 0), 2.0)
    QTest.mouseMove(view, QPoint(500, 400))
    assert told[-1] == PointL0(200, 200)
    QTest.mouseMove(view, QPoint(300, 200))
    assert told[-1] is None


def test_a_click_on_a_ring_says_which_and_a_drag_does_not(view: SlideView) -> None:
    view.set_candidates((Candidate(0.9, PointL0(3000, 3000)), Candidate(0.8, PointL0(4000, 3000))))
    view.zoom_to_downsample(8.0)
    clicked: list[int] = []
    view.candidateClicked.connect(clicked.append)
    place = view.viewport.to_view(PointL0(4000, 3000))
    at = QPoint(round(place.x) + 12, round(place.y) - 9)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
    assert clicked == [1]
    drag(view, at, at + QPoint(40, 0), Qt.MouseButton.LeftButton)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    assert clicked == [1]
    view.set_selected_candidate(1)
    with pytest.raises(IndexError):
        view.set_selected_candidate(2)


def test_resizing_a_fitted_view_fits_again_and_another_keeps_its_place(qtbot: QtBot, view: SlideView) -> None:
    view.resize(500, 500)
    assert view.viewport.downsample == pytest.approx(8000 / 500 * 1.04)
    view.fly_to(PointL0(3000, 2000), 2.0)
    view.resize(700, 400)
    assert (view.viewport.centre_l0, view.viewport.downsample) == (PointL0(3000, 2000), 2.0)


def test_a_core_is_left_to_the_frames_while_the_view_moves_on(
    qtbot: QtBot, view: SlideView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_supply, "MOVING_READERS", 1)
    loader = view._supply._loader
    assert loader is not None
    view._motion.pan(40, 0)
    assert loader.most_readers == READER_THREADS, "one step may be the only one"
    view._motion.pan(40, 0)
    assert loader.most_readers == 1
    qtbot.waitUntil(view.is_settled)
    assert loader.most_readers == READER_THREADS


def test_readers_give_way_to_moving_frames_only(qtbot: QtBot, view: SlideView) -> None:
    seconds = []

    class Clock(Tool):
        def paint(self, *_args: object, **_more: object) -> None:
            began = time.monotonic()
            give_way(0.2)
            seconds.append(time.monotonic() - began)

    view.set_tool(Clock())
    view._motion.pan(40, 0)
    seconds.clear()
    view.repaint()
    assert min(seconds) >= 0.2
    qtbot.waitUntil(view.is_settled)
    seconds.clear()
    view.repaint()
    assert seconds and max(seconds) < 0.2


def test_settled_waits_for_the_tiles(qtbot: QtBot, view: SlideView, slide: FakeSlide) -> None:
    slide.gate.clear()
    view.fly_to(PointL0(4000, 3000), 1.0)
    qtbot.wait(200)
    assert not view.is_settled()
    with qtbot.waitSignal(view.settled):
        slide.gate.set()
    assert view.is_settled()


def test_the_picture_is_the_slides(qtbot: QtBot, view: SlideView) -> None:
    view.set_overlays_visible(False)
    view.fly_to(PointL0(4000, 3000), 1.0)
    qtbot.waitUntil(view.is_settled)
    image = view.grab().toImage()
    for x, y in ((10, 10), (400, 300), (777, 555)):
        place = view.viewport.to_l0(PointView(x, y))
        colour = image.pixelColor(x, y)
        assert (colour.red(), colour.green()) == (int(place.x % 256), int(place.y % 256))


def test_an_unreadable_tile_is_counted_and_the_view_settles(
    qtbot: QtBot, view: SlideView, slide: FakeSlide
) -> None:
    slide.unreadable.add((0, 3584, 2560))
    view.fly_to(PointL0(4000, 3000), 1.0)
    qtbot.waitUntil(view.is_settled)
    assert view.unreadable_tiles == 1


def test_a_replaced_slide_is_released_only_after_its_reads(
    qtbot: QtBot, view: SlideView, slide: FakeSlide
) -> None:
    released: list[object] = []
    view.slideReleased.connect(released.append)
    view.slideReleased.connect(lambda old: old.close())
    slide.gate.clear()
    view.fly_to(PointL0(4000, 3000), 1.0)
    qtbot.waitUntil(lambda: slide.reading > 0)
    other = FakeSlide(3000, 2000, paint=uniform(10, 20, 200))
    view.set_slide(other, None)
    qtbot.waitUntil(view.is_settled)
    assert released == [] and not slide.closed
    slide.gate.set()
    qtbot.waitUntil(lambda: released == [slide])
    assert slide.closed
    assert view.grab().toImage().pixelColor(WIDTH // 2, HEIGHT // 2).blue() == 200


def test_the_scale_bar_is_hidden_without_a_resolution(view: SlideView) -> None:
    assert view.overlays.scale_bar.isVisible() and view.overlays.minimap.isVisible()
    view.set_mpp(None)
    assert not view.overlays.scale_bar.isVisible()
    view.set_slide(None, None)
    assert not view.overlays.minimap.isVisible()


def test_the_legend_comes_with_the_heatmap(qtbot: QtBot, view: SlideView) -> None:
    assert not view.overlays.legend.isVisible()
    values = np.ones((60, 80), np.float32)
    view.set_heatmap(
        HeatmapImage.of_values(values, origin_l0=PointL0(0, 0), stride_x_l0=100, stride_y_l0=100)
    )
    assert view.overlays.legend.isVisible()
    qtbot.waitUntil(view.is_settled)
    lit = view.grab().toImage().pixelColor(WIDTH // 2, HEIGHT // 2)
    view.set_layers(LayerLook(show_heatmap=False))
    qtbot.waitUntil(view.is_settled)
    assert view.grab().toImage().pixelColor(WIDTH // 2, HEIGHT // 2) != lit
    assert not view.overlays.legend.isVisible()


def test_the_thumbnail_comes_from_the_coarsest_level(qtbot: QtBot) -> None:
    view = SlideView(animated=False)
    qtbot.addWidget(view)
    with qtbot.waitSignal(view.thumbnailArrived) as arrived:
        view.set_slide(FakeSlide(3000, 2000, paint=uniform(200, 30, 60)), None)
    (image,) = arrived.args
    assert isinstance(image, QImage) and (image.width(), image.height()) == (512, 341)
    assert image.pixelColor(256, 170).red() == 200
    assert view.stop()


def test_without_a_slide_there_is_only_the_ground(qtbot: QtBot) -> None:
    view = SlideView()
    qtbot.addWidget(view)
    view.resize(200, 100)
    view.show()
    qtbot.waitUntil(view.is_settled)
    assert view.grab().toImage().pixelColor(100, 50).name() == "#1e2124"
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    turn_wheel(view, QPoint(50, 50), 1)


def test_at_most_one_repaint_in_a_frame(
    qtbot: QtBot, view: SlideView, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames: list[int] = []
    paint = view._paint_frame
    monkeypatch.setattr(view, "_paint_frame", lambda *given: (frames.append(1), paint(*given)))
    view.fly_to(PointL0(4000, 3000), 2.0)
    started = time.perf_counter()
    with qtbot.waitSignal(view.settled):
        for _ in range(300):
            view._motion.pan(1, 0)
            QApplication.processEvents()
    # As many as there was time for, on a busy machine too; the timer rounds to a ms.
    time_for = (time.perf_counter() - started) * 1000 / (FRAME_MS - 1)
    assert 1 <= len(frames) <= min(time_for + 2, 300)
