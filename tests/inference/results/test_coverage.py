"""Tests of the coverage: turned views, closeness, keeping it, and what another slide's size does."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.state.viewport import Viewport
from inference.errors import CaseFileError
from inference.results.case_file import CaseFile
from inference.results.coverage import (
    CELLS,
    Coverage,
    begin_reading,
    keep_coverage,
    read_reading,
    readings_before,
)
from inference.slides.frames import PointL0, SizeL0

SIZE = SizeL0(20480, 10240)
FINGERPRINT = "0" * 32


def look(viewport: Viewport) -> Coverage:
    """The coverage of a slide on which one view was looked at."""
    return Coverage.nothing(SIZE).with_look(viewport.corners_l0, downsample=viewport.downsample)


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(0, 20480),
    y=st.floats(0, 10240),
    downsample=st.floats(0.25, 30),
    angle=st.floats(0, 359),
    flipped=st.booleans(),
)
def test_a_square_is_seen_where_its_middle_is_in_the_view(
    x: float, y: float, downsample: float, angle: float, flipped: bool
) -> None:
    viewport = Viewport(PointL0(x, y), downsample, 800, 500, 1.0, angle, flipped)
    seen = look(viewport).seen(downsample)
    assert seen.shape == (128, CELLS)
    to_view = viewport.view_to_l0.inverse()
    for row in range(0, 128, 3):
        for column in range(0, CELLS, 3):
            at_x, at_y = to_view.apply((column + 0.5) * 80, (row + 0.5) * 80)
            # At the very edge rounding decides.
            if min(abs(at_x), abs(at_x - 800), abs(at_y), abs(at_y - 500)) > 0.01:
                assert seen[row, column] == (0 < at_x < 800 and 0 < at_y < 500)


def test_a_closer_look_counts_for_coarser_ones_and_never_the_other_way_round() -> None:
    near, far = (
        Viewport(PointL0(10240, 5120), 4.0, 800, 480),
        Viewport(PointL0(10240, 5120), 16.0, 800, 480),
    )
    both = look(near).with_look(far.corners_l0, downsample=16.0)
    assert both.seen(4.0).sum() == 40 * 24
    assert both.seen(16.0).sum() == 160 * 96
    assert both.seen(3.5).sum() == 0
    again = look(far).with_look(near.corners_l0, downsample=4.0)
    np.testing.assert_array_equal(again.codes, both.codes)
    np.testing.assert_array_equal(look(near).joined(look(far)).codes, both.codes)


def test_the_part_seen_is_of_the_squares_asked_for() -> None:
    seen = look(Viewport(PointL0(5120, 5120), 20.48, 500, 500))
    left = np.zeros((128, CELLS), bool)
    left[:, :128] = True
    assert seen.part_seen(left, 20.48) == 1.0
    assert seen.part_seen(np.ones_like(left), 20.48) == 0.5
    assert seen.part_seen(~left, 20.48) == 0.0
    assert seen.part_seen(np.zeros_like(left), 20.48) == 0.0


def test_it_is_kept_in_the_case_file(tmp_path: Path) -> None:
    path = tmp_path / "one.case"
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        assert not read_reading(case, SIZE).coverage.seen(1000).any()
        keep_coverage(case, look(Viewport(PointL0(9000, 3000), 2.0, 800, 500)))
        kept = look(Viewport(PointL0(9000, 4000), 8.0, 800, 500, angle_deg=30.0))
        keep_coverage(case, kept)
    with CaseFile.open(path, fingerprint=FINGERPRINT) as case:
        np.testing.assert_array_equal(read_reading(case, SIZE).coverage.codes, kept.codes)
        assert read_reading(case, SIZE).coverage.side_l0 == 80
        # A pyramid built in another way may have another size: what was seen of the old one is of no use.
        assert not read_reading(case, SizeL0(10240, 20480)).coverage.seen(1000).any()
    assert path.stat().st_size < 200_000


def test_a_damaged_one_is_said_in_a_sentence(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "one.case", fingerprint=FINGERPRINT) as case:
        keep_coverage(case, look(Viewport(PointL0(9000, 3000), 2.0, 800, 500)))
        for damaged in (b"not compressed", zlib.compress(b"too short")):
            with case.database.transaction() as connection:
                connection.execute("UPDATE coverage SET codes = ?", (damaged,))
            with pytest.raises(CaseFileError, match="cannot be read"):
                read_reading(case, SIZE)


def test_two_slides_are_not_joined() -> None:
    with pytest.raises(ValueError, match="coverages of"):
        Coverage.nothing(SIZE).joined(Coverage.nothing(SizeL0(100, 100)))


def test_a_second_reader_begins_with_nothing_and_the_first_is_kept(tmp_path: Path) -> None:
    first, second = (look(Viewport(PointL0(x, 3000), 2.0, 800, 500)) for x in (9000, 15000))
    with CaseFile.open(tmp_path / "a.case", fingerprint=FINGERPRINT) as case:
        begin_reading(case, SIZE, reader="A. First")
        assert readings_before(case, SIZE) == (), "nobody had looked at anything"
        keep_coverage(case, first)
        assert read_reading(case, SIZE).reader == "A. First", "keeping does not forget who reads"
        begin_reading(case, SIZE, reader="B. Second")
        assert not read_reading(case, SIZE).coverage.seen(1000).any()
        keep_coverage(case, second)
        begin_reading(case, SIZE, reader="")
    with CaseFile.open(tmp_path / "a.case", fingerprint=FINGERPRINT) as case:
        assert read_reading(case, SIZE).reader == ""
        before = readings_before(case, SIZE)
        assert [each.reader for each in before] == ["B. Second", "A. First"]
        for each, seen in zip(before, (second, first), strict=True):
            np.testing.assert_array_equal(each.coverage.codes, seen.codes)
            assert each.ended is not None and each.ended.tzinfo is not None
