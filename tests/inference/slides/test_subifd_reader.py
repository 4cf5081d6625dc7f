"""OME-TIFF pyramids: all levels, pixels, resolution, and damage told from pixels."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import tifffile

from inference.errors import UnreadableTileError
from inference.slides.frames import SizeL0
from inference.slides.open_slide import open_slide
from inference.slides.subifd_reader import SubIfdSlide
from tests.inference.slides.test_hostile_files import assert_clean, mutated, outcomes
from tests.support.make_slide import shrink, textured


def write_ome(path: Path, image: np.ndarray, *, compression: str = "deflate") -> Path:
    """An OME-TIFF with levels of factor 1, 2 and 4."""
    with tifffile.TiffWriter(path, ome=True) as writer:
        for factor in (1, 2, 4):
            writer.write(
                shrink(image, factor),
                tile=(256, 256),
                photometric="rgb",
                compression=compression,
                subifds=2 if factor == 1 else None,
                subfiletype=0 if factor == 1 else 1,
                metadata={
                    "axes": "YXS",
                    "PhysicalSizeX": 0.25,
                    "PhysicalSizeXUnit": "µm",
                    "PhysicalSizeY": 0.26,
                }
                if factor == 1
                else None,
            )
    return path


@pytest.mark.parametrize("compression", ["deflate", "lzw", "none"])
def test_all_levels_are_read_pixel_for_pixel(tmp_path: Path, compression: str) -> None:
    image = textured(900, 700)
    slide = open_slide(write_ome(tmp_path / "a.ome.tif", image, compression=compression))
    assert isinstance(slide, SubIfdSlide) and slide.info.format == "OME-TIFF"
    assert slide.info.size_l0 == SizeL0(700, 900) and len(slide.info.levels) == 3
    assert slide.info.mpp is not None and (slide.info.mpp.x, slide.info.mpp.y) == (0.25, 0.26)
    for level, factor in enumerate((1, 2, 4)):
        stored = shrink(image, factor)
        pixels = slide.read_region(level, x_lv=-5, y_lv=7, width=180, height=120)
        np.testing.assert_array_equal(pixels[:, 5:], stored[7:127, :175])
        assert (pixels[:, :5] == 255).all()
    slide.close()
    with pytest.raises(ValueError, match="closed"):
        slide.read_region(0, x_lv=0, y_lv=0, width=5, height=5)


def test_jpeg_levels_are_close_to_what_was_written(tmp_path: Path) -> None:
    image = np.full((600, 600, 3), (200, 120, 180), np.uint8)
    slide = open_slide(write_ome(tmp_path / "a.ome.tif", image, compression="jpeg"))
    assert slide.info.reading == "JPEG tiles decoded directly"
    # Away from the edge, where the encoder's black filling shines through.
    pixels = slide.read_region(1, x_lv=150, y_lv=150, width=120, height=120)
    assert np.abs(pixels.astype(int) - (200, 120, 180)).max() <= 3
    slide.close()


def test_a_bad_tile_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    image = textured(600, 600)
    path = write_ome(tmp_path / "a.ome.tif", image)
    with tifffile.TiffFile(path) as file:
        offset, length = file.pages[0].dataoffsets[4], file.pages[0].databytecounts[4]
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xff" * length)
    slide = open_slide(path)
    with pytest.raises(UnreadableTileError, match="level 0, x 256, y 256"):
        slide.read_region(0, x_lv=300, y_lv=300, width=50, height=50)
    np.testing.assert_array_equal(
        slide.read_region(0, x_lv=0, y_lv=0, width=256, height=256), image[:256, :256]
    )
    slide.close()


def test_mutated_files_end_in_pixels_or_a_sentence(tmp_path: Path) -> None:
    chance = random.Random(5)
    content = write_ome(tmp_path / "sound.ome.tif", textured(300, 300), compression="deflate").read_bytes()
    paths = []
    for number in range(18):
        path = tmp_path / f"{number:02d}.ome.tif"
        path.write_bytes(mutated(content, chance, way=number % 6))
        paths.append(path)
    assert_clean(outcomes(paths))
