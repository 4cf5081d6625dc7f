"""A whole review: open, scan, walk, accept, reject, draw, undo, annotate, export, close, open again: all as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.program import Program
from app.state.candidate_table import DISTANCE
from app.state.slide_entry import SlideEntry
from inference.export.export_job import Format
from inference.importing.read_annotations import read_annotations
from inference.results.annotation import Shape
from inference.results.case_records import Review
from tests.support.windows import LONG_MS, open_window, opened

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
CONTROL, SHIFT, Key = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.Key


def _ready(qtbot: QtBot, program: Program) -> SlideEntry:
    entry = program.session.current
    assert entry is not None
    qtbot.waitUntil(
        lambda: entry.reviews.is_ready and program.annotations.control.why_not() == "", timeout=LONG_MS
    )
    program.layers.set_threshold(0.3)
    return entry


def _back_to_window(qtbot: QtBot, program: Program) -> None:
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow, timeout=LONG_MS)
    program.window.view.setFocus()


def _drawn(entry: SlideEntry) -> list[Shape]:
    assert entry.annotations.document is not None
    return [each.shape for each in entry.annotations.document.in_order()]


def test_a_whole_review(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    home, out = tmp_path / "home", tmp_path / "out"
    with open_window(qtbot, home, monkeypatch, engine="keeping") as program:
        opened(qtbot, program, slide_path)
        view = program.window.view
        qtbot.mouseClick(program.window.toolbar.scan, Qt.MouseButton.LeftButton)
        entry = _ready(qtbot, program)
        view.set_animated(False)
        view.setFocus()
        # Each candidate in sight is there as a small picture of the slide.
        pictures, first = program.window.side.candidates.pictures, entry.candidates[0].point_l0
        qtbot.waitUntil(lambda: pictures.has(first), timeout=LONG_MS)
        assert not pictures._pictures[first].isNull()
        qtbot.keyClick(view, Key.Key_J)
        qtbot.keyClick(view, Key.Key_Return)
        qtbot.keyClick(view, Key.Key_Delete)
        assert [entry.reviews.mark_of(each)[0] for each in (0, 1)] == [Review.ACCEPTED, Review.REJECTED]

        assert program.window.side.candidates.view.isColumnHidden(DISTANCE)
        # Draw, and take back in the order things were done: drawing, then rejecting.
        qtbot.keyClick(view, Key.Key_R)
        QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 250))
        QTest.mouseMove(view, QPoint(250, 280))
        QTest.mouseMove(view, QPoint(300, 350))
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 350))
        assert _drawn(entry) == [Shape.RECTANGLE] and entry.selected is None
        facts = program.window.side.annotations.facts
        qtbot.waitUntil(lambda: "Probability mean" in facts.text(), timeout=LONG_MS)
        qtbot.keyClick(view, Key.Key_Z, CONTROL)
        assert _drawn(entry) == [] and entry.reviews.mark_of(1)[0] is Review.REJECTED
        qtbot.keyClick(view, Key.Key_Z, CONTROL)
        assert entry.reviews.mark_of(1)[0] is Review.OPEN
        # And both again, in the order they were first done; the mark alone is taken back once more.
        qtbot.keyClick(view, Key.Key_Y, CONTROL)
        assert _drawn(entry) == [] and entry.reviews.mark_of(1)[0] is Review.REJECTED
        qtbot.keyClick(view, Key.Key_Y, CONTROL)
        assert _drawn(entry) == [Shape.RECTANGLE]
        program.window.actions_["take_back"].trigger()
        assert entry.reviews.mark_of(1)[0] is Review.OPEN

        # Accepted candidates become points, once; the heatmap becomes areas.
        qtbot.keyClick(view, Key.Key_A, SHIFT)
        assert _drawn(entry) == [Shape.RECTANGLE, Shape.POINT]
        qtbot.keyClick(view, Key.Key_A, SHIFT)
        assert len(_drawn(entry)) == 2
        # The accepted one lies on its own point; the list says how far the others are from it.
        qtbot.waitUntil(lambda: program.table.index(0, DISTANCE).data() == "0.00", timeout=LONG_MS)
        assert not program.window.side.candidates.view.isColumnHidden(DISTANCE)
        qtbot.keyClick(view, Key.Key_H, SHIFT)
        areas = program.derived.dialog
        assert areas is not None
        areas.least.setValue(0)
        qtbot.waitUntil(areas.accept_button.isEnabled, timeout=LONG_MS)
        assert "in all" in areas.outcome.text()
        qtbot.mouseClick(areas.accept_button, Qt.MouseButton.LeftButton)
        _back_to_window(qtbot, program)
        assert Shape.POLYGON in _drawn(entry)
        # Back through the list: the second is rejected after all, with a note; the rectangle gets class and name.
        note = program.window.side.candidates.note
        qtbot.keyClick(view, Key.Key_Escape)
        for key in (Key.Key_J, Key.Key_J, Key.Key_K, Key.Key_J):
            qtbot.keyClick(view, key)
        assert entry.selected == 1
        note.setFocus()
        qtbot.keyClicks(note, "crushed edge")
        qtbot.keyClick(note, Key.Key_Return)
        qtbot.keyClick(view, Key.Key_Delete)
        assert entry.reviews.progress[0] == 2
        qtbot.keyClick(view, Key.Key_A)
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 300))
        qtbot.keyClick(view, Key.Key_1, CONTROL)
        name = program.window.side.annotations.name_field
        name.setFocus()
        qtbot.keyClicks(name, "nest")
        qtbot.keyClick(name, Key.Key_Return)
        document = entry.annotations.document
        assert document is not None
        before = document.in_order()
        assert (before[0].class_name, before[0].name) == ("Tumor", "nest")

        qtbot.keyClick(view, Key.Key_E, CONTROL)
        dialog = program.exports.dialog
        assert dialog is not None
        dialog.folder.setText(str(out))
        dialog.boxes[Format.HEATMAP].setChecked(True)
        qtbot.waitUntil(dialog.accept_button.isEnabled, timeout=LONG_MS)
        qtbot.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: dialog.accept_button.text() == "Close", timeout=LONG_MS)
        for name in ("annotations.geojson", "candidates.csv", "heatmap.ome.tif", "report.pdf", "export.json"):
            assert (out / name).stat().st_size > 0
        written = read_annotations(out / "annotations.geojson").annotations
        assert [each.name for each in written] == [each.name for each in before]
        assert "crushed edge" in (out / "candidates.csv").read_text()
        qtbot.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)

    with open_window(qtbot, home, monkeypatch, engine="keeping") as program:
        opened(qtbot, program, slide_path)
        entry = _ready(qtbot, program)
        document = entry.annotations.document
        assert document is not None and document.in_order() == before
        marks = [(Review.ACCEPTED, ""), (Review.REJECTED, "crushed edge")]
        assert [entry.reviews.mark_of(each) for each in (0, 1)] == marks
        assert program.window.side.annotations.table.rowCount() == len(before)
        assert entry.reviews.progress[0] == 2
        # The way back is as long as it was, and the next export proposes what the last one wrote.
        program.window.view.setFocus()
        qtbot.keyClick(program.window.view, Key.Key_Z, CONTROL)
        assert document.in_order()[0].name == ""
        qtbot.keyClick(program.window.view, Key.Key_E, CONTROL)
        again = program.exports.dialog
        assert again is not None
        assert again.boxes[Format.HEATMAP].isChecked() and Path(again.folder.text()).parent == out.parent
        qtbot.waitUntil(again.accept_button.isEnabled, timeout=LONG_MS)
        qtbot.keyClick(again, Key.Key_Escape)
