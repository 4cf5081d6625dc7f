"""Story: slides that lack something, files that are no slides, and what the window says."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.panels.mpp_dialog import MppDialog
from app.program import Program
from tests.support.windows import LONG_MS, dropped, opened, scanned

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def _dialog(program: Program) -> MppDialog | None:
    shown = [each for each in program.window.findChildren(MppDialog) if each.isVisible()]
    return shown[0] if shown else None


def test_a_missing_resolution_is_asked_for_and_never_guessed(
    qtbot: QtBot, program: Program, slide_without_mpp: Path
) -> None:
    program.slides.open(slide_without_mpp)
    qtbot.waitUntil(lambda: _dialog(program) is not None, timeout=LONG_MS)
    dialog = _dialog(program)
    assert dialog is not None
    assert dialog.value.value() == 0
    assert not dialog.accept_button.isEnabled()
    dialog.reject()
    entry = program.session.current
    assert entry is not None
    assert entry.info.mpp is None
    assert not program.window.view.overlays.scale_bar.isVisible()
    assert any("Resolution unknown" in notice.text for notice in program.window.area.banner.notices)

    # A scan asks again; this time it is told.
    qtbot.mouseClick(program.window.toolbar.scan, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: _dialog(program) is not None)
    dialog = _dialog(program)
    assert dialog is not None
    qtbot.keyClicks(dialog.value, "0.5")
    assert dialog.value.value() == 0.5
    qtbot.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: entry.info.mpp is not None, timeout=LONG_MS)
    assert entry.info.mpp_source == "given"
    assert program.window.side.info.facts.text_of("Resolution") == "0.5 µm/px, given by you"
    assert program.window.area.banner.notices == ()
    program.scan.start()
    scanned(qtbot, program)
    assert entry.run.started is not None
    assert (entry.run.started.mpp_x, entry.run.started.mpp_source) == (0.5, "given")


def test_the_question_for_a_resolution_goes_with_its_slide(
    qtbot: QtBot, program: Program, slide_without_mpp: Path
) -> None:
    program.slides.open(slide_without_mpp)
    qtbot.waitUntil(lambda: _dialog(program) is not None, timeout=LONG_MS)
    program.list.control.remove(slide_without_mpp)
    qtbot.waitUntil(lambda: not program.window.findChildren(MppDialog), timeout=LONG_MS)


def test_a_given_resolution_is_remembered(qtbot: QtBot, program: Program, slide_without_mpp: Path) -> None:
    from app.work.open_with_case import open_with_case, record_given_mpp
    from inference.slides.frames import Mpp

    first = open_with_case(slide_without_mpp, None)
    assert first.slide.info.mpp is None
    record_given_mpp(first.slide.info.fingerprint, Mpp.square(0.5))
    first.slide.close()
    opened(qtbot, program, slide_without_mpp)
    assert program.session.current is not None
    assert program.session.current.info.mpp == Mpp.square(0.5)
    assert _dialog(program) is None


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("missing.svs", None, "missing.svs"),
        ("words.svs", b"<html>not a slide</html>", "not a slide"),
        (".", None, "folder"),
    ],
)
def test_a_bad_file_becomes_one_sentence_and_the_slide_stays(
    qtbot: QtBot,
    program: Program,
    slide_path: Path,
    tmp_path: Path,
    name: str,
    content: bytes | None,
    expected: str,
) -> None:
    opened(qtbot, program, slide_path)
    bad = tmp_path / name
    if content is not None:
        bad.write_bytes(content)
    program.slides.open(bad)
    banner = program.window.area.banner
    qtbot.waitUntil(lambda: len(banner.notices) > 0 and expected in banner.notices[0].text, timeout=LONG_MS)
    assert banner.isVisible()
    assert banner.notices[0].text.count("\n") == 0
    assert banner.notices[0].text.endswith(".")
    assert program.session.current is not None
    assert program.session.current.path == slide_path


def test_a_message_can_be_put_away(qtbot: QtBot, program: Program, tmp_path: Path) -> None:
    from PySide6.QtWidgets import QToolButton

    program.slides.open(tmp_path / "missing.svs")
    banner = program.window.area.banner
    qtbot.waitUntil(lambda: len(banner.notices) == 1, timeout=LONG_MS)
    away = next(each for each in banner.findChildren(QToolButton) if each.isVisible())
    qtbot.mouseClick(away, Qt.MouseButton.LeftButton)
    assert banner.notices == ()
    assert not banner.isVisible()


def test_a_slide_dropped_on_the_window_is_opened(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    dropped(program, slide_path)
    qtbot.waitUntil(lambda: program.session.current is not None, timeout=LONG_MS)
    assert program.settings.recent() == [slide_path]


def test_the_latest_of_two_quick_openings_wins(
    qtbot: QtBot, program: Program, slide_path: Path, slide_without_mpp: Path
) -> None:
    program.slides.open(slide_without_mpp)
    program.slides.open(slide_path)
    qtbot.waitUntil(lambda: program.tasks.running == 0, timeout=LONG_MS)
    assert program.session.current is not None
    assert program.session.current.path == slide_path
    assert len(program.session.entries) == 1
