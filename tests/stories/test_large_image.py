"""A researcher opens a large flat PNG: its pyramid is built in the background, said with its progress, or given up."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.program import Program
from inference.slides import image_reader
from tests.support.make_slide import textured
from tests.support.windows import LONG_MS, opened

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(image_reader, "MAX_PIXELS", 1_000_000)
    Image.fromarray(textured(6000, 6000)).save(tmp_path / "large.png", compress_level=1)
    return tmp_path / "large.png"


def test_progress_then_the_slide(qtbot: QtBot, program: Program, large: Path) -> None:
    notes: list[str] = []
    program.slides.building.connect(lambda *_: notes.append(program.window.status.note.text()))
    opened(qtbot, program, large)
    assert any("pyramid for large.png" in each and "%" in each for each in notes)
    assert program.window.status.note.text() == ""
    entry = program.session.current
    assert entry is not None and entry.info.format == "PNG image, large" and len(entry.info.levels) > 3


def test_escape_gives_it_up(qtbot: QtBot, program: Program, large: Path, tmp_path: Path) -> None:
    program.slides.building.connect(
        lambda *_: qtbot.keyClick(program.window, Qt.Key.Key_Escape) if program.slides.wanted else None
    )
    program.slides.open(large)
    qtbot.waitUntil(lambda: program.slides.wanted is None and program.tasks.running == 0, timeout=LONG_MS)
    assert program.session.current is None and program.window.status.note.text() == ""
    assert program.window.area.banner.isHidden()
    assert list((tmp_path / "cache" / "pyramids").iterdir()) == []
