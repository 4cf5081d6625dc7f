"""The tissue rule: which cells it keeps, with what memory, and that nothing unreadable is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.errors import UnreadableTileError
from inference.slides import plane, tissue
from inference.slides.frames import Mpp
from inference.slides.grid import TileGrid
from inference.slides.open_slide import open_slide
from inference.slides.slide import RgbImage, Slide, SlideInfo
from inference.slides.tissue import find_tissue, tissue_cells
from tests.support.make_slide import white, write_pyramid

MPP = Mpp.square(0.243)
MODEL_MPP = 0.972
STAINED = (190, 110, 170)


def overview(rows: int, columns: int) -> RgbImage:
    """A white overview of so many cells with its margin of one cell."""
    return white(4 * (rows + 2), 4 * (columns + 2))


def grid_of(slide: Slide, mpp: Mpp = MPP) -> TileGrid:
    return TileGrid.of_slide(slide.info.size_l0, mpp, model_mpp=MODEL_MPP)


def test_white_and_grey_are_empty_and_stain_is_tissue() -> None:
    picture = overview(3, 3)
    assert not tissue_cells(picture).any()
    picture[:] = 128
    assert not tissue_cells(picture).any()
    picture[8:12, 8:12] = STAINED
    assert tissue_cells(picture)[1, 1]


def test_one_stained_pixel_keeps_its_cell_through_the_blur() -> None:
    picture = overview(3, 3)
    picture[9, 9] = (150, 50, 130)
    assert tissue_cells(picture).tolist() == [[False] * 3, [False, True, False], [False] * 3]


def test_black_is_kept_as_the_paper_says() -> None:
    assert tissue_cells(np.zeros((12, 12, 3), np.uint8)).tolist() == [[True]]


def test_faint_colour_noise_is_empty() -> None:
    picture = overview(4, 4)
    picture[::3, ::3] = (255, 245, 250)
    assert not tissue_cells(picture).any()


@pytest.mark.parametrize("shape", [(13, 12, 3), (12, 8, 3)])
def test_an_overview_without_whole_cells_or_margin_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="margin"):
        tissue_cells(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("factors", [(1,), (1, 4), (1, 2, 4, 8, 16), (1, 4, 32)])
def test_the_cell_with_tissue_is_found_at_any_pyramid_and_bare_glass_beside_it_is_not(
    tmp_path: Path, factors: tuple[int, ...]
) -> None:
    image = white(1280, 1920)
    image[128 * 4 + 40 : 128 * 4 + 90, 128 * 9 + 40 : 128 * 9 + 90] = STAINED
    slide = open_slide(write_pyramid(tmp_path / "slide.tif", image, mpp=0.243, factors=factors))
    found = find_tissue(slide, grid_of(slide), MPP)
    expected = np.zeros((10, 15), bool)
    expected[4, 9] = True
    np.testing.assert_array_equal(found.mask, expected)
    assert found.fraction == 1 / 150 and found.unreadable_cells == 0


def test_strips_and_blocks_leave_no_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (14, 18, 3), dtype=np.uint8)
    image = np.where(np.random.default_rng(4).random((14, 18, 1)) < 0.15, noise, 255).astype(np.uint8)
    image = image.repeat(100, axis=0).repeat(100, axis=1)
    slide = open_slide(write_pyramid(tmp_path / "slide.tif", image, mpp=0.243))
    whole = find_tissue(slide, grid_of(slide), MPP).mask
    assert 0.1 < whole.mean() < 0.95
    for rows, columns in ((1, 3), (3, 1), (4, 7)):
        monkeypatch.setattr(tissue, "STRIP_ROWS", rows)
        monkeypatch.setattr(tissue, "BLOCK_COLUMNS", columns)
        np.testing.assert_array_equal(find_tissue(slide, grid_of(slide), MPP).mask, whole)


class RecordingSlide:
    """A slide of which a part cannot be read, and which remembers the largest read."""

    def __init__(self, slide: Slide, *, bad_from_x_l0: float) -> None:
        self._slide = slide
        self._bad_from_x_l0 = bad_from_x_l0
        self.largest_read = 0

    @property
    def info(self) -> SlideInfo:
        return self._slide.info

    def read_region(self, level: int, *, x_lv: int, y_lv: int, width: int, height: int) -> RgbImage:
        self.largest_read = max(self.largest_read, width * height)
        if (x_lv + width) * self.info.levels[level].downsample_x > self._bad_from_x_l0:
            raise UnreadableTileError("planted")
        return self._slide.read_region(level, x_lv=x_lv, y_lv=y_lv, width=width, height=height)

    def close(self) -> None:
        self._slide.close()


def test_what_cannot_be_read_counts_as_tissue_and_little_more_does(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "slide.tif", white(1280, 128 * 40), mpp=0.243, factors=(1, 4))
    slide = RecordingSlide(open_slide(path), bad_from_x_l0=128 * 30)
    found = find_tissue(slide, grid_of(slide), MPP)
    assert found.mask[:, 30:].all()
    assert not found.mask[:, :20].any()
    assert found.unreadable_cells >= 10 * 10


def test_a_slide_of_one_fine_level_is_read_in_bounded_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plane, "MAX_SOURCE_PIXELS", 1024 * 1024)
    path = write_pyramid(tmp_path / "slide.tif", white(3000, 3000), mpp=0.243, factors=(1,), tile=512)
    slide = RecordingSlide(open_slide(path), bad_from_x_l0=np.inf)
    assert not find_tissue(slide, grid_of(slide), MPP).mask.any()
    assert slide.largest_read <= 1024 * 1024


@pytest.mark.realdata
def test_real_slides(shared_data: Path) -> None:
    slide = open_slide(shared_data / "slides" / "CMU-1-Small-Region.svs")
    assert slide.info.mpp is not None
    found = find_tissue(slide, grid_of(slide, slide.info.mpp), slide.info.mpp)
    # The biopsy lies in the middle and the right, the bottom left corner is empty glass.
    assert 0.35 < found.fraction < 0.75
    assert found.mask[-1, 15] and not found.mask[25:, :6].any()

    nodes = open_slide(shared_data / "slides" / "normal_nodes.tif")
    found = find_tissue(nodes, grid_of(nodes, Mpp.square(0.25)), Mpp.square(0.25))
    # Three square fields on white, which fill some two thirds.
    assert 0.5 < found.fraction < 0.8 and not found.mask[0].any()
