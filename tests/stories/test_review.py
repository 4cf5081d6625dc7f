"""Story: scan, walk the candidates, accept, reject, take back, close, open again: everything is as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.program import Program
from app.state.candidate_table import MARK
from app.state.layers import LOWEST_THRESHOLD
from app.state.slide_entry import SlideEntry
from app.work.claim import Claim
from inference.results.candidates import find_candidates
from inference.results.case_file import CaseFile, default_case_path
from inference.results.case_records import Review
from inference.results.case_reviews import reviews_of
from tests.support.windows import LONG_MS, open_window, opened, scanned

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
Key = Qt.Key


def _reviewable(qtbot: QtBot, program: Program) -> SlideEntry:
    """Waits until the candidates of the slide on show and their marks are there, all of them listed."""
    qtbot.waitUntil(
        lambda: program.session.current is not None and program.session.current.reviews.is_ready,
        timeout=LONG_MS,
    )
    program.layers.set_threshold(0.3)
    assert program.session.current is not None
    return program.session.current


def _words(program: Program) -> list[str]:
    return [program.table.index(row, MARK).data() for row in range(program.table.rowCount())]


def _caption(program: Program) -> str:
    return program.window.side.candidates._caption.text()


def _kept(program: Program, qtbot: QtBot) -> dict[tuple[int, int], tuple[Review, str]]:
    """What the case file says of the latest run."""
    qtbot.waitUntil(lambda: not program.keeping.is_busy, timeout=LONG_MS)
    assert program.session.current is not None
    fingerprint = program.session.current.info.fingerprint
    with CaseFile.open(default_case_path(fingerprint), fingerprint=fingerprint) as case:
        return reviews_of(case, case.runs()[-1].id)


def test_a_review_is_kept_as_it_happens_and_found_again(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        opened(qtbot, program, slide_path)
        assert not program.window.actions_["accept"].isEnabled()
        qtbot.mouseClick(program.window.toolbar.scan, Qt.MouseButton.LeftButton)
        entry, view = _reviewable(qtbot, program), program.window.view
        count = len(_words(program))
        assert count >= 2
        assert set(_words(program)) == {"open"}
        assert _caption(program) == f"0 of {count} reviewed"
        view.setFocus()

        # Accept the first, and the selection moves on; reject the second; take that back.
        qtbot.keyClick(view, Key.Key_J)
        qtbot.keyClick(view, Key.Key_Return)
        assert _words(program)[0] == "accepted"
        assert entry.selected == 1
        qtbot.keyClick(view, Key.Key_Delete)
        assert _words(program)[:2] == ["accepted", "rejected"]
        assert _caption(program) == f"2 of {count} reviewed"
        first, second = ((each.row, each.column) for each in entry.candidates[:2])
        assert _kept(program, qtbot) == {first: (Review.ACCEPTED, ""), second: (Review.REJECTED, "")}
        qtbot.keyClick(view, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert _words(program)[:2] == ["accepted", "open"]
        assert entry.selected == 1
        assert _kept(program, qtbot) == {first: (Review.ACCEPTED, "")}

        # Undecided, with a note; in the list as on the slide.
        table, note = program.window.side.candidates.view, program.window.side.candidates.note
        table.setFocus()
        qtbot.keyClick(table, Key.Key_U)
        program.candidates.select(1)
        note.setFocus()
        qtbot.keyClicks(note, "crushed")
        qtbot.keyClick(note, Key.Key_Return)
        assert view.hasFocus()
        assert _words(program)[1] == "undecided"
        assert program.window.tray.entries[0].chip == f"reviewed 2/{count}"

    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        opened(qtbot, program, slide_path)
        entry = _reviewable(qtbot, program)
        assert _words(program)[:2] == ["accepted", "undecided"]
        assert _caption(program) == f"2 of {count} reviewed"
        assert entry.reviews.mark_of(1) == (Review.UNDECIDED, "crushed")
        before = _kept(program, qtbot)

        # A second scan takes the marks over.
        qtbot.waitUntil(program.window.actions_["scan"].isEnabled, timeout=LONG_MS)
        # Noted as it happens: the made engine may be done before anybody looks.
        taken_anew: list[bool] = []
        entry.reviews.changed.connect(lambda: taken_anew.append(not entry.reviews.is_ready))
        program.scan.start()
        qtbot.waitUntil(lambda: any(taken_anew), timeout=LONG_MS)
        _reviewable(qtbot, program)
        assert _words(program)[:2] == ["accepted", "undecided"]
        assert _kept(program, qtbot) == before

        # Backspace opens it again.
        program.candidates.select(0)
        program.window.view.setFocus()
        qtbot.keyClick(program.window.view, Key.Key_Backspace)
        assert _words(program)[0] == "open"


def test_only_the_open_ones_are_walked(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        opened(qtbot, program, slide_path)
        program.scan.start()
        entry, card = _reviewable(qtbot, program), program.window.side.candidates
        count = program.table.rowCount()
        card.filter.setFocus()
        qtbot.keyClick(card.filter, Key.Key_Down)
        assert card.filter.currentText() == "Open"
        program.window.view.setFocus()
        qtbot.keyClick(program.window.view, Key.Key_J)
        for _ in range(count):
            qtbot.keyClick(program.window.view, Key.Key_Return)
        assert program.table.rowCount() == 0
        assert card.message.text() == "No candidate is open."
        assert entry.selected is None
        assert _caption(program) == f"{count} of {count} reviewed"


def test_what_another_window_has_is_only_looked_at(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        opened(qtbot, program, slide_path)
        program.scan.start()
        fingerprint = _reviewable(qtbot, program).info.fingerprint
    other = Claim(default_case_path(fingerprint).with_suffix(".lock"))
    assert other.take()
    try:
        with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
            opened(qtbot, program, slide_path)
            entry = _reviewable(qtbot, program)
            entry.set_elsewhere(True)
            program.candidates.select(0)
            accept = program.window.actions_["accept"]
            assert not accept.isEnabled()
            assert accept.toolTip().startswith("Another window has this slide")
            program.window.view.setFocus()
            qtbot.keyClick(program.window.view, Key.Key_Return)
            assert _words(program)[0] == "open"
            assert _kept(program, qtbot) == {}
    finally:
        other.release()


def test_candidates_closer_to_each_other_or_farther_apart(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        opened(qtbot, program, slide_path)
        program.scan.start()
        scanned(qtbot, program)
        entry = program.session.current
        assert entry is not None and entry.layer is not None
        qtbot.waitUntil(lambda: entry.reviews.is_ready, timeout=LONG_MS)
        program.layers.set_threshold(0.3)
        program.candidates.select(0)
        program.reviews.control.decide(Review.ACCEPTED)
        few, slider = entry.candidates, program.window.side.layers.radius.slider
        assert entry.radius_cells == slider.value() == 6
        slider.setFocus()
        for _ in range(4):
            qtbot.keyClick(slider, Qt.Key.Key_Left)
        qtbot.waitUntil(lambda: entry.radius_cells == 2, timeout=LONG_MS)
        heatmap = entry.layer.heatmap
        assert entry.candidates == find_candidates(heatmap, threshold=LOWEST_THRESHOLD, radius_cells=2)
        assert len(entry.candidates) > len(few)
        # What was decided stays with its cell.
        qtbot.waitUntil(lambda: entry.reviews.is_ready, timeout=LONG_MS)
        assert entry.reviews.mark_of(0)[0] is Review.ACCEPTED
        slider.setValue(6)
        qtbot.waitUntil(lambda: entry.candidates == few and entry.reviews.is_ready, timeout=LONG_MS)
        assert entry.reviews.mark_of(0)[0] is Review.ACCEPTED
        qtbot.keyClick(slider, Qt.Key.Key_Left)
        qtbot.waitUntil(lambda: entry.radius_cells == 5, timeout=LONG_MS)
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        # The next morning as well.
        assert program.window.side.layers.radius.slider.value() == 5
        opened(qtbot, program, slide_path)
        entry = program.session.current
        assert entry is not None and entry.candidates
        assert entry.radius_cells == 5


def test_the_distance_moved_while_the_candidates_of_a_scan_are_found(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        opened(qtbot, program, slide_path)
        # After the finding has begun, before it can have ended.
        program.scan.scanEnded.connect(lambda _entry: program.candidates.set_radius(2))
        program.scan.start()
        scanned(qtbot, program)
        entry = program.session.current
        assert entry is not None and entry.radius_cells == 2


def test_another_distance_brings_no_mark_back_that_was_taken_away(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slide_path: Path
) -> None:
    with open_window(qtbot, tmp_path, monkeypatch, engine="keeping") as program:
        opened(qtbot, program, slide_path)
        program.scan.start()
        entry = _reviewable(qtbot, program)
        program.candidates.select(0)
        program.reviews.control.decide(Review.ACCEPTED)
        # A second scan takes the mark over, and there it is taken away.
        first = entry.layer
        program.scan.start()
        qtbot.waitUntil(lambda: entry.layer is not first and entry.reviews.is_ready, timeout=LONG_MS)
        assert entry.reviews.mark_of(0)[0] is Review.ACCEPTED
        program.candidates.select(0)
        program.reviews.control.reopen()
        program.candidates.set_radius(2)
        qtbot.waitUntil(lambda: entry.radius_cells == 2 and entry.reviews.is_ready, timeout=LONG_MS)
        assert _kept(program, qtbot) == {}
        assert entry.reviews.mark_of(0)[0] is Review.OPEN
        # A slide is opened at the distance that is set, so that nothing is found anew under the user's hands.
        program.slides.close(slide_path)
        opened(qtbot, program, slide_path)
        assert program.session.current is not None and program.session.current is not entry
        assert program.session.current.radius_cells == 2
        assert program.session.current.candidates == entry.candidates
