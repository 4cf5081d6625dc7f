"""The guess whether a slide is bright-field and coloured."""

from __future__ import annotations

import numpy as np

from inference.slides.stain import stain_notices
from tests.support.make_slide import white


def test_a_dark_picture_looks_like_fluorescence() -> None:
    picture = np.zeros((50, 50, 3), np.uint8)
    picture[:10, :, 2] = 200
    assert "fluorescence" in stain_notices(picture)[0]


def test_a_grey_picture_has_no_colour() -> None:
    picture = white(50, 50)
    picture[10:20] = 120
    assert "no colour" in stain_notices(picture)[0]


def test_stained_tissue_and_empty_glass_pass_without_a_word() -> None:
    picture = white(50, 50)
    assert stain_notices(picture) == ()
    picture[10:20] = (180, 90, 160)
    assert stain_notices(picture) == ()
    assert stain_notices(picture[:0]) == ()
