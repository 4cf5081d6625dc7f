"""Cells of a scan judged by the small picture: never fewer than there are, none on bare glass."""

from __future__ import annotations

import numpy as np
import pytest

from app.canvas.read_tile import to_qimage
from app.state.scan_estimate import cells_to_scan
from inference.slides.grid import TileGrid
from inference.slides.tissue import find_tissue
from tests.support.fake_slide import FakeSlide

MODEL_MPP = 0.972
WIDTH, HEIGHT = 9000, 6000
LEFT, RIGHT, TOP, BOTTOM = 2500, 5100, 900, 4300


def spot(x_l0: np.ndarray, y_l0: np.ndarray) -> np.ndarray:
    """A stained rectangle on bare glass."""
    inside = (x_l0 >= LEFT) & (x_l0 < RIGHT) & (y_l0 >= TOP) & (y_l0 < BOTTOM)
    return np.where(inside[..., None], np.uint8([190, 90, 160]), np.uint8(240)).astype(np.uint8)


def small(side: int) -> np.ndarray:
    """The slide in small: (height, width, 3)."""
    step = WIDTH / side
    y_l0, x_l0 = np.mgrid[0 : round(HEIGHT / step), 0:side] * step + step / 2
    return spot(x_l0, y_l0)


@pytest.mark.parametrize("side", [97, 320, 1200])
def test_a_little_more_than_the_scan_finds(side: int) -> None:
    slide = FakeSlide(WIDTH, HEIGHT, paint=spot)
    assert slide.info.mpp is not None
    grid = TileGrid.of_slide(slide.info.size_l0, slide.info.mpp, model_mpp=MODEL_MPP)
    found = int(find_tissue(slide, grid, slide.info.mpp).mask.sum())
    cells = cells_to_scan(slide.info, to_qimage(small(side)), model_mpp=MODEL_MPP)
    assert cells is not None
    assert 0.97 * found <= cells <= 1.6 * found


def test_bare_glass_has_none_and_without_a_resolution_nothing_is_said() -> None:
    glass = to_qimage(np.full((200, 300, 3), 240, np.uint8))
    assert cells_to_scan(FakeSlide(WIDTH, HEIGHT).info, glass, model_mpp=MODEL_MPP) == 0
    assert cells_to_scan(FakeSlide(WIDTH, HEIGHT, mpp=None).info, glass, model_mpp=MODEL_MPP) is None
