"""A display tile holds the slide's pixels; a made level holds their means, without seams or white edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.canvas.display_pyramid import TileKey, display_levels
from app.canvas.read_tile import read_display_tile
from tests.support.fake_slide import FakeSlide, gradient, uniform


def pixels_of(image: QImage | None) -> NDArray[np.uint8]:
    assert image is not None and image.format() == QImage.Format.Format_RGB32
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return raw[:, : image.width(), 2::-1].copy()


def test_a_tile_of_a_file_level_is_its_pixels() -> None:
    slide = FakeSlide(1300, 700)
    levels = display_levels(slide.info.levels)
    pixels = pixels_of(read_display_tile(slide, levels[0], TileKey(0, 2, 1), given_up=lambda: False))
    x, y = np.meshgrid(np.arange(1024, 1300) + 0.5, np.arange(512, 700) + 0.5)
    assert np.array_equal(pixels, gradient(x, y))


def test_a_made_level_is_the_mean_of_whole_squares_across_its_blocks() -> None:
    slide = FakeSlide(2500, 2300, factors=(1,), paint=lambda x, y: gradient(x * 0.1, y * 0.1))
    levels = display_levels(slide.info.levels)
    assert levels[2].shrink == 4
    pixels = pixels_of(read_display_tile(slide, levels[2], TileKey(2, 0, 0), given_up=lambda: False))
    whole = slide.read_region(0, x_lv=0, y_lv=0, width=2048, height=2048).astype(float)
    means = whole.reshape(512, 4, 512, 4, 3).mean(axis=(1, 3))
    assert np.abs(pixels - means).max() <= 0.51


def test_no_white_seeps_into_the_edge_of_a_made_level() -> None:
    slide = FakeSlide(1027, 1025, factors=(1,), paint=uniform(180, 60, 120))
    level = display_levels(slide.info.levels)[1]
    assert (level.width, level.height) == (514, 513)
    pixels = pixels_of(read_display_tile(slide, level, TileKey(1, 1, 1), given_up=lambda: False))
    assert (pixels == [180, 60, 120]).all()


def test_a_tile_no_longer_wanted_is_given_up_between_blocks() -> None:
    slide = FakeSlide(5000, 5000, factors=(1,))
    level = display_levels(slide.info.levels)[3]
    assert read_display_tile(slide, level, TileKey(3, 0, 0), given_up=lambda: len(slide.reads) >= 2) is None
    assert len(slide.reads) == 2
