"""Images to paint in share memory from one frame to the next, never between two that are painted in at once."""

from __future__ import annotations

import tracemalloc

import pytest
from pytestqt.qtbot import QtBot

from app.canvas import image_pixels
from app.canvas.frame_pace import Quality
from app.canvas.image_pixels import KEPT_STEP, bgra_of, bgra_to_write, drop_kept_images, kept_image
from app.canvas.slide_view import SlideView
from inference.slides.frames import Mpp
from tests.support.fake_slide import FakeSlide

pytestmark = pytest.mark.usefixtures("qapp")

WIDTH, HEIGHT = 1200, 800


def _kept_bytes() -> int:
    """What the module holds of the memory that was taken since the tracing began."""
    here = tracemalloc.Filter(True, image_pixels.__file__)
    return sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces([here]).traces)


def test_one_inside_another_has_memory_of_its_own() -> None:
    with kept_image(40, 30) as outer:
        bgra_to_write(outer)[:] = 7
        with kept_image(20, 15) as inner:
            bgra_to_write(inner)[:] = 9
        assert (bgra_of(outer) == 7).all()


def test_another_size_is_in_the_same_memory_and_exactly_as_large() -> None:
    drop_kept_images()
    places = set()
    for width, height in ((500, 400), (400, 500), (401, 499), (3, 2)):
        with kept_image(width, height) as image:
            assert bgra_of(image).shape == (height, width, 4)
            places.add(bgra_of(image).ctypes.data)
    assert len(places) == 1


def test_turning_a_slide_keeps_no_more_than_a_view_or_two_and_without_a_slide_nothing(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, slide = SlideView(animated=False), FakeSlide(8000, 6000, factors=(1, 2, 4, 8))
    qtbot.addWidget(view)
    view.resize(WIDTH, HEIGHT)
    view.show()
    view.set_slide(slide, Mpp.square(0.25))
    qtbot.waitUntil(view.is_settled)
    drop_kept_images()
    # As on a machine that is never in time.
    monkeypatch.setattr(view, "_is_in_motion", lambda: True)
    monkeypatch.setattr(view._painter._pace, "choose", lambda **_: Quality.COARSE)
    monkeypatch.setattr(view._painter._moved_pace, "choose", lambda **_: Quality.COARSE)
    tracemalloc.start()
    try:
        for _ in range(12):
            view.turn_by(7)
            view.grab()
        assert KEPT_STEP <= _kept_bytes() <= 2 * 4 * WIDTH * HEIGHT
        monkeypatch.undo()
        view.set_slide(None, None)
        assert _kept_bytes() < KEPT_STEP
    finally:
        tracemalloc.stop()
        slide.gate.set()
        assert view.stop()
