"""Giant slides in a few megabytes: real to OpenSlide, equal pictures at all levels, tissue where it is said to be."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.slides.open_slide import open_slide
from inference.synthetic.giant_slide import BLOCK, drawn_texture, write_giant_slide
from tests.support.make_slide import textured


def smooth() -> np.ndarray:
    """A texture that survives JPEG's coarser colour."""
    return np.asarray(cv2.resize(textured(BLOCK // 32, BLOCK // 32), (BLOCK, BLOCK)), np.uint8)


def test_a_hundred_thousand_by_two_hundred_thousand_pixels_in_a_few_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "giant.tif"
    truth = write_giant_slide(path, texture=smooth())
    assert path.stat().st_size < 12e6
    assert truth.tissue_fraction == pytest.approx(0.2, abs=0.001)
    slide = open_slide(path)
    try:
        info = slide.info
        assert (info.size_l0.width, info.size_l0.height) == (100_000, 200_000)
        assert info.synthetic and info.mpp is not None and info.mpp.x == pytest.approx(0.243, rel=1e-4)
        assert [level.downsample_x for level in info.levels] == [2.0**n for n in range(len(info.levels))]
        coarsest = info.levels[-1]
        picture = slide.read_region(
            len(info.levels) - 1, x_lv=0, y_lv=0, width=coarsest.width, height=coarsest.height
        )
    finally:
        slide.close()
    side = BLOCK >> (len(info.levels) - 1)
    centres = picture[side // 2 :: side, side // 2 :: side]
    assert np.array_equal(centres.std(axis=2) + (255 - centres.max(axis=2)) > 16, truth.tissue)


@pytest.mark.parametrize("tile", [256, 512])
def test_levels_show_the_same_picture(tmp_path: Path, tile: int) -> None:
    path = tmp_path / "slide.tif"
    write_giant_slide(path, width=5000, height=5500, tile=tile, texture=smooth(), tissue_fraction=0.4)
    slide = open_slide(path)
    try:
        whole = slide.read_region(0, x_lv=0, y_lv=0, width=4096, height=4096)
        for level in (1, 2, 3):
            side = 4096 >> level
            made = cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA)
            read = slide.read_region(level, x_lv=0, y_lv=0, width=side, height=side)
            assert np.abs(made.astype(int) - read).mean() < 4
    finally:
        slide.close()


def test_the_drawn_texture_is_tissue() -> None:
    texture = drawn_texture()
    assert texture.shape == (BLOCK, BLOCK, 3)
    assert (texture.min(axis=2) < 220).mean() > 0.9


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="do not divide"):
        write_giant_slide(tmp_path / "a.tif", tile=300)
    with pytest.raises(ValueError, match="texture"):
        write_giant_slide(tmp_path / "a.tif", texture=textured(8, 8))
    assert not (tmp_path / "a.tif").exists()
