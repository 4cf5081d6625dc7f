"""Copies of a slide, a full disk, a hasty hand: whatever comes between, nothing that was drawn or decided is lost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QInputDialog, QPushButton
from pytestqt.qtbot import QtBot

from app.panels.classes_dialog import ClassesDialog
from app.panels.mpp_dialog import MppDialog
from app.program import Program
from app.state.notices import Notice
from app.state.slide_entry import SlideEntry
from inference.importing.read_annotations import read_annotations
from inference.results.annotation import Annotation
from inference.results.annotation_store import AnnotationStore
from inference.results.bookmarks import bookmarks_of
from inference.results.case_records import Review
from inference.results.case_reviews import reviews_of
from tests.support.cases import case_of, unwritable
from tests.support.windows import LONG_MS, open_window, opened, scanned

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def _ready(qtbot: QtBot, program: Program, path: Path) -> None:
    opened(qtbot, program, path)
    qtbot.waitUntil(lambda: program.annotations.control.why_not() == "", timeout=LONG_MS)
    program.window.view.set_animated(False)
    program.window.view.zoom_to_downsample(4.0)
    program.window.view.setFocus()


def _draw(qtbot: QtBot, program: Program, x: int) -> None:
    """A rectangle of 80 by 80 view px."""
    view = program.window.view
    view.setFocus()
    program.window.actions_["tool_rectangle"].trigger()
    QTest.mousePress(view, LEFT, pos=QPoint(x, 200))
    QTest.mouseMove(view, QPoint(x + 40, 240))
    QTest.mouseMove(view, QPoint(x + 80, 280))
    QTest.mouseRelease(view, LEFT, pos=QPoint(x + 80, 280))


def _all(program: Program) -> tuple[Annotation, ...]:
    entry = program.session.current
    assert entry is not None and entry.annotations.document is not None
    return entry.annotations.document.in_order()


def _shown(program: Program) -> SlideEntry:
    assert program.session.current is not None
    return program.session.current


def _kept(program: Program) -> tuple[Annotation, ...]:
    with case_of(_shown(program)) as case:
        return AnnotationStore(case).load().in_order()


@contextmanager
def _slow(program: Program) -> Iterator[None]:
    """The thread that writes and reads is held up."""
    go_on = Event()
    program.keeping._tasks.run_task(lambda: go_on.wait(30), done=lambda _: None, failed=lambda _: None)
    try:
        yield
    finally:
        go_on.set()


def _press(qtbot: QtBot, program: Program, words: str) -> None:
    """A button in the question, or else on the banner."""
    place = program._keeping_desk.question or program.window.area.banner

    def found() -> list[QPushButton]:
        return [each for each in place.findChildren(QPushButton) if each.text() == words and each.isVisible()]

    def is_laid_out() -> bool:
        """A banner's rows are made anew with every notice; a click before they have their place meets nothing."""
        return all(place.childAt(each.mapTo(place, each.rect().center())) is each for each in found())

    qtbot.waitUntil(is_laid_out, timeout=LONG_MS)
    (button,) = found()
    qtbot.mouseClick(button, LEFT)


def _twin(slide_path: Path, folder: Path) -> Path:
    folder.mkdir()
    return Path(shutil.copy(slide_path, folder / "copy of it.tif"))


def test_copies_of_a_slide_are_one_case(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    twin = _twin(slide_path, tmp_path / "copies")
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        _ready(qtbot, program, slide_path)
        _draw(qtbot, program, 100)
        _ready(qtbot, program, twin)
        assert len(_all(program)) == 1
        _draw(qtbot, program, 300)
        _ready(qtbot, program, slide_path)
        _draw(qtbot, program, 500)
        drawn = _all(program)
        assert [each.id for each in drawn] == [1, 2, 3]
        # What was drawn on the copy is taken back from here as well.
        for count in (2, 1):
            qtbot.keyClick(program.window.view, Key.Key_Z, CONTROL)
            assert _all(program) == drawn[:count]
        qtbot.keyClick(program.window.view, Key.Key_Z, CONTROL | SHIFT)
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        _ready(qtbot, program, twin)
        assert _all(program) == drawn[:2] == _kept(program)


def test_marks_on_one_copy_are_marks_on_the_other(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    twin = _twin(slide_path, tmp_path / "copies")
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        reviews = program.reviews.control
        _ready(qtbot, program, slide_path)
        program.scan.start()
        scanned(qtbot, program)
        for path in (twin, slide_path, twin):
            opened(qtbot, program, path)
            qtbot.waitUntil(lambda: reviews.why_not() == "", timeout=LONG_MS)
            program.candidates.select(0)
            reviews.decide(Review.ACCEPTED if path == slide_path else Review.REJECTED)
        opened(qtbot, program, slide_path)
        qtbot.waitUntil(lambda: reviews.why_not() == "", timeout=LONG_MS)
        entry = program.session.current
        assert entry is not None and entry.reviews.mark_of(0)[0] is Review.REJECTED
        # What was decided here before the other copy was shown cannot be taken back any more: it no longer holds.
        assert not entry.reviews.can_take_back
        cell = (entry.candidates[0].row, entry.candidates[0].column)
        with case_of(_shown(program)) as case:
            assert reviews_of(case, case.runs()[-1].id) == {cell: (Review.REJECTED, "")}


def test_nothing_is_drawn_on_what_is_being_read_again(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        _ready(qtbot, program, slide_path)
        _draw(qtbot, program, 100)
        entry = program.session.current
        assert entry is not None
        # Another window had it, and lets it go: it is read anew.
        entry.set_elsewhere(True)
        program.annotations.control.load(entry)
        qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
        entry.set_elsewhere(False)
        with _slow(program):
            program.annotations.control.load(entry)
            program.annotations.control.load(entry)
            _draw(qtbot, program, 300)
            assert len(_all(program)) == 1
            assert "still being read" in program.window.status._note_text
            qtbot.keyClick(program.window.view, Key.Key_Z, CONTROL)
            assert len(_all(program)) == 1
        qtbot.waitUntil(lambda: program.annotations.control.why_not() == "", timeout=LONG_MS)
        _draw(qtbot, program, 300)
        qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
        assert [each.id for each in _all(program)] == [1, 2] and _kept(program) == _all(program)


def _to_try_again(program: Program) -> tuple[Notice, ...]:
    """What could not be kept of edits and marks; the area looked at, written as well, has notices of its own."""
    return tuple(each for each in program.window.area.banner.notices if each.act == "Try again")


def test_what_cannot_be_written_stops_further_changes_until_it_is(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        _ready(qtbot, program, slide_path)
        _draw(qtbot, program, 100)
        qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
        with unwritable(_shown(program), monkeypatch):
            with _slow(program):
                _draw(qtbot, program, 200)
                _draw(qtbot, program, 300)
                qtbot.keyClick(program.window.view, Key.Key_Z, CONTROL)
            qtbot.waitUntil(lambda: len(_to_try_again(program)) == 1, timeout=LONG_MS)
            (notice,) = _to_try_again(program)
            assert notice.text.startswith(
                "3 changes of case é 1.tif could not be written, and nothing more can be changed there before that. "
                "Another program is writing to the case file"
            )
            _draw(qtbot, program, 400)
            qtbot.keyClick(program.window.view, Key.Key_Z, CONTROL)
            assert [each.id for each in _all(program)] == [1, 2]
            assert not program.window.actions_["undo"].isEnabled()
            # Trying too early loses nothing either.
            _press(qtbot, program, "Try again")
            qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
            assert _to_try_again(program) == (notice,)
        _press(qtbot, program, "Try again")
        qtbot.waitUntil(lambda: program.annotations.control.why_not() == "", timeout=LONG_MS)
        assert _to_try_again(program) == ()
        qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
        assert [each.id for each in _all(program)] == [1, 2] and _kept(program) == _all(program)
        # The journal is the window's: redo and undo do what they say.
        qtbot.keyClick(program.window.view, Key.Key_Y, CONTROL)
        assert [each.id for each in _all(program)] == [1, 2, 3]
        _draw(qtbot, program, 400)
        drawn = _all(program)
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        _ready(qtbot, program, slide_path)
        for count in (4, 3, 2, 1, 0):
            assert _all(program) == drawn[:count]
            qtbot.keyClick(program.window.view, Key.Key_Z, CONTROL)


def test_a_slide_taken_off_the_list_is_still_written_and_read_after_that(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        _ready(qtbot, program, slide_path)
        _draw(qtbot, program, 100)
        qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
        with unwritable(_shown(program), monkeypatch):
            _draw(qtbot, program, 200)
            qtbot.waitUntil(lambda: len(_to_try_again(program)) == 1, timeout=LONG_MS)
            program.list.control.remove(slide_path)
            # Its case stays claimed: another window must not draw on it before.
            assert len(program.list._claims._claims) == 1
            opened(qtbot, program, slide_path)
            qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
            assert program.annotations.control.why_not() != ""
        _press(qtbot, program, "Try again")
        qtbot.waitUntil(lambda: program.annotations.control.why_not() == "", timeout=LONG_MS)
        assert len(_all(program)) == 2


def test_another_program_that_wrote_to_the_case_is_noticed(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        _ready(qtbot, program, slide_path)
        _draw(qtbot, program, 100)
        qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
        with case_of(_shown(program)) as case:
            store = AnnotationStore(case)
            other = store.load()
            store.record(other.do(other.adding(_all(program), label="Other")), other)
        _draw(qtbot, program, 200)
        qtbot.waitUntil(lambda: len(program.window.area.banner.notices) == 1, timeout=LONG_MS)
        assert "Another program changed the annotations" in program.window.area.banner.notices[0].text
        program.list.control.remove(slide_path)
        _ready(qtbot, program, slide_path)
        assert [each.id for each in _all(program)] == [1, 2]
        _draw(qtbot, program, 300)
        qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
        assert _kept(program) == _all(program) and len(_all(program)) == 3


def test_a_window_closed_before_all_is_written_waits_and_asks(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        _ready(qtbot, program, slide_path)
        _draw(qtbot, program, 100)
        qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
        desk = program._keeping_desk
        with unwritable(_shown(program), monkeypatch):
            _draw(qtbot, program, 200)
            assert not program.window.close()
            qtbot.waitUntil(lambda: desk.question is not None, timeout=LONG_MS)
            assert program.window.isVisible() and desk.question is not None
            assert desk.question.text() == "1 change could not be written so far."
            _press(qtbot, program, "Keep the window open")
            assert desk.question is None and program.window.isVisible()
            program.window.close()
            qtbot.waitUntil(lambda: desk.question is not None, timeout=LONG_MS)
        _press(qtbot, program, "Try again")
        qtbot.waitUntil(lambda: not program.window.isVisible(), timeout=LONG_MS)
        assert len(_kept(program)) == 2

    with open_window(qtbot, tmp_path, monkeypatch) as program:
        # What is only slow is waited for without a question.
        _ready(qtbot, program, slide_path)
        with _slow(program):
            _draw(qtbot, program, 300)
            assert not program.window.close() and program.window.isVisible()
            assert program.window.status._note_text == "Writing the last changes…"
        qtbot.waitUntil(lambda: not program.window.isVisible(), timeout=LONG_MS)
        assert program._keeping_desk.question is None and len(_kept(program)) == 3

    with open_window(qtbot, tmp_path, monkeypatch) as program:
        _ready(qtbot, program, slide_path)
        with unwritable(_shown(program), monkeypatch):
            _draw(qtbot, program, 400)
            program.window.close()
            qtbot.waitUntil(lambda: program._keeping_desk.question is not None, timeout=LONG_MS)
            # They can be taken along: saved elsewhere, and imported another day.
            file = tmp_path / "saved.geojson"
            monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
            _press(qtbot, program, "Save as files…")
            saved = read_annotations(file).annotations
            assert [each.geometry.bounds for each in saved] == [
                each.geometry.bounds for each in _all(program)
            ]
            qtbot.waitUntil(lambda: program._keeping_desk.question is not None, timeout=LONG_MS)
            _press(qtbot, program, "Close and lose them")
            assert not program.window.isVisible()
        assert len(_kept(program)) == 3


def test_a_bookmark_set_right_before_closing_is_kept(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        _ready(qtbot, program, slide_path)
        go_on = Event()
        program.bookmarking.control.writer.run_task(
            lambda: go_on.wait(0.5), done=lambda _: None, failed=lambda _: None
        )
        qtbot.keyClick(program.window.view, Key.Key_D, CONTROL)
        (naming,) = program.window.findChildren(QInputDialog)
        qtbot.keyClick(naming, Key.Key_Return)
        assert not program.window.close() and program.window.isVisible()
        qtbot.waitUntil(lambda: not program.window.isVisible(), timeout=LONG_MS)
        with case_of(_shown(program)) as case:
            assert len(bookmarks_of(case)) == 1


def test_a_dialog_acts_on_the_slide_it_was_opened_for(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    slide_path: Path,
    slide_without_mpp: Path,
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch) as program:
        _ready(qtbot, program, slide_path)
        first = program.session.current
        _draw(qtbot, program, 100)
        qtbot.keyClick(program.window.view, Key.Key_1, CONTROL)
        program.window.actions_["edit_classes"].trigger()
        (classes,) = program.window.findChildren(ClassesDialog)
        # The opening of another slide was under way.
        program.slides.open(slide_without_mpp)
        qtbot.waitUntil(lambda: program.annotations.control.why_not() == "", timeout=LONG_MS)
        qtbot.waitUntil(lambda: program.session.current is not first, timeout=LONG_MS)
        second = program.session.current
        qtbot.waitUntil(lambda: program.annotations.control.why_not() == "", timeout=LONG_MS)
        classes.lines[0].name.setText("Carcinoma")
        classes.accept_button.click()
        assert first is not None and first.annotations.document is not None
        assert second is not None and second.annotations.document is not None
        assert first.annotations.document.class_named("Carcinoma") is not None
        assert [each.class_name for each in first.annotations.document.in_order()] == ["Carcinoma"]
        assert second.annotations.document.class_named("Carcinoma") is None
        # The same of the resolution, asked of the second and answered after the first has come back.
        (resolution,) = program.window.findChildren(MppDialog)
        opened(qtbot, program, slide_path)
        resolution.value.setValue(0.5)
        resolution.accept_button.click()
        assert program.session.current is first and first.info.mpp is not None
        assert first.info.mpp.x == pytest.approx(0.25)
        opened(qtbot, program, slide_without_mpp)
        assert second.info.mpp is not None and second.info.mpp.x == pytest.approx(0.5)


def test_areas_of_a_heatmap_go_to_the_slide_they_were_found_on(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path, slide_without_mpp: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        program.slides.mppWanted.disconnect()
        _ready(qtbot, program, slide_path)
        program.scan.start()
        scanned(qtbot, program)
        first = program.session.current
        qtbot.waitUntil(program.window.actions_["annotate_heatmap"].isEnabled, timeout=LONG_MS)
        program.window.actions_["annotate_heatmap"].trigger()
        areas = program.derived.dialog
        assert areas is not None
        opened(qtbot, program, slide_without_mpp)
        qtbot.waitUntil(lambda: program.annotations.control.why_not() == "", timeout=LONG_MS)
        areas.least.setValue(0)
        qtbot.waitUntil(areas.accept_button.isEnabled, timeout=LONG_MS)
        areas.accept_button.click()
        assert _all(program) == ()
        assert first is not None and first.annotations.document is not None
        assert len(first.annotations.document.annotations) > 0
        qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
