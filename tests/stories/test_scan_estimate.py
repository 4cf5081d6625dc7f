"""Story: after the first scan on a machine, the next slide says how long its scan will take; before it, nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.program import Program
from tests.support.make_slide import textured, write_pyramid
from tests.support.windows import LONG_MS, opened, scanned

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def test_the_second_slide_says_how_long_it_takes(
    qtbot: QtBot, program: Program, slide_path: Path, tmp_path: Path
) -> None:
    card = program.window.side.scan
    opened(qtbot, program, slide_path)
    entry = program.session.current
    assert entry is not None
    qtbot.waitUntil(lambda: entry.thumbnail is not None, timeout=LONG_MS)
    assert "not scanned yet" in card.message.text()
    assert "about" not in card.message.text()
    qtbot.mouseClick(program.window.toolbar.scan, Qt.MouseButton.LeftButton)
    scanned(qtbot, program)
    # 41 x 33 cells in 1.25 s, as the engine says.
    assert program.settings.scan_speed("fake") == pytest.approx(1082.4, rel=1e-3)
    # As if this machine were slow, so that it is seen which of the two counts.
    program.settings.set_scan_speed("fake", 41 * 33 / 118)
    second = write_pyramid(tmp_path / "second.tif", textured(4000, 5000, seed=1), mpp=0.25)
    opened(qtbot, program, second)
    qtbot.waitUntil(lambda: "in about 2 min on this machine" in card.message.text(), timeout=LONG_MS)
