"""The table of candidates is what the Camelyon16 evaluation reads."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.export.table import candidates_csv, write_candidates
from inference.results.candidates import Candidate
from inference.slides.frames import PointL0, SizeL0

SIZE_L0 = SizeL0(1000, 700)


def candidate(probability: float, x: float, y: float) -> Candidate:
    return Candidate(0, probability, PointL0(x, y), 0, 0)


def test_each_line_is_probability_x_y_without_a_header(tmp_path: Path) -> None:
    candidates = [candidate(float(np.float32(0.9)), 63.99, 191.5), candidate(0.5, 100.0, 0.0)]
    assert candidates_csv(candidates, size_l0=SIZE_L0) == b"0.9,63,191\n0.5,100,0\n"
    write_candidates(tmp_path / "candidates.csv", candidates, size_l0=SIZE_L0)
    assert (tmp_path / "candidates.csv").read_bytes() == b"0.9,63,191\n0.5,100,0\n"


def test_no_candidates_is_an_empty_file() -> None:
    assert candidates_csv([], size_l0=SIZE_L0) == b""


def test_a_centre_beyond_the_slide_moves_to_its_last_pixel() -> None:
    assert candidates_csv([candidate(1.0, 1063.5, 700.0)], size_l0=SIZE_L0) == b"1.0,999,699\n"


def test_small_probabilities_have_no_exponent() -> None:
    assert candidates_csv([candidate(1e-7, 0, 0)], size_l0=SIZE_L0) == b"0.0000001,0,0\n"


@given(
    st.lists(
        st.builds(
            candidate,
            st.floats(0, 1, width=32),
            st.floats(-10, 2000, allow_nan=False),
            st.floats(-10, 2000, allow_nan=False),
        ),
        max_size=5,
    )
)
def test_it_reads_back_exactly_and_no_cell_can_start_a_formula(candidates: list[Candidate]) -> None:
    text = candidates_csv(candidates, size_l0=SIZE_L0).decode("ascii")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == len(candidates)
    for (probability, x, y), each in zip(rows, candidates, strict=True):
        assert np.float32(probability) == np.float32(each.probability)
        assert 0 <= int(x) < SIZE_L0.width
        assert 0 <= int(y) < SIZE_L0.height
    assert all(cell[0].isdigit() for row in rows for cell in row)


@pytest.mark.parametrize("probability", [float("nan"), -0.1, 1.1, float("inf")])
def test_what_is_no_probability_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        candidates_csv([candidate(probability, 0, 0)], size_l0=SIZE_L0)
