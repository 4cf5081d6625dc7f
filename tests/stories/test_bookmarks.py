"""Story: a place worth coming back to is kept under a name, found again the next day, renamed and taken away."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLineEdit
from pytestqt.qtbot import QtBot

from app.panels.bookmarks_dialog import BookmarksDialog
from app.program import Program
from app.state.viewport import Viewport
from app.work.claim import Claim
from inference.results.case_file import default_case_path
from inference.slides.frames import PointL0
from inference.slides.open_slide import open_slide
from tests.support.windows import LONG_MS, dropped, open_window, opened

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
CONTROL = Qt.KeyboardModifier.ControlModifier


def bookmark(qtbot: QtBot, program: Program, name: str) -> None:
    """Keeps the view on show as the hand does; an empty name keeps the one proposed."""
    before = len(program.bookmarking.control.bookmarks.value)
    # As a window manager does when a dialog goes.
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    qtbot.keyClick(program.window.view, Qt.Key.Key_D, CONTROL)
    dialog = next(each for each in program.window.findChildren(QInputDialog) if each.isVisible())
    (field,) = dialog.findChildren(QLineEdit)
    qtbot.waitUntil(field.hasFocus)
    # What is proposed is selected, so that typing replaces it.
    qtbot.keyClicks(field, name)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(program.bookmarking.control.bookmarks.value) == before + 1, timeout=LONG_MS)


def listed(program: Program) -> list[str]:
    """The names in the list."""
    shown = program.bookmarking.dialog.list
    return [shown.item(row).text() for row in range(shown.count())]


def show_list(qtbot: QtBot, program: Program) -> BookmarksDialog:
    """The list by its key, ready for keys."""
    # As a window manager does when a dialog goes.
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    qtbot.keyClick(program.window.view, Qt.Key.Key_B, CONTROL)
    dialog = program.bookmarking.dialog
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def is_at(view: Viewport, x_l0: float, y_l0: float, downsample: float, angle_deg: float) -> bool:
    """Whether a view has arrived."""
    off = max(abs(view.centre_l0.x - x_l0), abs(view.centre_l0.y - y_l0))
    return off < 1 and abs(view.downsample / downsample - 1) < 1e-6 and abs(view.angle_deg - angle_deg) < 1e-6


def test_a_view_is_kept_and_found_again_the_next_day(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        opened(qtbot, program, slide_path)
        view = program.window.view
        view.set_animated(False)
        view.fly_to(PointL0(1200, 900), 2.0)
        qtbot.keyClick(view, Qt.Key.Key_BracketRight)
        bookmark(qtbot, program, "Mitosis")
        view.fly_to(PointL0(4000, 3000), 1.0)
        bookmark(qtbot, program, "")
        assert listed(program) == ["Mitosis", "View 2, 40×"]
    with open_window(qtbot, tmp_path, monkeypatch, size=(1500, 900)) as program:
        opened(qtbot, program, slide_path)
        qtbot.waitUntil(lambda: listed(program) == ["Mitosis", "View 2, 40×"], timeout=LONG_MS)
        dialog, view = show_list(qtbot, program), program.window.view
        qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: is_at(view.viewport, 1200, 900, 2.0, 15.0), timeout=LONG_MS)
        qtbot.keyClick(dialog.list, Qt.Key.Key_Down)
        qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: is_at(view.viewport, 4000, 3000, 1.0, 15.0), timeout=LONG_MS)


def test_a_bookmark_is_renamed_and_taken_away(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    opened(qtbot, program, slide_path)
    bookmark(qtbot, program, "first")
    bookmark(qtbot, program, "second")
    dialog = show_list(qtbot, program)
    for typed in ("  Margin,   clear ", "   "):
        qtbot.keyClick(dialog.list, Qt.Key.Key_F2)
        field = dialog.list.findChild(QLineEdit)
        assert field is not None
        field.selectAll()
        qtbot.keyClicks(field, typed)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        # A name of blanks is none: the old one comes back.
        qtbot.waitUntil(lambda: listed(program) == ["Margin, clear", "second"], timeout=LONG_MS)
        qtbot.waitUntil(lambda: dialog.list.findChild(QLineEdit) is None)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: listed(program) == ["second"], timeout=LONG_MS)
    qtbot.mouseClick(dialog.delete, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: listed(program) == [], timeout=LONG_MS)
    assert "Ctrl+D" in dialog.message.text()


def test_a_slide_open_in_another_window_keeps_its_bookmarks_as_they_are(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        opened(qtbot, program, slide_path)
        bookmark(qtbot, program, "kept")
    slide = open_slide(slide_path)
    slide.close()
    monkeypatch.setenv("EQUISCOPE_DATA_HOME", str(tmp_path))
    elsewhere = Claim(default_case_path(slide.info.fingerprint).with_suffix(".lock"))
    assert elsewhere.take()
    try:
        with open_window(qtbot, tmp_path, monkeypatch) as program:
            opened(qtbot, program, slide_path)
            qtbot.waitUntil(lambda: listed(program) == ["kept"], timeout=LONG_MS)
            assert not program.window.actions_["add_bookmark"].isEnabled()
            dialog = show_list(qtbot, program)
            qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
            qtbot.keyClick(dialog.list, Qt.Key.Key_F2)
            assert dialog.list.findChild(QLineEdit) is None
            assert listed(program) == ["kept"]
            assert "Another window" in dialog.message.text()
            assert dialog.go.isEnabled()
            assert not dialog.delete.isEnabled()
    finally:
        elsewhere.release()


def test_looking_makes_no_case_file(qtbot: QtBot, program: Program, slide_path: Path) -> None:
    opened(qtbot, program, slide_path)
    show_list(qtbot, program)
    qtbot.wait(100)
    assert program.session.current is not None
    assert not default_case_path(program.session.current.info.fingerprint).exists()


def test_a_view_named_while_another_slide_comes_on_show_is_kept_with_its_own(
    qtbot: QtBot, program: Program, slide_path: Path, slide_without_mpp: Path
) -> None:
    program.slides.mppWanted.disconnect()
    opened(qtbot, program, slide_path)
    qtbot.keyClick(program.window.view, Qt.Key.Key_D, CONTROL)
    dialog = next(each for each in program.window.findChildren(QInputDialog) if each.isVisible())
    (field,) = dialog.findChildren(QLineEdit)
    qtbot.keyClicks(field, "Rim")
    dropped(program, slide_without_mpp)
    qtbot.waitUntil(lambda: "unknown" in program.window.windowTitle(), timeout=LONG_MS)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert listed(program) == []
    dropped(program, slide_path)
    qtbot.waitUntil(lambda: listed(program) == ["Rim"], timeout=LONG_MS)
    # Taken off the list, the slide may be another window's by the time of the name: that is said.
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    qtbot.keyClick(program.window.view, Qt.Key.Key_D, CONTROL)
    naming = next(each for each in program.window.findChildren(QInputDialog) if each.isVisible())
    program.list.control.remove(slide_path)
    qtbot.waitUntil(lambda: program.session.entry_of(slide_path) is None, timeout=LONG_MS)
    qtbot.keyClick(naming, Qt.Key.Key_Return)
    assert any("was not kept" in each.text for each in program.window.area.banner.notices)
