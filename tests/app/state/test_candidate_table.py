"""The table of candidates: rows by threshold, sizes of areas, lengths with units."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from app.control.candidate_control import above
from app.state.candidate_sizes import candidate_sizes_l0
from app.state.candidate_table import COLUMNS, CandidateTable
from inference.results.candidates import Candidate, find_candidates
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
    table.show(found, sizes_l0, mpp=Mpp(0.5, 0.25))
    assert _texts(table, 0) == ["1", "0.90", "0.28", "0.10", "0.15"]
    assert table.headerData(2, Qt.Orientation.Horizontal) == "x, mm"
    table.show(found, sizes_l0, mpp=None)
    assert _texts(table, 0) == ["1", "0.90", "550", "420", "300"]
    assert table.headerData(2, Qt.Orientation.Horizontal) == "x, px"


def test_the_model_keeps_qts_rules_while_rows_come_and_go(qtbot: QtBot, qtmodeltester: ModelTester) -> None:
    heatmap, table = _heatmap(), CandidateTable()
    every = find_candidates(heatmap, threshold=0.05)
    qtmodeltester.check(table)
    for threshold in (0.5, 0.05, 0.8, 0.95, 0.5):
        shown = above(every, threshold)
        table.show(shown, candidate_sizes_l0(heatmap, shown, threshold=threshold), mpp=Mpp.square(0.25))
        assert table.rowCount() == len(shown)


def test_twenty_thousand_rows_are_shown_within_a_frame_or_two(qtbot: QtBot) -> None:
    table = CandidateTable()
    many = tuple(Candidate(i, 1 - i / 40000, PointL0(i, i), 0, 0) for i in range(20000))
    sizes_l0 = np.ones((20000, 2))
    began = time.perf_counter()
    table.show(many, sizes_l0, mpp=Mpp.square(0.25))
    # A generous multiple of what it takes (about 1 ms), as the machine may be busy.
    assert time.perf_counter() - began < 0.2
    assert table.rowCount() == 20000


def test_a_candidate_knows_its_row(qtbot: QtBot) -> None:
    table = CandidateTable()
    found = find_candidates(_heatmap(), threshold=0.5)
    table.show(found, np.ones((len(found), 2)), mpp=None)
    assert table.candidate(1) is found[1]
    with pytest.raises(IndexError):
        table.candidate(2)
