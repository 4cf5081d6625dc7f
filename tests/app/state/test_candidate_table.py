"""The table of candidates: rows by threshold, sizes of areas, lengths with units."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from app.control.candidate_control import above
from app.state.candidate_order import Shown, replaced_part
from app.state.candidate_sizes import candidate_sizes_l0
from app.state.candidate_table import COLUMNS, MARK, PROBABILITY, SIZE, CandidateTable
from app.state.review_marks import CODES
from inference.results.candidates import Candidate, find_candidates
from inference.results.case_records import Review
from inference.results.heatmap import Heatmap
from inference.slides.frames import Mpp, PointL0


def _heatmap() -> Heatmap:
    """A wide area (3 x 2 cells, peak 0.9) and a single cell (0.6), far apart, a NaN between."""
    values = np.full((20, 30), 0.01, np.float32)
    values[3:5, 4:7] = 0.7
    values[3, 5] = 0.9
    values[15, 25] = 0.6
    values[10, 15] = np.nan
    return Heatmap(values, 100.0, 120.0)


def _open(candidates: Sequence[Candidate]) -> NDArray[np.uint8]:
    """No mark for any."""
    return np.zeros(len(candidates), np.uint8)


def _many(count: int) -> tuple[Candidate, ...]:
    return tuple(Candidate(i, 1 - i / (2 * count), PointL0(i, i), i, 0) for i in range(count))


def _ranks(table: CandidateTable) -> list[int]:
    return [table.index_at(row) for row in range(table.rowCount())]


def _texts(table: CandidateTable, row: int) -> list[str]:
    return [table.index(row, column).data() for column in range(len(COLUMNS))]


def test_a_threshold_takes_the_head_of_the_list() -> None:
    heatmap = _heatmap()
    every = find_candidates(heatmap, threshold=0.05)
    for threshold in (0.05, 0.6, 0.61, 0.9, 0.95):
        assert above(every, threshold) == find_candidates(heatmap, threshold=threshold)


def test_sizes_are_those_of_the_connected_area() -> None:
    heatmap = _heatmap()
    found = find_candidates(heatmap, threshold=0.5)
    assert candidate_sizes_l0(heatmap, found, threshold=0.5).tolist() == [[300.0, 240.0], [100.0, 120.0]]
    assert candidate_sizes_l0(heatmap, found, threshold=0.8).tolist() == [[100.0, 120.0], [0.0, 0.0]]


def test_lengths_are_in_mm_or_in_pixels_while_the_resolution_is_unknown(qtbot: QtBot) -> None:
    heatmap, table = _heatmap(), CandidateTable()
    found = find_candidates(heatmap, threshold=0.5)
    sizes_l0 = candidate_sizes_l0(heatmap, found, threshold=0.5)
    table.show(found, sizes_l0, _open(found), mpp=Mpp(0.5, 0.25))
    assert _texts(table, 0) == ["1", "0.90", "0.15", "open", "", "", "", ""]
    assert table.headerData(SIZE, Qt.Orientation.Horizontal) == "size, mm"
    table.show(found, sizes_l0, _open(found), mpp=None)
    assert _texts(table, 0) == ["1", "0.90", "300", "open", "", "", "", ""]
    assert table.headerData(SIZE, Qt.Orientation.Horizontal) == "size, px"


def test_the_model_keeps_qts_rules_while_rows_come_and_go(qtbot: QtBot, qtmodeltester: ModelTester) -> None:
    heatmap, table = _heatmap(), CandidateTable()
    every = find_candidates(heatmap, threshold=0.05)
    qtmodeltester.check(table)
    for threshold in (0.5, 0.05, 0.8, 0.95, 0.5):
        shown = above(every, threshold)
        sizes_l0 = candidate_sizes_l0(heatmap, shown, threshold=threshold)
        table.show(shown, sizes_l0, _open(shown), mpp=Mpp.square(0.25))
        assert table.rowCount() == len(shown)


def test_marks_are_listed_filtered_and_sorted(qtbot: QtBot, qtmodeltester: ModelTester) -> None:
    table, many = CandidateTable(), _many(5)
    sizes_l0 = np.array([[1.0, 2.0], [9.0, 1.0], [3.0, 3.0], [9.0, 9.0], [0.0, 1.0]])
    codes = _open(many)
    codes[[1, 4]] = CODES[Review.REJECTED]
    codes[2] = CODES[Review.ACCEPTED]
    qtmodeltester.check(table)
    table.show(many, sizes_l0, codes, mpp=None)
    assert [table.index(row, MARK).data() for row in range(5)] == [
        "open",
        "rejected",
        "accepted",
        "open",
        "rejected",
    ]
    table.set_shown(Shown.REJECTED)
    assert _ranks(table) == [1, 4]
    assert (table.row_of(4), table.row_of(0), table.row_of(99)) == (1, None, None)
    table.set_shown(Shown.ALL)
    table.sort(SIZE, Qt.SortOrder.DescendingOrder)
    assert _ranks(table) == [1, 3, 2, 0, 4]
    table.sort(PROBABILITY, Qt.SortOrder.AscendingOrder)
    assert _ranks(table) == [4, 3, 2, 1, 0]
    table.sort(MARK, Qt.SortOrder.AscendingOrder)
    assert _ranks(table) == [0, 3, 2, 1, 4]
    with pytest.raises(IndexError):
        table.index_at(5)


def test_a_decision_takes_one_row_off_the_open_ones_and_moves_no_other(qtbot: QtBot) -> None:
    table, many = CandidateTable(), _many(6)
    table.show(many, np.ones((6, 2)), _open(many), mpp=None)
    table.set_shown(Shown.OPEN)
    codes = _open(many)
    codes[3] = CODES[Review.ACCEPTED]
    with qtbot.assertNotEmitted(table.modelReset), qtbot.waitSignal(table.rowsRemoved) as removed:
        table.set_marks(codes, {})
    assert removed.args is not None
    assert removed.args[1:] == [3, 3]
    assert _ranks(table) == [0, 1, 2, 4, 5]
    with qtbot.assertNotEmitted(table.modelReset), qtbot.waitSignal(table.rowsInserted) as inserted:
        table.set_marks(_open(many), {})
    assert inserted.args is not None
    assert inserted.args[1:] == [3, 3]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([], [], (0, 0, 0)),
        ([0, 1, 2], [0, 1, 2], (3, 0, 0)),
        ([0, 1, 2], [0, 2], (1, 1, 0)),
        ([0, 2], [0, 1, 2, 3], (1, 1, 3)),
        ([0], [0, 1], (1, 0, 1)),
        ([2, 1, 0], [0, 1, 2], (0, 3, 3)),
    ],
)
def test_what_differs_between_two_lists(
    old: list[int], new: list[int], expected: tuple[int, int, int]
) -> None:
    assert replaced_part(np.array(old, np.intp), np.array(new, np.intp)) == expected


def test_a_hundred_thousand_rows_are_shown_marked_and_sorted_in_a_moment(qtbot: QtBot) -> None:
    table, many = CandidateTable(), _many(100_000)
    codes = _open(many)
    began = time.perf_counter()
    table.show(many, np.ones((len(many), 2)), codes, mpp=Mpp.square(0.25))
    table.set_shown(Shown.OPEN)
    for index in range(10):
        codes = codes.copy()
        codes[index] = CODES[Review.ACCEPTED]
        table.set_marks(codes, {})
    table.sort(SIZE, Qt.SortOrder.DescendingOrder)
    # A generous multiple of what it takes, as the machine may be busy.
    assert time.perf_counter() - began < 2
    assert table.rowCount() == 100_000 - 10
