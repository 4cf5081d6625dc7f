"""Story: names and notes written where nothing may be changed are shown, asked about, saved and never misplaced."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QMessageBox, QPushButton, QTextEdit
from pytestqt.qtbot import QtBot

from app.control import annotation_control
from app.program import Program
from app.state.slide_entry import SlideEntry
from inference.errors import EquiscopeError
from inference.importing.read_annotations import read_annotations
from inference.results.annotation import Annotation, Shape
from inference.results.annotation_document import AnnotationDocument
from inference.results.annotation_store import AnnotationStore
from inference.results.case_records import Review
from tests.support.cases import asked, case_of, ready, unwritable, written
from tests.support.make_slide import textured, write_pyramid
from tests.support.windows import LONG_MS, open_window, opened, scanned

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
LEFT = Qt.MouseButton.LeftButton
BOX = Annotation(0, Shape.RECTANGLE, shapely.box(100, 100, 400, 400))


def _make_stuck(qtbot: QtBot, program: Program, entry: SlideEntry) -> None:
    """By an edit that leaves the selection as it is."""
    document = entry.annotations.document
    assert document is not None
    program.annotations.control.do(document.adding([BOX.moved(0, 900)], label="Draw"))
    qtbot.waitUntil(lambda: entry.is_stuck, timeout=LONG_MS)


def _make_free(qtbot: QtBot, program: Program, entry: SlideEntry) -> None:
    program.keeping.retry()
    qtbot.waitUntil(lambda: not entry.is_stuck, timeout=LONG_MS)
    written(qtbot, program)


def _write(qtbot: QtBot, field: QLineEdit, words: str) -> None:
    """Over what was there; the words are given by Enter."""
    # A field is off where nothing can be changed: this is what was begun before.
    field.setEnabled(True)
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, words)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def _press(qtbot: QtBot, question: QMessageBox, words: str) -> None:
    (button,) = [each for each in question.findChildren(QPushButton) if each.text() == words]
    qtbot.mouseClick(button, LEFT)


def _closed(qtbot: QtBot, program: Program) -> None:
    """Without a question, once all is written."""
    program.window.close()
    qtbot.waitUntil(lambda: not program.window.isVisible(), timeout=LONG_MS)
    assert program._keeping_desk.question is None


def _refused(_fingerprint: str) -> AnnotationDocument:
    raise EquiscopeError("The annotations cannot be read")


def _saved_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the dialogs of files now say that they are to go."""
    folder.mkdir()
    monkeypatch.setattr(
        QFileDialog,
        "getSaveFileName",
        lambda _window, _title, proposed, _kind: (str(folder / Path(proposed).name), ""),
    )
    return folder


def test_names_and_notes_that_wait_are_in_the_saved_files(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        entry = ready(qtbot, program, slide_path, with_scan=True)
        control, side = program.annotations.control, program.window.side
        control.add([BOX, BOX.moved(500, 0)], label="Draw")
        written(qtbot, program)
        control.select([1])
        entry.set_elsewhere(True)
        side.show_card(side.annotations)
        _write(qtbot, side.annotations.name_field, "hot spot")
        _write(qtbot, side.annotations.note_field, "ask Kim")
        program.candidates.select(0)
        side.show_card(side.candidates)
        _write(qtbot, side.candidates.note, "a bud")
        question = asked(qtbot, program)
        assert question.text() == "3 names or notes could not be written so far."
        folder = _saved_in(tmp_path / "saved", monkeypatch)
        _press(qtbot, question, "Save as files…")
        saved = read_annotations(folder / f"{slide_path.stem} annotations.geojson").annotations
        assert [(each.name, each.note) for each in saved] == [("hot spot", "ask Kim"), ("", "")]
        assert "a bud" in (folder / f"{slide_path.stem} marks.csv").read_text("utf-8-sig")
        _press(qtbot, asked(qtbot, program), "Close and lose them")
        assert not program.window.isVisible()


def test_words_that_wait_for_another_window_are_asked_about(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    long = "and so on " * 20
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        entry = ready(qtbot, program, slide_path)
        control, side = program.annotations.control, program.window.side
        control.add([BOX], label="Draw")
        written(qtbot, program)
        side.show_card(side.annotations)
        entry.set_elsewhere(True)
        _write(qtbot, side.annotations.note_field, f"ask Kim {long}")
        assert not program.window.close()
        # There is nothing to be waited for.
        question = program._keeping_desk.question
        assert question is not None
        assert question.text() == "1 name or note could not be written so far."
        told = question.informativeText()
        assert told.startswith(f"Note of an annotation of {slide_path.name}: “ask Kim and so on")
        assert told.endswith("…”. Another window has this slide: draw there, or close it there first.")
        # All of it can be copied.
        assert long in question.detailedText()
        assert question.findChildren(QTextEdit)
        (shown,) = [each for each in question.findChildren(QLabel) if each.text() == told]
        assert shown.textFormat() is Qt.TextFormat.PlainText
        assert shown.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse
        _press(qtbot, question, "Keep the window open")
        assert program.window.isVisible()
        _press(qtbot, asked(qtbot, program), "Close and lose them")
        assert not program.window.isVisible()

    with open_window(qtbot, tmp_path, monkeypatch) as program:
        entry = ready(qtbot, program, slide_path)
        program.annotations.control.select([1])
        side = program.window.side
        side.show_card(side.annotations)
        entry.set_elsewhere(True)
        _write(qtbot, side.annotations.note_field, "ask Kim")
        # Taken off the list, the slide is named all the same; opened again, it takes them.
        program.list.control.remove(slide_path)
        question = asked(qtbot, program)
        assert question.informativeText() == (
            f"Note of an annotation of {slide_path.name}: “ask Kim”. "
            "This slide was taken off the list: open it again."
        )
        assert [each.isVisible() for each in question.buttons() if each.text() == "Save as files…"] == [False]
        _press(qtbot, question, "Keep the window open")
        entry = ready(qtbot, program, slide_path)
        _closed(qtbot, program)
        with case_of(entry) as kept:
            assert AnnotationStore(kept).load().annotations[1].note == "ask Kim"


def test_the_note_of_a_candidate_that_is_gone_is_asked_about(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        entry = ready(qtbot, program, slide_path, with_scan=True)
        side = program.window.side
        program.candidates.select_row(side.candidates.view.model().rowCount() - 1)
        entry.set_elsewhere(True)
        side.show_card(side.candidates)
        _write(qtbot, side.candidates.note, "a bud")
        before = entry.candidates
        program.candidates.set_radius(20)
        qtbot.waitUntil(lambda: entry.candidates != before, timeout=LONG_MS)
        entry.set_elsewhere(False)
        program.reviews.control.load(entry)
        program.annotations.control.load(entry)
        qtbot.waitUntil(lambda: program.reviews.control.why_not() == "", timeout=LONG_MS)
        question = asked(qtbot, program)
        assert question.informativeText() == (
            f"Note of a candidate of {slide_path.name}: “a bud”. It is not among the candidates any more."
        )
        _press(qtbot, question, "Close and lose them")
        assert not program.window.isVisible()


def test_words_wait_for_their_slide_whatever_its_file_is_called(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    file, copy = tmp_path / "slide.tif", tmp_path / "copy of it.tif"
    for each in (file, copy):
        shutil.copy(slide_path, each)
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        entry = ready(qtbot, program, file, with_scan=True)
        control, side = program.annotations.control, program.window.side
        control.add([BOX], label="Draw")
        written(qtbot, program)
        entry.set_elsewhere(True)
        _write(qtbot, side.annotations.note_field, "of the first")
        program.candidates.select(0)
        side.show_card(side.candidates)
        _write(qtbot, side.candidates.note, "candidate of the first")

        # Another slide comes under the same name.
        file.unlink()
        write_pyramid(file, textured(4000, 5000, seed=1), mpp=0.25)
        program.slides.open(file)
        qtbot.waitUntil(lambda: program.session.current is not entry, timeout=LONG_MS)
        other = ready(qtbot, program, file, with_scan=True)
        assert other.info.fingerprint != entry.info.fingerprint
        control.add([BOX], label="Draw")
        for index in range(len(other.candidates)):
            program.candidates.select(index)
            assert side.candidates.note.text() == ""
        control.select([1])
        assert side.annotations.note_field.text() == ""
        document = other.annotations.document
        assert document is not None and document.annotations[1].note == "" and other.reviews.notes == {}

        # Its own is another file, and takes them.
        twin = ready(qtbot, program, copy)
        document = twin.annotations.document
        assert document is not None and document.annotations[1].note == "of the first"
        qtbot.waitUntil(lambda: twin.reviews.notes == {0: "candidate of the first"}, timeout=LONG_MS)
        _closed(qtbot, program)


def test_both_copies_of_a_slide_show_the_words_that_wait(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    copy = Path(shutil.copy(slide_path, tmp_path / "copy of it.tif"))
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        entry = ready(qtbot, program, slide_path, with_scan=True)
        control, side = program.annotations.control, program.window.side
        control.add([BOX], label="Draw")
        twin = ready(qtbot, program, copy)
        with unwritable(entry, monkeypatch):
            _make_stuck(qtbot, program, entry)
            control.select([1])
            _write(qtbot, side.annotations.note_field, "on the copy")
            program.candidates.select(0)
            side.show_card(side.candidates)
            _write(qtbot, side.candidates.note, "candidate on the copy")
            opened(qtbot, program, slide_path)
            assert program.session.current is entry is not twin
            program.candidates.select(0)
            assert side.candidates.note.text() == "candidate on the copy"
            control.select([1])
            assert side.annotations.note_field.text() == "on the copy"
            written(qtbot, program)
        _make_free(qtbot, program, entry)
        document = entry.annotations.document
        assert document is not None and document.annotations[1].note == "on the copy"


def test_what_was_written_last_counts_alone_or_together(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        entry = ready(qtbot, program, slide_path)
        control, card = program.annotations.control, program.window.side.annotations
        control.add([BOX, BOX.moved(500, 0)], label="Draw")
        written(qtbot, program)
        program.window.side.show_card(card)

        def write(ids: list[int], words: str) -> None:
            control.select(ids)
            _write(qtbot, card.note_field, words)

        with unwritable(entry, monkeypatch):
            _make_stuck(qtbot, program, entry)
            write([1], "first of all")
            write([1, 2], "both")
            control.select([1])
            assert card.note_field.text() == "both"
            write([1], "first alone")
            control.select([2])
            assert card.note_field.text() == "both"
            control.select([1, 2])
            assert card.note_field.text() == ""
            written(qtbot, program)
        _make_free(qtbot, program, entry)
        document = entry.annotations.document
        assert document is not None
        assert [document.annotations[each].note for each in (1, 2)] == ["first alone", "both"]


def test_marks_are_saved_of_the_copy_that_has_them_also_without_annotations(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    copy = Path(shutil.copy(slide_path, tmp_path / "copy of it.tif"))
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        # That part of the case file is damaged.
        monkeypatch.setattr(annotation_control, "read_document", _refused)
        opened(qtbot, program, slide_path)
        program.scan.start()
        scanned(qtbot, program)
        qtbot.waitUntil(lambda: program.reviews.control.why_not() == "", timeout=LONG_MS)
        entry = program.session.current
        assert entry is not None
        with unwritable(entry, monkeypatch):
            program.candidates.select(0)
            program.reviews.control.decide(Review.ACCEPTED)
            qtbot.waitUntil(lambda: entry.is_stuck, timeout=LONG_MS)
            opened(qtbot, program, copy)
            written(qtbot, program)
            assert entry.annotations.document is None
            question = asked(qtbot, program)
            folder = _saved_in(tmp_path / "saved", monkeypatch)
            _press(qtbot, question, "Save as files…")
            (table,) = folder.iterdir()
            assert table.name == f"{slide_path.stem} marks.csv" and ",accepted," in table.read_text(
                "utf-8-sig"
            )
            written(qtbot, program)
        # The window was to close: it does by itself once the mark is in the case file after all.
        program.keeping.retry()
        qtbot.waitUntil(lambda: not program.window.isVisible(), timeout=LONG_MS)
        assert program.keeping.unwritten == 0
