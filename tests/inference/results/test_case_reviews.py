from __future__ import annotations

from pathlib import Path

import pytest

from inference.results.candidates import Candidate
from inference.results.case_file import CaseFile
from inference.results.case_records import Review
from inference.results.case_reviews import carry_marks, reviews_of, set_marks
from inference.slides.frames import PointL0
from inference.slides.grid import TileGrid


@pytest.fixture
def case(tmp_path: Path):
    with CaseFile.open(tmp_path / "a.case", fingerprint="0123456789abcdef" * 2) as opened:
        yield opened


def start(case: CaseFile, stride: float) -> int:
    grid = TileGrid(100, 100, stride, stride, 14)
    return case.start_run(model="m", model_sha256="s", settings={}, device="d", precision="p", grid=grid)


def candidate(row: int, column: int, stride: float) -> Candidate:
    return Candidate(0, 0.9, PointL0((column + 0.5) * stride, (row + 0.5) * stride), row, column)


def test_marks_are_kept_and_an_open_one_without_note_is_none(case: CaseFile) -> None:
    run = start(case, 100)
    set_marks(case, run, {(1, 2): (Review.ACCEPTED, ""), (3, 4): (Review.OPEN, "look again")})
    set_marks(case, run, {(1, 2): (Review.OPEN, "")})
    assert reviews_of(case, run) == {(3, 4): (Review.OPEN, "look again")}


def test_marks_survive_a_scan_with_another_grid_where_they_still_match(case: CaseFile) -> None:
    first, second = start(case, 100), start(case, 90)
    set_marks(case, first, {(10, 10): (Review.ACCEPTED, "a"), (50, 50): (Review.REJECTED, "b")})
    near, far = candidate(11, 11, 90), candidate(60, 60, 90)
    assert carry_marks(case, second, (near, far)) == 1
    assert reviews_of(case, second) == {(11, 11): (Review.ACCEPTED, "a")}


def test_the_latest_mark_counts_and_what_was_undone_stays_undone(case: CaseFile) -> None:
    first, second, third = (start(case, 100) for _ in range(3))
    set_marks(case, first, {(1, 1): (Review.ACCEPTED, "")})
    set_marks(case, second, {(1, 1): (Review.REJECTED, "")})
    carry_marks(case, third, (candidate(1, 1, 100),))
    assert reviews_of(case, third) == {(1, 1): (Review.REJECTED, "")}
    set_marks(case, third, {(1, 1): (Review.UNDECIDED, "")})
    assert carry_marks(case, third, (candidate(1, 1, 100),)) == 0
    assert reviews_of(case, third) == {(1, 1): (Review.UNDECIDED, "")}
