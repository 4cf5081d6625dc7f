"""The pyramid writer: tile order, borders and the cases it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openslide
import pytest

from inference.synthetic.pyramid_tiff import BLOCK, block_places, encode_block, level_sizes, write_pyramid


def test_levels_halve_until_one_read_shows_all() -> None:
    assert level_sizes(32768, 22528)[-1] == (512, 352)
    assert level_sizes(2049, 1025) == ((2049, 1025), (1025, 513), (513, 257))
    assert level_sizes(600, 500) == ((600, 500),)


def test_every_block_is_found_at_its_place_at_every_level(tmp_path: Path) -> None:
    width, height = 2 * BLOCK + 300, BLOCK + 700
    places = block_places(width, height)
    greys = [30 + 35 * number for number in range(len(places))]
    path = tmp_path / "greys.tif"
    blocks = (encode_block(np.full((BLOCK, BLOCK, 3), grey, np.uint8)) for grey in greys)
    write_pyramid(path, blocks, width=width, height=height, mpp=0.5, description="greys")
    with openslide.OpenSlide(path) as slide:
        assert slide.level_dimensions == level_sizes(width, height)
        assert float(slide.properties[openslide.PROPERTY_NAME_MPP_X]) == pytest.approx(0.5)
        for level in range(slide.level_count):
            for (x, y), grey in zip(places, greys, strict=True):
                pixel = slide.read_region((x + 128, y + 128), level, (1, 1)).convert("RGB").getpixel((0, 0))
                assert np.abs(np.array(pixel) - grey).max() <= 2, (level, x, y)


def test_missing_blocks_are_reported(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="blocks"):
        write_pyramid(tmp_path / "short.tif", [], width=BLOCK, height=BLOCK, mpp=0.5, description="short")


def test_a_block_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="block"):
        encode_block(np.zeros((256, 256, 3), np.uint8))
