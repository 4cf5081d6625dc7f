"""Marks stay with their candidates, count as progress, and every decision can be taken back."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.state.review_marks import CODES, NO_MARK, ReviewMarks
from inference.results.candidates import Candidate
from inference.results.case_records import Review
from inference.slides.frames import PointL0

CANDIDATES = tuple(Candidate(i, 0.9 - i / 10, PointL0(i, i), 7 * i, i) for i in range(4))
ACCEPTED, REJECTED = (Review.ACCEPTED, ""), (Review.REJECTED, "fat")


def _loaded() -> ReviewMarks:
    marks = ReviewMarks()
    marks.reset(CANDIDATES)
    marks.set_listed(3)
    assert not marks.is_ready
    marks.load({(7, 1): REJECTED, (99, 99): ACCEPTED})
    return marks


def test_marks_are_found_by_their_cell_and_only_listed_ones_count(qapp: QApplication) -> None:
    marks = _loaded()
    assert marks.is_ready
    assert [marks.mark_of(index) for index in range(4)] == [NO_MARK, REJECTED, NO_MARK, NO_MARK]
    assert marks.codes.tolist() == [0, CODES[Review.REJECTED], 0, 0]
    marks.put(3, ACCEPTED)
    assert marks.progress == (1, 3)
    marks.set_listed(4)
    assert marks.progress == (2, 4)


def test_decisions_are_taken_back_one_after_the_other(qapp: QApplication) -> None:
    marks = _loaded()
    before = marks.codes
    assert marks.put(0, ACCEPTED)
    assert marks.put(1, ACCEPTED)
    assert not marks.put(1, ACCEPTED)
    assert marks.take_back() == (1, REJECTED)
    assert marks.take_back() == (0, NO_MARK)
    assert marks.take_back() is None
    assert not marks.can_take_back
    assert marks.codes.tolist() == before.tolist() == [0, CODES[Review.REJECTED], 0, 0]


def test_only_a_change_is_told_of(qtbot: QtBot) -> None:
    marks = _loaded()
    with qtbot.waitSignal(marks.changed):
        marks.put(2, ACCEPTED)
    with qtbot.assertNotEmitted(marks.changed):
        marks.put(2, ACCEPTED)
        marks.set_listed(3)


def test_other_candidates_know_no_marks(qapp: QApplication) -> None:
    marks = _loaded()
    marks.put(0, ACCEPTED)
    marks.reset(CANDIDATES[:2])
    assert not marks.is_ready
    assert not marks.can_take_back
    assert marks.codes.tolist() == [0, 0]
    assert marks.progress == (0, 2)


def test_decisions_taken_back_are_made_again_until_another_is_made(qapp: QApplication) -> None:
    marks = _loaded()
    marks.put(0, ACCEPTED)
    marks.put(1, ACCEPTED)
    assert not marks.can_make_again
    marks.take_back()
    marks.take_back()
    assert marks.make_again() == (0, ACCEPTED)
    assert marks.make_again() == (1, ACCEPTED)
    assert marks.make_again() is None
    # As often as one likes, and back to what was there before.
    assert marks.take_back() == (1, REJECTED)
    marks.put(2, ACCEPTED)
    assert not marks.can_make_again
    marks.take_back()
    marks.reset(CANDIDATES)
    assert not marks.can_make_again
