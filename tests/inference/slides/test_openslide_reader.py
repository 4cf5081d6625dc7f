"""The OpenSlide reader on written and on real slides, whole and damaged."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tifffile

from inference.errors import SlideError, SlideGoneError, UnreadableTileError
from inference.slides.frames import Mpp, SizeL0
from inference.slides.openslide_reader import READER, OpenSlideSlide, settle_downsample
from inference.slides.slide import RgbImage
from tests.support.make_slide import shrink, textured, white, write_pyramid

PRIVATE_WORDS = ("12/29/09", "09:59:15", "b414003d", "1004486", "CPAPERIOCS", "CMU-1'", "GO-1692287590758")


def whole(slide: OpenSlideSlide, level: int) -> RgbImage:
    size = slide.info.levels[level]
    return slide.read_region(level, x_lv=0, y_lv=0, width=size.width, height=size.height)


def break_tile(path: Path, *, page: int, tile: int) -> None:
    """Overwrites one stored tile with what no decoder takes."""
    with tifffile.TiffFile(path) as file:
        offset, length = file.pages[page].dataoffsets[tile], file.pages[page].databytecounts[tile]
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xff" * length)


def test_levels_are_read_pixel_for_pixel(tmp_path: Path) -> None:
    image = textured(1024, 1536)
    slide = OpenSlideSlide(write_pyramid(tmp_path / "slide.tif", image))
    for level, factor in enumerate((1, 2, 4)):
        np.testing.assert_array_equal(whole(slide, level), shrink(image, factor))
    part = slide.read_region(1, x_lv=301, y_lv=77, width=200, height=100)
    np.testing.assert_array_equal(part, shrink(image, 2)[77:177, 301:501])
    slide.close()


def test_description(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "slide.tif", textured(600, 800), mpp=(0.25, 0.26))
    info = OpenSlideSlide(path).info
    assert info.format == "Tiled TIFF (OpenSlide)"
    assert info.size_l0 == SizeL0(800, 600)
    assert info.mpp is not None
    assert (info.mpp.x, info.mpp.y) == pytest.approx((0.25, 0.26), rel=1e-6)
    assert info.mpp_source == "file" and info.notices == () and not info.synthetic
    assert len(info.fingerprint) == 32 and int(info.fingerprint, 16) >= 0


def test_outside_the_slide_is_white(tmp_path: Path) -> None:
    slide = OpenSlideSlide(write_pyramid(tmp_path / "slide.tif", np.zeros((100, 130, 3), np.uint8)))
    pixels = slide.read_region(0, x_lv=-10, y_lv=-20, width=200, height=200)
    expected = white(200, 200)
    expected[20:120, 10:140] = 0
    np.testing.assert_array_equal(pixels, expected)
    assert (slide.read_region(1, x_lv=5000, y_lv=0, width=7, height=9) == 255).all()


def test_a_level_of_fractional_downsample_does_not_depend_on_the_request(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "slide.tif", textured(1203, 1607), factors=(1, 2.3))
    slide = OpenSlideSlide(path)
    picture = whole(slide, 1)
    for x_lv, y_lv in ((0, 0), (255, 1), (131, 257), (600, 400)):
        part = slide.read_region(1, x_lv=x_lv, y_lv=y_lv, width=90, height=80)
        np.testing.assert_array_equal(part, picture[y_lv : y_lv + 80, x_lv : x_lv + 90])
    # OpenSlide interpolates by at most half a level-0 pixel; a slip by a whole pixel would be far larger.
    stored = tifffile.imread(path, key=1).astype(int)
    inner = np.s_[4:-4, 4:-4]
    off = np.abs(picture.astype(int) - stored)[inner].mean()
    slipped = np.abs(np.roll(stored, 1, axis=1) - stored)[inner].mean()
    assert off < 0.3 * slipped


@pytest.mark.parametrize(
    ("size_l0", "size_lv", "downsample"),
    [
        (46000, 11500, 4),
        (32914, 8228, 4),
        (4443, 2221, 2),
        (4443, 2222, 2),
        (250, 62, 4),
        (250, 31, 8),
        (5, 1, 5),
    ],
)
def test_whole_factors_are_recognised_behind_odd_sizes(size_l0: int, size_lv: int, downsample: int) -> None:
    assert settle_downsample(size_l0, size_lv) == downsample


def test_other_factors_are_kept() -> None:
    assert settle_downsample(1000, 400) == 2.5
    assert settle_downsample(10_000, 3300) == 10_000 / 3300


def test_same_content_same_fingerprint_whatever_the_path(tmp_path: Path) -> None:
    first = write_pyramid(tmp_path / "a.tif", textured(300, 300))
    (tmp_path / "folder with space").mkdir()
    second = Path(shutil.copy(first, tmp_path / "folder with space" / "切片 é (2).tif"))
    other = write_pyramid(tmp_path / "c.tif", textured(300, 300, seed=1))
    fingerprints = [OpenSlideSlide(path).info.fingerprint for path in (first, second, other)]
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]


def test_our_own_drawings_are_known_as_synthetic(tmp_path: Path) -> None:
    path = write_pyramid(
        tmp_path / "s.tif", textured(64, 64), description="Equiscope synthetic slide, seed 7"
    )
    assert OpenSlideSlide(path).info.synthetic


def test_a_dpi_default_is_no_resolution(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "s.tif", textured(64, 64), mpp=25_400 / 96)
    info = OpenSlideSlide(path).info
    assert info.mpp is None and info.mpp_source == "missing" and "264.6 um" in info.notices[0]
    assert OpenSlideSlide(path, mpp=Mpp.square(0.5)).info.mpp == Mpp.square(0.5)


def test_one_bad_tile_leaves_the_others_readable(tmp_path: Path) -> None:
    image = textured(1024, 1024)
    path = write_pyramid(tmp_path / "slide.tif", image)
    break_tile(path, page=0, tile=5)
    slide = OpenSlideSlide(path)
    unreadable = []
    for tile in range(16):
        y, x = divmod(tile, 4)
        try:
            pixels = slide.read_region(0, x_lv=256 * x, y_lv=256 * y, width=256, height=256)
        except UnreadableTileError as error:
            assert "level 0, x 256, y 256" in error.where and error.advice
            unreadable.append(tile)
        else:
            np.testing.assert_array_equal(pixels, image[256 * y : 256 * y + 256, 256 * x : 256 * x + 256])
    assert unreadable == [5]


def test_threads_do_not_suffer_from_anothers_bad_tile(tmp_path: Path) -> None:
    image = textured(1024, 1024)
    path = write_pyramid(tmp_path / "slide.tif", image)
    break_tile(path, page=0, tile=5)
    slide = OpenSlideSlide(path)

    def read(tile: int) -> bool:
        y, x = divmod(tile, 4)
        try:
            pixels = slide.read_region(0, x_lv=256 * x, y_lv=256 * y, width=256, height=256)
        except UnreadableTileError:
            return False
        return bool((pixels == image[256 * y : 256 * y + 256, 256 * x : 256 * x + 256]).all())

    tiles = list(range(16)) * 12
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(read, tiles))
    assert results == [tile != 5 for tile in tiles]


def test_closing_while_threads_read_neither_crashes_nor_lies(tmp_path: Path) -> None:
    image = textured(512, 512)
    path = write_pyramid(tmp_path / "slide.tif", image)
    for _ in range(10):
        slide = OpenSlideSlide(path)
        begun = threading.Barrier(4)

        def read_until_closed(slide: OpenSlideSlide = slide, begun: threading.Barrier = begun) -> bool:
            begun.wait()
            while True:
                try:
                    pixels = slide.read_region(0, x_lv=100, y_lv=100, width=300, height=300)
                except ValueError:
                    return True
                if not (pixels == image[100:400, 100:400]).all():
                    return False

        with ThreadPoolExecutor(3) as threads:
            readers = [threads.submit(read_until_closed) for _ in range(3)]
            begun.wait()
            slide.close()
            assert all(reader.result(timeout=20) for reader in readers)


def test_a_closed_slide_refuses_reads(tmp_path: Path) -> None:
    slide = OpenSlideSlide(write_pyramid(tmp_path / "slide.tif", textured(64, 64)))
    slide.close()
    slide.close()
    for x_lv in (0, 1000):
        with pytest.raises(ValueError, match="closed"):
            slide.read_region(0, x_lv=x_lv, y_lv=0, width=5, height=5)


def test_a_slide_that_vanishes_says_so_and_may_come_back(tmp_path: Path) -> None:
    image = textured(1024, 1024)
    path = write_pyramid(tmp_path / "slide.tif", image)
    break_tile(path, page=0, tile=5)
    slide = OpenSlideSlide(path)
    aside = path.rename(tmp_path / "aside.tif")
    with pytest.raises(SlideGoneError, match="no longer be read"):
        slide.read_region(0, x_lv=300, y_lv=300, width=5, height=5)
    aside.rename(path)
    pixels = slide.read_region(0, x_lv=0, y_lv=0, width=5, height=5)
    np.testing.assert_array_equal(pixels, image[:5, :5])


def test_tiles_claimed_larger_than_a_read_are_refused(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "slide.tif", textured(64, 64), factors=(1,))
    with tifffile.TiffFile(path, mode="r+") as file:
        for name in ("TileWidth", "TileLength"):
            file.pages[0].tags[name].overwrite(48_000)
    with pytest.raises(SlideError, match="claims tiles of 48000 x 48000"):
        OpenSlideSlide(path)


@pytest.mark.realdata
def test_real_aperio_slide(shared_data: Path) -> None:
    slide = OpenSlideSlide(shared_data / "slides" / "CMU-1-Small-Region.svs")
    info = slide.info
    assert info.format == "Aperio SVS (OpenSlide)" and info.size_l0 == SizeL0(2220, 2967)
    assert info.mpp == Mpp(0.499, 0.499) and info.objective_power == 20 and info.notices == ()
    assert info.associated_images == ("label", "macro", "thumbnail")
    assert info.fingerprint == "6335ea0e6cc54c2cba64bb265d3c713a"
    pixels = slide.read_region(0, x_lv=1000, y_lv=1000, width=200, height=200)
    assert pixels.shape == (200, 200, 3) and pixels.std() > 10


@pytest.mark.realdata
def test_no_private_property_leaves_the_reader(shared_data: Path) -> None:
    for path in sorted((shared_data / "slides").iterdir()):
        if READER.detect(path):
            info = OpenSlideSlide(path).info
            text = f"{info.properties} {info.format} {info.notices} {info.associated_images}"
            assert not [word for word in PRIVATE_WORDS if word in text], path.name
            assert len(info.properties) <= 7


@pytest.mark.realdata
def test_real_slides_with_something_amiss(shared_data: Path) -> None:
    folder = shared_data / "slides"
    tcga = OpenSlideSlide(folder / "tcga_jpeg2000_no_mpp.svs").info
    assert tcga.mpp is None and tcga.levels[1].downsample_x == tcga.levels[1].downsample_y == 2
    assert "fluorescence" in OpenSlideSlide(folder / "fluorescence (DAPI).ndpi").info.notices[0]
    boxes = OpenSlideSlide(folder / "boxes.tiff").info
    assert boxes.mpp is None and "352.8 um" in boxes.notices[0]
    assert OpenSlideSlide(folder / "camelyon_lowres_jpeg2000.dcm").info.mpp == Mpp(28.969, 28.968)


@pytest.mark.realdata
def test_a_truncated_slide_keeps_the_tiles_it_has(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "slides" / "node_and_carcinoma.tif"
    with tifffile.TiffFile(source) as file:
        level0 = file.pages[0]
        offsets = sorted(level0.dataoffsets)
        tiles_across = -(-level0.imagewidth // level0.tilewidth)
        first_lost = level0.dataoffsets.index(offsets[len(offsets) // 2])
    content = bytearray(source.read_bytes())
    # The end of level 0's data is wiped and not cut off, since the directories of the coarser levels lie behind it.
    start, stop = offsets[len(offsets) // 2], offsets[-1]
    content[start:stop] = bytes(stop - start)
    copy = tmp_path / "copy.tif"
    copy.write_bytes(content)
    sound, damaged = OpenSlideSlide(source), OpenSlideSlide(copy)
    row, column = divmod(first_lost, tiles_across)
    with pytest.raises(UnreadableTileError):
        damaged.read_region(0, x_lv=256 * column, y_lv=256 * row, width=100, height=100)
    for level, y_lv in ((0, 256 * (row - 2)), (1, 0), (0, 0)):
        box = {"x_lv": 256, "y_lv": y_lv, "width": 400, "height": 200}
        np.testing.assert_array_equal(damaged.read_region(level, **box), sound.read_region(level, **box))
