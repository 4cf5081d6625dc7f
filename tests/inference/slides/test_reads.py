"""Limits of one read, and white where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from inference.slides.reads import BoxLv, check_read, over_white, part_inside
from inference.slides.slide import Level

LEVELS = (Level(100, 50, 1.0, 1.0),)


def test_a_read_of_256_mb_is_the_limit() -> None:
    check_read(LEVELS, 0, width=8192, height=8192)
    with pytest.raises(ValueError, match="256 MB"):
        check_read(LEVELS, 0, width=8193, height=8192)


@pytest.mark.parametrize(("level", "width", "height"), [(1, 1, 1), (-1, 1, 1), (0, 0, 5), (0, 5, -1)])
def test_impossible_reads_are_refused(level: int, width: int, height: int) -> None:
    with pytest.raises(ValueError, match=r"does not exist|empty"):
        check_read(LEVELS, level, width=width, height=height)


def test_part_inside_clips_to_the_level() -> None:
    assert part_inside(LEVELS[0], BoxLv(-5, 40, 20, 20)) == BoxLv(0, 40, 15, 10)
    assert part_inside(LEVELS[0], BoxLv(100, 0, 5, 5)) is None
    assert part_inside(LEVELS[0], BoxLv(-5, 0, 5, 5)) is None


def test_transparent_pixels_turn_white() -> None:
    picture = Image.fromarray(np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 51]]], dtype=np.uint8))
    assert over_white(picture).tolist() == [[[10, 20, 30], [255, 255, 255], [204, 204, 204]]]
