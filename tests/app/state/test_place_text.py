"""A typed place is read in every usual spelling, or refused with a sentence that says what to write."""

from __future__ import annotations

import pytest

from app.state.place_text import parse_place
from inference.slides.frames import Mpp, PointL0, SizeL0

SIZE = SizeL0(40000, 30000)
MPP = Mpp(0.25, 0.5)


@pytest.mark.parametrize(
    ("text", "unit", "place"),
    [
        ("1200, 850", "px", (1200, 850)),
        ("1200 850", "µm", (4800, 1700)),
        ("1.5, 2 mm", "px", (6000, 4000)),
        ("12,5; 8,5", "µm", (50, 17)),
        ("x 4\u202f816  y 9\u202f204 µm", "px", (19264, 18408)),
        ("100 um, 50 um", "px", (400, 100)),
        ("0, 0", "px", (0, 0)),
    ],
)
def test_places_in_their_spellings(text: str, unit: str, place: tuple[float, float]) -> None:
    assert parse_place(text, unit=unit, mpp=MPP, size_l0=SIZE) == PointL0(*place)


@pytest.mark.parametrize(
    ("text", "unit", "mpp", "said"),
    [
        ("12", "px", MPP, "two numbers"),
        ("", "px", MPP, "two numbers"),
        ("1, 2, 3", "px", MPP, "two numbers"),
        ("1 mm, 2 px", "px", MPP, "same unit"),
        ("1, 2", "µm", None, "resolution is unknown"),
        ("-5, 2", "px", MPP, "40000 × 30000 px"),
        ("11, 2", "mm", MPP, "10.00 × 15.00 mm"),
    ],
)
def test_what_is_no_place_says_why(text: str, unit: str, mpp: Mpp | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_place(text, unit=unit, mpp=mpp, size_l0=SIZE)
