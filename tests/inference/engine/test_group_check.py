"""The eight elements move pictures and bring maps back."""

from __future__ import annotations

import numpy as np

from inference.engine.group_check import ELEMENTS, largest_difference


def test_the_eight_elements_are_different_and_undone_exactly() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    moved = [element.of_picture(picture) for element in ELEMENTS]
    assert len({each.tobytes() + bytes(str(each.shape), "ascii") for each in moved}) == 8
    assert (moved[0] == picture).all()
    for element, each in zip(ELEMENTS, moved, strict=True):
        red = each[..., 0].astype(np.float32)
        assert (element.undone(red) == picture[..., 0]).all()


def test_names_say_what_an_element_does() -> None:
    assert [element.name for element in ELEMENTS[:5]] == ["0°", "90°", "180°", "270°", "mirrored, 0°"]


def test_the_largest_difference_passes_over_cells_without_a_value() -> None:
    maps = np.zeros((8, 1, 2), np.float32)
    maps[3] = [[0.25, np.nan]]
    assert largest_difference(maps) == 0.25
    assert np.isnan(largest_difference(np.full((8, 1, 1), np.nan, np.float32)))
