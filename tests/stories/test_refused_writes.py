"""Story: the case file refuses a write; it is said, what waits goes in later, and nothing is written over or wiped."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QTableView
from pytestqt.qtbot import QtBot

from app.control import coverage_control
from inference.results.annotation import Annotation, Shape
from inference.results.annotation_store import AnnotationStore
from inference.results.case_file import default_case_path
from inference.results.case_records import Review
from inference.results.case_reviews import reviews_of
from inference.results.coverage import read_reading, readings_before
from tests.support.cases import asked, case_of, ready, unwritable, written
from tests.support.windows import LONG_MS, open_window

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
Key, CONTROL = Qt.Key, Qt.KeyboardModifier.ControlModifier
BOX = Annotation(0, Shape.RECTANGLE, shapely.box(100, 100, 400, 400))


def test_a_mark_whose_case_was_moved_away_waits_until_it_is_put_back(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        entry = ready(qtbot, program, slide_path, with_scan=True)
        case, away = default_case_path(entry.info.fingerprint), tmp_path / "away"
        with case_of(entry):
            pass  # Closing it leaves nothing beside the file.
        case.rename(away)
        program.candidates.select(0)
        program.reviews.control.decide(Review.ACCEPTED)
        qtbot.waitUntil(lambda: entry.is_stuck, timeout=LONG_MS)
        (notice,) = program.window.area.banner.notices
        assert "lacks the scan that was kept in it" in notice.text and notice.text.endswith("try again.")
        for beside in case.parent.glob(f"{case.name}*"):
            beside.unlink()
        away.rename(case)
        # The slide is opened again rather than the button pressed.
        program.list.control.remove(slide_path)
        entry = ready(qtbot, program, slide_path)
        qtbot.waitUntil(lambda: not program.window.area.banner.notices, timeout=LONG_MS)
        with case_of(entry) as kept:
            assert list(reviews_of(kept, kept.runs()[-1].id).values()) == [(Review.ACCEPTED, "")]


def test_what_is_given_up_for_another_program_s_changes_is_said(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        entry = ready(qtbot, program, slide_path)
        with case_of(entry) as case:
            store = AnnotationStore(case)
            other = store.load()
            store.record(other.do(other.adding([BOX, BOX], label="Other")), other)
        program.annotations.control.add([BOX], label="Draw")
        qtbot.waitUntil(lambda: entry.is_stuck, timeout=LONG_MS)
        program.list.control.remove(slide_path)
        entry = ready(qtbot, program, slide_path)
        assert entry.annotations.document is not None and len(entry.annotations.document.annotations) == 2
        (notice,) = program.window.area.banner.notices
        assert notice.text.startswith(f"1 change of {slide_path.name} could not be kept")


def test_a_reading_that_cannot_be_begun_leaves_the_one_before(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        entry = ready(qtbot, program, slide_path)
        control, view = program.coverage.control, program.window.view
        view.set_animated(False)
        qtbot.keyClick(view, Key.Key_1)
        qtbot.wait(coverage_control.DWELL_MS + 300)
        qtbot.waitUntil(lambda: control.writer.running == 0, timeout=LONG_MS)
        with case_of(entry) as case:
            before = read_reading(case, entry.info.size_l0).coverage.codes
        qtbot.keyClick(view, Key.Key_3)
        with unwritable(entry, monkeypatch):
            with qtbot.waitSignal(control.failed, timeout=LONG_MS):
                control.begin("B. Second")
            assert not control.can_begin
        qtbot.waitUntil(lambda: control.can_begin, timeout=LONG_MS)
        assert control.reader == ""
        qtbot.keyClick(view, Key.Key_4)
        qtbot.wait(coverage_control.DWELL_MS + 300)
        qtbot.waitUntil(lambda: control.writer.running == 0, timeout=LONG_MS)
        with case_of(entry) as case:
            kept = read_reading(case, entry.info.size_l0)
            assert (kept.coverage.codes <= before).all() and kept.reader == ""
            assert readings_before(case, entry.info.size_l0) == ()


def test_words_being_written_outlast_a_failed_write(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        entry = ready(qtbot, program, slide_path, with_scan=True)
        program.annotations.control.add([BOX], label="Draw")
        program.candidates.select(0)
        document = entry.annotations.document
        assert document is not None
        side = program.window.side
        notes = {"candidate": side.candidates.note, "annotation": side.annotations.note_field}
        for words, field in notes.items():
            if field is side.annotations.note_field:
                program.annotations.control.select([1])
            written(qtbot, program)
            side.show_card(side.candidates if words == "candidate" else side.annotations)
            field.setFocus()
            qtbot.keyClicks(field, words)
            with unwritable(entry, monkeypatch):
                program.annotations.control.do(document.adding([BOX], label="Draw"))
                qtbot.waitUntil(lambda: entry.is_stuck, timeout=LONG_MS)
                assert field.text() == words and field.isEnabled()
                # Left before it can be given: it stays all the same.
                program.window.view.setFocus()
                assert field.text() == words
                written(qtbot, program)
            program.keeping.retry()
            qtbot.waitUntil(lambda: not entry.is_stuck, timeout=LONG_MS)
            assert field.text() == words and not field.isModified()
        assert entry.reviews.mark_of(0)[1] == "candidate"
        assert document.annotations[1].note == "annotation"


def test_words_wait_for_what_they_are_about_while_something_else_is_looked_at(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        entry = ready(qtbot, program, slide_path, with_scan=True)
        program.annotations.control.add([BOX, BOX.moved(500, 0)], label="Draw")
        document, side = entry.annotations.document, program.window.side
        assert document is not None
        written(qtbot, program)

        def click(row: int, view: QTableView) -> None:
            rect = view.visualRect(view.model().index(row, 1))
            qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())

        for card, field, words in (
            (side.candidates, side.candidates.note, "first candidate"),
            (side.annotations, side.annotations.note_field, "first annotation"),
        ):
            side.show_card(card)
            click(0, card.view)
            field.setFocus()
            qtbot.keyClicks(field, words)
            with unwritable(entry, monkeypatch):
                # Neither selection nor focus changes: the words are still being written.
                program.annotations.control.do(document.adding([BOX.moved(0, 500)], label="Draw"))
                qtbot.waitUntil(lambda: entry.is_stuck, timeout=LONG_MS)
                assert field.isModified()
                program.window.view.setFocus()
                unkept = program.annotations.words.unkept() + program.reviews.control.unkept()
                assert [each.words for each in unkept] == [words]
                click(1, card.view)
                qtbot.waitUntil(lambda field=field: field.text() == "" and not field.isEnabled())
                click(0, card.view)
                qtbot.waitUntil(lambda field=field, words=words: field.text() == words)
                click(1, card.view)
                written(qtbot, program)
            program.keeping.retry()
            qtbot.waitUntil(lambda: not entry.is_stuck, timeout=LONG_MS)
            assert field.text() == ""
        assert [entry.reviews.mark_of(index)[1] for index in (0, 1)] == ["first candidate", ""]
        assert [document.annotations[number].note for number in (1, 2)] == ["first annotation", ""]
        written(qtbot, program)
        with case_of(entry) as kept:
            assert [note for _, note in reviews_of(kept, kept.runs()[-1].id).values()] == ["first candidate"]
            assert AnnotationStore(kept).load().annotations[1].note == "first annotation"


def test_marks_that_no_case_file_takes_are_saved_as_a_table(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        entry = ready(qtbot, program, slide_path, with_scan=True)
        view, card = program.window.view, program.window.side.candidates
        with unwritable(entry, monkeypatch):
            qtbot.keyClick(view, Key.Key_J)
            qtbot.keyClick(view, Key.Key_Return)
            qtbot.waitUntil(lambda: entry.is_stuck, timeout=LONG_MS)
            question = asked(qtbot, program)
            titles: list[str] = []

            def answer(_window: object, title: str, proposed: str, _kind: str) -> tuple[str, str]:
                titles.append(title)
                return str(tmp_path / Path(proposed).name), ""

            monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
            (save,) = [each for each in question.buttons() if each.text() == "Save as files…"]
            qtbot.mouseClick(save, Qt.MouseButton.LeftButton)
            # There are no annotations, so none are asked about.
            assert titles == [f"Save the marks of {slide_path.name}"]
            lines = (tmp_path / f"{slide_path.stem} marks.csv").read_text("utf-8-sig").splitlines()
            assert len(lines) == 2 and ",accepted," in lines[1]
            assert card.isVisible(), "nothing is lost yet"


def test_a_bookmark_that_fails_keeps_the_window_open(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        entry = ready(qtbot, program, slide_path)
        program.annotations.control.add([BOX], label="Draw")
        written(qtbot, program)
        with unwritable(entry, monkeypatch):
            qtbot.keyClick(program.window.view, Key.Key_D, CONTROL)
            (naming,) = program.window.findChildren(QInputDialog)
            qtbot.keyClick(naming, Key.Key_Return)
            assert not program.window.close()
            qtbot.waitUntil(lambda: len(program.window.area.banner.notices) == 1, timeout=LONG_MS)
            qtbot.wait(50)
            assert program.window.isVisible()
        assert program.window.close()
