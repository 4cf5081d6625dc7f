"""Story: somebody without a slide at hand asks for the sample: it is drawn before the eyes, opened, and there again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.program import Program
from app.work.sample_drawing import sample_path
from tests.support.windows import LONG_MS, opened

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
SMALL = (3072, 2048)
DRAWING_MS = 60000
"""Of a process that imports and paints, on a busy machine."""


def click(qtbot: QtBot, program: Program) -> None:
    """The start page's button."""
    qtbot.mouseClick(program.window.area.empty.sample.button, Qt.MouseButton.LeftButton)


def test_the_sample_is_drawn_opened_and_there_the_next_time(qtbot: QtBot, program: Program) -> None:
    program.sample.drawing._size_l0 = SMALL
    offer = program.window.area.empty.sample
    assert offer.button.text() == "Try the sample slide"
    click(qtbot, program)
    qtbot.waitUntil(lambda: offer.bar.isVisible() and offer.bar.value() > 0, timeout=DRAWING_MS)
    assert "Drawing the sample slide" in offer.words.text()
    qtbot.waitUntil(lambda: program.session.current is not None, timeout=DRAWING_MS)
    entry = program.session.current
    assert entry is not None
    assert entry.info.synthetic
    assert entry.path == sample_path()
    qtbot.waitUntil(program.window.view.is_settled, timeout=LONG_MS)

    # Taken off the list, it is still there: nothing is drawn anew.
    qtbot.keyClick(program.window.view, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: program.session.current is None, timeout=LONG_MS)
    drawn_at = sample_path().stat().st_mtime_ns
    click(qtbot, program)
    qtbot.waitUntil(lambda: program.session.current is not None, timeout=LONG_MS)
    assert sample_path().stat().st_mtime_ns == drawn_at


def test_drawing_can_be_stopped_and_leaves_nothing(qtbot: QtBot, program: Program) -> None:
    offer = program.window.area.empty.sample
    click(qtbot, program)
    qtbot.waitUntil(lambda: offer.bar.value() > 0, timeout=DRAWING_MS)
    assert offer.button.text() == "Stop drawing"
    click(qtbot, program)
    qtbot.waitUntil(lambda: not program.sample.drawing.is_running, timeout=DRAWING_MS)
    assert offer.button.text() == "Try the sample slide"
    assert program.session.current is None
    assert list(sample_path().parent.iterdir()) == []


def test_a_slide_opened_meanwhile_stays_on_show(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    program.sample.drawing._size_l0 = SMALL
    click(qtbot, program)
    opened(qtbot, program, slide_path)
    qtbot.waitUntil(lambda: len(program.list.tray.slides) == 2, timeout=DRAWING_MS)
    assert program.session.current is not None
    assert program.session.current.path == slide_path


def test_a_full_or_forbidden_folder_is_said_in_one_sentence(qtbot: QtBot, program: Program) -> None:
    sample_path().parent.parent.mkdir(parents=True, exist_ok=True)
    sample_path().parent.write_text("a file where the folder belongs")
    click(qtbot, program)
    banner = program.window.area.banner
    qtbot.waitUntil(lambda: len(banner.notices) > 0, timeout=DRAWING_MS)
    assert "The sample slide could not be drawn" in banner.notices[0].text
    assert program.window.area.empty.sample.button.text() == "Try the sample slide"
