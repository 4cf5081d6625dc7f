"""A pathologist goes through a box of slides: nothing of the ones that were closed is left."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.program import Program
from app.state.slide_entry import SlideEntry
from tests.support.make_slide import textured, write_pyramid
from tests.support.windows import LONG_MS, opened

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def readers() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("tile-reader")]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere open files are not told")
def test_closed_slides_leave_no_thread_and_no_file(qtbot: QtBot, program: Program, tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "0.tif", textured(900, 700), mpp=0.25, factors=(1,))
    copies = [path]
    for number in range(1, 8):
        copies.append(tmp_path / f"{number}.tif")
        copies[-1].write_bytes(path.read_bytes())
    left: list[tuple[int, int]] = []
    entries: list[weakref.ref[SlideEntry]] = []
    for path in copies:
        opened(qtbot, program, path)
        assert program.session.current is not None
        entries.append(weakref.ref(program.session.current))
        qtbot.keyClick(program.window.view, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: program.session.current is None and not readers(), timeout=LONG_MS)
        qtbot.wait(100)
        left.append((threading.active_count(), open_files()))
    # The first ones start what stays: connections of the program, its pools.
    assert left[-1][0] <= left[2][0]
    assert left[-1][1] <= left[2][1] + 1
    assert program.list.tray.paths == ()
    gc.collect()
    assert [entry() for entry in entries[:-1]] == [None] * (len(entries) - 1), (
        "heatmap and picture go with a slide"
    )
