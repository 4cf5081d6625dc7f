"""Direct tiles: OpenSlide's pixels exactly, wherever they are cut; OpenSlide itself for what is out of the ordinary."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import openslide
import pytest
import tifffile

from inference.errors import SlideGoneError, UnreadableTileError
from inference.slides import direct_tiles
from inference.slides.direct_tiles import DirectTiles, find_tables
from inference.slides.openslide_reader import OpenSlideSlide
from inference.slides.reads import BoxLv, over_white
from inference.slides.slide import RgbImage
from inference.synthetic.giant_slide import BLOCK, write_giant_slide
from tests.support.make_slide import textured, write_pyramid

DIRECT = "JPEG tiles decoded directly"


def jpeg_slide(folder: Path, **options: object) -> Path:
    """Levels of 640 x 900 px and coarser, whose last tiles reach beyond their edge."""
    return write_pyramid(folder / "slide.tif", textured(900, 640), compression="jpeg", **options)  # type: ignore[arg-type]


def openslide_pixels(path: Path, level: int, box: BoxLv) -> RgbImage:
    """What a bare OpenSlide gives for a box of a level of whole downsample."""
    with openslide.OpenSlide(path) as handle:
        step = round(handle.level_downsamples[level])
        return over_white(handle.read_region((box.x * step, box.y * step), level, (box.width, box.height)))


def assert_same_everywhere(path: Path, *, boxes: int = 12) -> None:
    slide, chance = OpenSlideSlide(path), random.Random(0)
    for level, size in enumerate(slide.info.levels):
        if not size.downsample_x.is_integer() or slide._downsamples[level] != size.downsample_x:
            continue
        for _ in range(boxes):
            x, y = chance.randrange(size.width), chance.randrange(size.height)
            width, height = min(700, size.width - x), min(500, size.height - y)
            pixels = slide.read_region(level, x_lv=x, y_lv=y, width=width, height=height)
            np.testing.assert_array_equal(pixels, openslide_pixels(path, level, BoxLv(x, y, width, height)))
    slide.close()


def patched(path: Path, tag: str, change: Callable[[list[int]], None], *, page: int = 0) -> Path:
    """Changes the values of a tag in place."""
    with tifffile.TiffFile(path, mode="r+") as file:
        values = list(file.pages[page].tags[tag].value)
        change(values)
        file.pages[page].tags[tag].overwrite(tuple(values))
    return path


@pytest.mark.parametrize("tile", [128, 240, 512])
def test_written_slides_give_openslides_pixels(tmp_path: Path, tile: int) -> None:
    path = jpeg_slide(tmp_path, tile=tile)
    assert OpenSlideSlide(path).info.reading == DIRECT
    assert_same_everywhere(path)


def test_a_giant_slide_is_read_directly(tmp_path: Path) -> None:
    path = tmp_path / "giant.tif"
    write_giant_slide(path, width=70_000, height=50_000, texture=textured(BLOCK, BLOCK))
    assert OpenSlideSlide(path).info.reading == DIRECT
    assert_same_everywhere(path, boxes=4)


@pytest.mark.realdata
@pytest.mark.parametrize(
    "name",
    ["CMU-1-Small-Region.svs", "normal_nodes.tif", "bcss_1008.tif", "tumor_001_level5.tif"],
)
def test_real_slides_give_openslides_pixels(shared_data: Path, name: str) -> None:
    path = shared_data / "slides" / name
    assert OpenSlideSlide(path).info.reading == DIRECT
    assert_same_everywhere(path)


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["tcga_jpeg2000_no_mpp.svs", "boxes.tiff", "fluorescence (DAPI).ndpi"])
def test_other_compressions_stay_with_openslide(shared_data: Path, name: str) -> None:
    assert OpenSlideSlide(shared_data / "slides" / name).info.reading == "Through OpenSlide"


def test_a_missing_tile_is_what_openslide_makes_of_it(tmp_path: Path) -> None:
    path = patched(jpeg_slide(tmp_path), "TileByteCounts", lambda lengths: lengths.__setitem__(4, 0))
    slide = OpenSlideSlide(path)
    assert slide.info.reading == DIRECT
    for box in (BoxLv(256, 256, 256, 256), BoxLv(200, 200, 400, 300)):
        pixels = slide.read_region(0, x_lv=box.x, y_lv=box.y, width=box.width, height=box.height)
        np.testing.assert_array_equal(pixels, openslide_pixels(path, 0, box))
    slide.close()


def test_a_stream_with_flipped_bits_is_hatched_and_not_shown(tmp_path: Path) -> None:
    path = jpeg_slide(tmp_path)
    with tifffile.TiffFile(path) as file:
        offset, length = file.pages[0].dataoffsets[4], file.pages[0].databytecounts[4]
    content = bytearray(path.read_bytes())
    # A marker in the middle of the entropy-coded data: many decoders go on with a warning, and with rubbish.
    content[offset + length // 2 : offset + length // 2 + 2] = b"\xff\xd5"
    path.write_bytes(content)
    slide = OpenSlideSlide(path)
    with pytest.raises(UnreadableTileError):
        slide.read_region(0, x_lv=256, y_lv=256, width=256, height=256)
    sound = slide.read_region(0, x_lv=0, y_lv=0, width=256, height=256)
    np.testing.assert_array_equal(sound, openslide_pixels(path, 0, BoxLv(0, 0, 256, 256)))
    slide.close()


def test_a_stream_that_claims_another_size_takes_no_memory(tmp_path: Path) -> None:
    path = jpeg_slide(tmp_path)
    with tifffile.TiffFile(path) as file:
        offset = file.pages[0].dataoffsets[4]
    content = bytearray(path.read_bytes())
    size = content.index(b"\xff\xc0", offset) + 5
    content[size : size + 4] = b"\xff\xdc\xff\xdc"
    path.write_bytes(content)
    slide = OpenSlideSlide(path)
    assert slide._direct is not None
    assert slide._direct.read(0, BoxLv(256, 256, 256, 256)) is None
    slide.close()


def test_levels_that_differ_from_openslide_are_left_to_it(tmp_path: Path) -> None:
    path = jpeg_slide(tmp_path)
    levels = OpenSlideSlide(path).info.levels
    direct = DirectTiles(path, find_tables(path, levels))
    assert direct.levels == (0, 1, 2)

    def one_pixel_off(level: int, box: BoxLv) -> RgbImage:
        pixels = openslide_pixels(path, level, box).copy()
        if level == 1:
            pixels[5, 5] ^= 1
        return pixels

    direct.keep_agreeing(one_pixel_off, (1.0, 2.0, 4.0))
    assert direct.levels == (0, 2)
    assert direct.read(1, BoxLv(0, 0, 10, 10)) is None
    direct.close()


def test_a_level_of_fractional_downsample_has_the_stored_pixels(tmp_path: Path) -> None:
    smooth = np.asarray(textured(1203, 1607))
    path = write_pyramid(tmp_path / "slide.tif", smooth, factors=(1, 4003 / 1000), compression="jpeg")
    slide = OpenSlideSlide(path)
    assert slide.info.reading == DIRECT
    size = slide.info.levels[1]
    stored = tifffile.imread(path, key=1)
    pixels = slide.read_region(1, x_lv=0, y_lv=0, width=size.width, height=size.height)
    assert np.abs(pixels.astype(int) - stored).max() <= 2  # Two decoders round colours differently.
    slide.close()


def test_threads_share_one_file_and_leave_none_open(tmp_path: Path) -> None:
    path = jpeg_slide(tmp_path)
    slide = OpenSlideSlide(path)
    whole = slide.read_region(0, x_lv=0, y_lv=0, width=640, height=900)

    def read(number: int) -> bool:
        x, y = 37 * number % 500, 53 * number % 700
        pixels = slide.read_region(0, x_lv=x, y_lv=y, width=120, height=130)
        return bool((pixels == whole[y : y + 130, x : x + 120]).all())

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(read, range(200)))
    slide.close()


def test_decoded_tiles_are_kept_within_their_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_tiles, "KEPT_BYTES", 5 * 128 * 128 * 3)
    path = jpeg_slide(tmp_path, tile=128)
    levels = OpenSlideSlide(path).info.levels
    direct = DirectTiles(path, find_tables(path, levels))
    assert direct.read(0, BoxLv(0, 0, 640, 900)) is not None
    assert len(direct._kept) == 5
    first = direct.read(0, BoxLv(0, 0, 128, 128))
    assert first is not None and not first.flags.writeable
    assert direct.read(0, BoxLv(0, 0, 128, 128)) is first
    direct.close()
    assert not direct._kept and direct.read(0, BoxLv(0, 0, 128, 128)) is None


def test_a_file_cut_off_after_opening_is_left_to_openslide(tmp_path: Path) -> None:
    path = jpeg_slide(tmp_path)
    copy = Path(shutil.copy(path, tmp_path / "copy.tif"))
    slide = OpenSlideSlide(copy)
    slide.read_region(2, x_lv=0, y_lv=0, width=16, height=16)
    with copy.open("r+b") as file:
        file.truncate(2000)
    with pytest.raises(SlideGoneError):
        slide.read_region(0, x_lv=300, y_lv=600, width=64, height=64)
    slide.close()
