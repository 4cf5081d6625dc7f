"""Ctrl+Z and Ctrl+Shift+Z go through drawing and deciding in one order, by whatever way a step was taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.program import Program
from app.state.slide_entry import SlideEntry
from inference.results.case_file import CaseFile, default_case_path
from inference.results.case_reviews import reviews_of
from tests.support.windows import LONG_MS, open_window, opened, scanned

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
Key = Qt.Key
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def _draw(program: Program, x: int) -> None:
    view = program.window.view
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(x, 400))
    QTest.mouseMove(view, QPoint(x + 20, 420))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(x + 40, 440))


def _state(entry: SlideEntry) -> tuple[int, list[int]]:
    """How many annotations there are, and the marks of the first candidates."""
    assert entry.annotations.document is not None
    return len(entry.annotations.document.annotations), entry.reviews.codes[:2].tolist()


def test_edits_and_decisions_are_taken_back_and_made_again_in_one_order(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        opened(qtbot, program, slide_path)
        program.scan.start()
        scanned(qtbot, program)
        program.layers.set_threshold(0.3)
        qtbot.waitUntil(lambda: program.reviews.control.why_not() == "", timeout=LONG_MS)
        qtbot.waitUntil(lambda: program.annotations.control.why_not() == "", timeout=LONG_MS)
        entry, view = program.session.current, program.window.view
        assert entry is not None
        view.set_animated(False)
        view.setFocus()
        qtbot.keyClick(view, Key.Key_R)
        states = [_state(entry)]

        def note() -> None:
            states.append(_state(entry))

        _draw(program, 100)
        note()
        entry.annotations.select(())
        program.candidates.select(0)
        qtbot.keyClick(view, Key.Key_Return)
        note()
        # What the menu says follows as well, with nothing selected anew.
        undo = program.window.actions_["undo"]
        assert undo.text() == "Undo: last mark"
        entry.annotations.select([1])
        program.annotations.control.change(lambda each: each.moved(10, 0), label="Move")
        assert undo.text() == "Undo: Move"
        qtbot.keyClick(view, Key.Key_Z, CONTROL)
        assert undo.text() == "Undo: last mark"
        _draw(program, 200)
        note()
        entry.annotations.select(())
        program.candidates.select(1)
        qtbot.keyClick(view, Key.Key_Delete)
        note()
        for _ in range(2):
            for state in states[-2::-1]:
                qtbot.keyClick(view, Key.Key_Z, CONTROL)
                assert _state(entry) == state
            for state in states[1:]:
                qtbot.keyClick(view, Key.Key_Z, CONTROL | SHIFT)
                assert _state(entry) == state
        # The menu's own way back leaves the order right: next comes the drawing, then the first mark.
        program.window.actions_["take_back"].trigger()
        assert _state(entry) == (2, states[3][1])
        qtbot.keyClick(view, Key.Key_Z, CONTROL)
        assert _state(entry) == states[2]
        qtbot.keyClick(view, Key.Key_Z, CONTROL)
        assert _state(entry) == states[1]
        assert program.window.actions_["redo"].text() == "Redo: mark"
        for state in states[2:]:
            qtbot.keyClick(view, Key.Key_Y, CONTROL)
            assert _state(entry) == state
        assert not program.window.actions_["redo"].isEnabled()
        # A new decision ends what could be decided again, and only that.
        qtbot.keyClick(view, Key.Key_Z, CONTROL)
        qtbot.keyClick(view, Key.Key_Z, CONTROL)
        program.candidates.select(1)
        qtbot.keyClick(view, Key.Key_U)
        qtbot.keyClick(view, Key.Key_Z, CONTROL | SHIFT)
        assert _state(entry)[0] == 2 and not program.window.actions_["redo"].isEnabled()
        qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
        fingerprint = entry.info.fingerprint
        with CaseFile.open(default_case_path(fingerprint), fingerprint=fingerprint) as case:
            kept = reviews_of(case, case.runs()[-1].id)
        marks = [entry.reviews.mark_of(index) for index in (0, 1)]
        assert [kept[(each.row, each.column)] for each in entry.candidates[:2]] == marks
