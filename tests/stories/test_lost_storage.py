"""Story: the drive with the slide hangs or is pulled out; the window says so, keeps answering and goes on after it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.canvas.storage_watch import StorageState
from app.control import slide_control
from app.program import Program
from app.storage_notices import OF_STATE
from app.work.open_with_case import OpenedSlide
from inference.slides.frames import Mpp
from tests.support.fake_slide import FakeSlide
from tests.support.heartbeat import Heartbeat
from tests.support.make_slide import textured, write_pyramid
from tests.support.windows import LONG_MS, opened

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

GAP_SECONDS = 0.1
SAID_WITHIN_SECONDS = 3.0
SCHEDULING_SECONDS = 0.3
"""Slack for the machine that the tests share: a gap is the window's fault only beyond that."""


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Set: storage answers."""
    event = threading.Event()
    event.set()
    yield event
    event.set()


def test_a_slide_that_vanishes_is_said_looked_for_and_taken_up_again(
    qtbot: QtBot, program: Program, tmp_path: Path
) -> None:
    """A real file that OpenSlide reads: cut to nothing, as a pulled drive looks, then whole again."""
    path = write_pyramid(tmp_path / "on a stick.tif", textured(4000, 5000), mpp=0.25)
    opened(qtbot, program, path)
    view, banner = program.window.view, program.window.area.banner
    content = path.read_bytes()
    path.write_bytes(b"")
    beat, since = Heartbeat(), time.monotonic()
    qtbot.keyClick(view, Qt.Key.Key_4)
    gone = OF_STATE[StorageState.GONE]
    qtbot.waitUntil(lambda: gone in banner.notices, timeout=LONG_MS)
    assert time.monotonic() - since < SAID_WITHIN_SECONDS + SCHEDULING_SECONDS
    qtbot.waitUntil(lambda: view.unreadable_tiles > 0, timeout=LONG_MS)
    path.write_bytes(content)
    qtbot.waitUntil(lambda: view.unreadable_tiles == 0 and view.is_settled(), timeout=LONG_MS)
    assert gone not in banner.notices
    assert beat.stop() < GAP_SECONDS + SCHEDULING_SECONDS


def test_reads_that_hang_are_said_and_the_window_goes_on(
    qtbot: QtBot, program: Program, monkeypatch: pytest.MonkeyPatch, gate: threading.Event
) -> None:
    slide = FakeSlide(20000, 15000)
    slide.gate = gate
    monkeypatch.setattr(slide_control, "open_with_case", lambda *_, **_named: OpenedSlide(slide))
    program.slides.open(slide.info.path)
    view, banner = program.window.view, program.window.area.banner
    qtbot.waitUntil(view.is_settled, timeout=LONG_MS)
    gate.clear()
    beat, since = Heartbeat(), time.monotonic()
    qtbot.keyClick(view, Qt.Key.Key_4)
    slow = OF_STATE[StorageState.SLOW]
    qtbot.waitUntil(lambda: slow in banner.notices, timeout=LONG_MS)
    assert time.monotonic() - since < SAID_WITHIN_SECONDS + SCHEDULING_SECONDS
    # The window answers meanwhile: it zooms out to what it has.
    before = view.viewport
    qtbot.keyClick(view, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: view.viewport != before)
    assert beat.stop() < GAP_SECONDS + SCHEDULING_SECONDS
    gate.set()
    qtbot.waitUntil(lambda: slow not in banner.notices, timeout=LONG_MS)
    qtbot.waitUntil(view.is_settled, timeout=LONG_MS)


def test_a_slide_that_does_not_open_is_said_and_another_can_be_opened(
    qtbot: QtBot,
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    gate: threading.Event,
    slide_path: Path,
) -> None:
    really_open = slide_control.open_with_case
    gate.clear()

    def hang_or_open(
        path: Path, mpp: Mpp | None, keep_building: Callable[[float], bool], *, radius_cells: int
    ) -> OpenedSlide:
        if path.name == "hung.svs":
            gate.wait(30)
        return really_open(path, mpp, keep_building, radius_cells=radius_cells)

    monkeypatch.setattr(slide_control, "open_with_case", hang_or_open)
    beat, since = Heartbeat(), time.monotonic()
    program.slides.open(Path("/mnt/hung.svs"))
    banner = program.window.area.banner
    qtbot.waitUntil(lambda: len(banner.notices) == 1, timeout=LONG_MS)
    assert time.monotonic() - since < SAID_WITHIN_SECONDS + SCHEDULING_SECONDS
    assert "hung.svs is not open yet" in banner.notices[0].text
    assert beat.stop() < GAP_SECONDS + SCHEDULING_SECONDS
    opened(qtbot, program, slide_path)
    assert banner.notices == ()
