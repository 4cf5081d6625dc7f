"""What a search of candidates finds, word by word."""

from __future__ import annotations

import numpy as np
import pytest

from app.state.candidate_search import Classes, found
from app.state.review_marks import CODES
from inference.results.case_records import Review

COUNT = 130
CODES_OF = np.zeros(COUNT, np.uint8)
CODES_OF[[1, 4]] = CODES[Review.ACCEPTED]
CODES_OF[7] = CODES[Review.UNDECIDED]
INSIDE = np.full(COUNT + 20, -1)
INSIDE[[2, 4]], INSIDE[9] = 1, 0
CLASSES = Classes(("Stroma", "Tumor"), INSIDE)
NOTES = {3: "near the Vessel", 4: "vessel 12", 140: "vessel beyond the threshold"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#12", [11]),
        ("12", [4, 11, *range(119, 129)]),
        ("130", [129]),
        ("131", []),
        ("0", []),
        ("#", []),
        ("9" * 400, []),
        ("acc", [1, 4]),
        ("UNDECIDED", [7]),
        ("vessel", [3, 4]),
        ("tum", [2, 4]),
        ("accepted tumor", [4]),
        ("accepted stroma", []),
    ],
)
def test_every_word_must_fit(text: str, expected: list[int]) -> None:
    fits = found(text, codes=CODES_OF, notes=NOTES, classes=CLASSES)
    assert np.flatnonzero(fits).tolist() == expected


def test_nothing_sought_is_everything_found() -> None:
    assert found(" ", codes=CODES_OF, notes={}, classes=Classes()).all()


def test_candidates_that_came_after_the_annotations_were_looked_at_are_in_none() -> None:
    late = Classes(("Tumor",), np.zeros(2, np.intp))
    assert np.flatnonzero(found("tumor", codes=CODES_OF, notes={}, classes=late)).tolist() == [0, 1]
