"""Story: I search the candidates by number, mark, note and class, go to what was found, and Esc brings all back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.windows import LONG_MS, open_window, opened, scanned

# The offscreen platform says so whenever a window is shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
Key, CONTROL, SHIFT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_search_live_by_keys_alone(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        opened(qtbot, program, slide_path)
        view, card, table = program.window.view, program.window.side.candidates, program.table
        view.set_animated(False)
        program.scan.start()
        scanned(qtbot, program)
        entry = program.session.current
        assert entry is not None
        qtbot.waitUntil(lambda: entry.reviews.is_ready, timeout=LONG_MS)
        program.layers.set_threshold(0.3)
        total = table.rowCount()
        assert total >= 2
        view.setFocus()
        qtbot.keyClick(view, Key.Key_J)
        qtbot.keyClick(view, Key.Key_Return)
        card.note.setFocus()
        qtbot.keyClicks(card.note, "Near the VESSEL")
        qtbot.keyClick(card.note, Key.Key_Return)
        assert entry.reviews.notes == {1: "Near the VESSEL"}

        qtbot.keyClick(view, Key.Key_F, CONTROL)
        assert card.search.hasFocus()
        qtbot.keyClicks(card.search, "vess")
        assert [table.index_at(row) for row in range(table.rowCount())] == [1]
        assert card.listed.text() == f"1 of {total} ≥ 0.30"
        assert "VESSEL" in table.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
        # J is a letter here, not the next candidate.
        qtbot.keyClicks(card.search, "j")
        assert table.rowCount() == 0 and "vessj" in card.message.text() and not card.message.isHidden()
        qtbot.keyClick(card.search, Key.Key_Escape)
        assert card.search.text() == "" and card.search.hasFocus() and table.rowCount() == total

        qtbot.keyClicks(card.search, "accepted")
        assert entry.selected is None or entry.selected == 0
        qtbot.keyClick(card.search, Key.Key_Return)
        assert entry.selected == 0 and card.view.hasFocus()
        # An accepted one becomes a point of the class chosen, by which it is found.
        program.annotations.control.choose_class("Tumor")
        qtbot.keyClick(view, Key.Key_A, SHIFT)
        qtbot.waitUntil(lambda: table.has_distances, timeout=LONG_MS)
        qtbot.keyClick(view, Key.Key_F, CONTROL)
        qtbot.keyClicks(card.search, "tumor")
        assert [table.index_at(row) for row in range(table.rowCount())] == [0]
        qtbot.keyClick(card.search, Key.Key_Escape)
        qtbot.keyClick(card.search, Key.Key_Escape)
        assert view.hasFocus() and table.rowCount() == total
