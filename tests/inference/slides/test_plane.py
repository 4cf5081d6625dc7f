"""The slide at the model's resolution: right place, right level, white outside, however it is cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from inference.slides import plane as plane_module
from inference.slides.frames import Mpp, SizeL0
from inference.slides.grid import CELL, TileGrid
from inference.slides.image_reader import ImageSlide
from inference.slides.open_slide import open_slide
from inference.slides.plane import ModelPlane, choose_level, settle_mpp
from inference.slides.resolution import require_mpp
from inference.slides.slide import Level, Slide, SlideInfo
from tests.support.make_slide import shrink, textured, white, write_pyramid

MODEL_MPP = 0.972
QUARTER = Mpp.square(0.25)
CAMELYON = Mpp.square(0.243)


@pytest.fixture(scope="module")
def slides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Slide]]:
    """The same picture with whole and fractional level factors, and as a plain image."""
    folder = tmp_path_factory.mktemp("slides")
    image = textured(1801, 2309)
    Image.fromarray(image).save(folder / "plain.png")
    opened: list[Slide] = [
        open_slide(write_pyramid(folder / "whole.tif", image, factors=(1, 2, 4, 8))),
        open_slide(write_pyramid(folder / "odd.tif", image, factors=(1, 1.7, 3.3))),
        open_slide(folder / "plain.png"),
    ]
    yield opened
    for slide in opened:
        slide.close()


@settings(max_examples=40, deadline=None)
@given(
    which=st.integers(0, 2),
    model_mpp=st.one_of(st.sampled_from([0.972, 0.25, 0.5, 0.17]), st.floats(0.2, 3.5)),
    x=st.integers(-60, 700),
    y=st.integers(-60, 500),
    width=st.integers(2, 90),
    height=st.integers(2, 90),
    data=st.data(),
)
def test_reads_do_not_depend_on_the_cut(
    slides: list[Slide],
    which: int,
    model_mpp: float,
    x: int,
    y: int,
    width: int,
    height: int,
    data: st.DataObject,
) -> None:
    plane = ModelPlane(slides[which], QUARTER, model_mpp)
    whole = plane.read(x, y, width, height)
    cut_x, cut_y = data.draw(st.integers(1, width - 1)), data.draw(st.integers(1, height - 1))
    upper = [plane.read(x, y, cut_x, cut_y), plane.read(x + cut_x, y, width - cut_x, cut_y)]
    lower = [
        plane.read(x, y + cut_y, cut_x, height - cut_y),
        plane.read(x + cut_x, y + cut_y, width - cut_x, height - cut_y),
    ]
    parts = np.concatenate([np.concatenate(upper, axis=1), np.concatenate(lower, axis=1)], axis=0)
    np.testing.assert_array_equal(parts, whole)


def test_512_equals_its_halves(slides: list[Slide]) -> None:
    for slide in slides:
        plane = ModelPlane(slide, QUARTER, MODEL_MPP)
        halves = [plane.read(0, 0, 256, 400), plane.read(256, 0, 256, 400)]
        np.testing.assert_array_equal(np.concatenate(halves, axis=1), plane.read(0, 0, 512, 400))


@pytest.mark.parametrize("factors", [(1,), (1, 2), (1, 4), (1, 2, 4), (1, 3), (1, 2.6), (1, 1.37, 3.7)])
@pytest.mark.parametrize("mpp", [0.25, 0.243, 0.5, 0.121])
def test_a_lit_dot_lands_in_its_plane_pixel(tmp_path: Path, factors: tuple[float, ...], mpp: float) -> None:
    image = np.zeros((800, 1000, 3), np.uint8)
    scale = MODEL_MPP / mpp
    columns, rows = int(900 / scale), int(700 / scale)
    dots = [(3, 5), (columns // 2, rows // 3), (columns, rows)]
    for column, row in dots:
        # The dot fills the level-0 pixels whose centres lie in one plane pixel.
        x0, x1 = (round(value * scale) for value in (column, column + 1))
        y0, y1 = (round(value * scale) for value in (row, row + 1))
        image[y0:y1, x0:x1] = 255
    slide = open_slide(write_pyramid(tmp_path / "slide.tif", image, mpp=mpp, factors=factors))
    plane = ModelPlane(slide, Mpp.square(mpp), MODEL_MPP)
    for column, row in dots:
        around = plane.read(column - 2, row - 2, 5, 5)[..., 0].astype(float)
        place = np.unravel_index(around.argmax(), around.shape)
        assert place == (2, 2), around
        weight = around / around.sum()
        offsets = np.arange(-2, 3)
        # A level pixel may straddle the edge of the dot: half of one, seen at the plane's scale.
        assert abs((weight.sum(axis=0) * offsets).sum()) < 0.45
        assert abs((weight.sum(axis=1) * offsets).sum()) < 0.45
    slide.close()


def test_outside_the_slide_is_exactly_white(slides: list[Slide]) -> None:
    for slide, model_mpp in (
        (slides[0], MODEL_MPP),
        (slides[1], MODEL_MPP),
        (slides[2], 0.16),
        (slides[2], 1.1),
    ):
        plane = ModelPlane(slide, QUARTER, model_mpp)
        columns, rows = plane.size_plane
        for x, y in ((-20, 10), (columns, 10), (10, -20), (10, rows), (-5000, -5000), (columns + 9000, 0)):
            assert (plane.read(x, y, 20, 20) == 255).all()
        assert (plane.read(columns - 20, rows - 20, 20, 20) < 250).any()


def test_a_level_at_the_models_resolution_is_copied(tmp_path: Path) -> None:
    image = textured(1000, 1600)
    slide = open_slide(write_pyramid(tmp_path / "slide.tif", image, mpp=0.243))
    plane = ModelPlane(slide, CAMELYON, MODEL_MPP)
    assert plane.level == 2 and plane.size_plane == (400, 250)
    np.testing.assert_array_equal(plane.read(0, 0, 400, 250), shrink(image, 4))
    padded = plane.read(-32, -32, 96, 96)
    np.testing.assert_array_equal(padded[32:, 32:], shrink(image, 4)[:64, :64])
    assert (padded[:32] == 255).all() and (padded[:, :32] == 255).all()


def test_shrinking_is_the_mean_of_the_area(tmp_path: Path) -> None:
    image = textured(600, 600)
    Image.fromarray(image).save(tmp_path / "a.png")
    plane = ModelPlane(ImageSlide(tmp_path / "a.png"), QUARTER, 0.25 * 2.5)
    # Plane pixel (10, 20) covers level-0 columns [25, 27.5) and rows [50, 52.5).
    weights = np.array([1, 1, 0.5])
    mean = np.einsum("y,x,yxc->c", weights, weights, image[50:53, 25:28].astype(float)) / weights.sum() ** 2
    assert np.abs(plane.read(10, 20, 1, 1)[0, 0] - mean).max() <= 0.6


def test_axes_may_differ(tmp_path: Path) -> None:
    image = white(400, 800)
    image[200:204, 400:404] = 0
    Image.fromarray(image).save(tmp_path / "a.png")
    plane = ModelPlane(ImageSlide(tmp_path / "a.png"), Mpp(0.25, 0.5), 1.0)
    assert plane.size_plane == (200, 200) and (plane.scale.x, plane.scale.y) == (4, 2)
    assert plane.read(100, 100, 1, 2).tolist() == [[[0, 0, 0]], [[0, 0, 0]]]
    assert (plane.read(101, 100, 1, 1) == 255).all() and (plane.read(100, 102, 1, 1) == 255).all()


LEVELS = tuple(Level(64 // n, 64 // n, float(n), float(n)) for n in (1, 2, 4, 8))


@pytest.mark.parametrize(
    ("mpp", "level"),
    [(0.25, 1), (0.243, 2), (0.244, 2), (0.2445, 1), (0.5, 0), (0.486, 1), (2.0, 0), (0.12, 3)],
)
def test_choice_of_level(mpp: float, level: int) -> None:
    assert choose_level(LEVELS, Mpp.square(mpp), MODEL_MPP) == level


def test_a_slide_coarser_than_the_model_is_enlarged_and_said(tmp_path: Path) -> None:
    Image.fromarray(textured(50, 50)).save(tmp_path / "a.png")
    slide = ImageSlide(tmp_path / "a.png")
    coarse = ModelPlane(slide, Mpp.square(2.0), MODEL_MPP)
    assert (
        coarse.size_plane == (103, 103)
        and "2 um per pixel, coarser than the model's 0.972" in coarse.notices[0]
    )
    assert coarse.read(0, 0, 103, 103).shape == (103, 103, 3)
    assert ModelPlane(slide, QUARTER, MODEL_MPP).notices == ()


def info_with(levels: tuple[Level, ...]) -> SlideInfo:
    return SlideInfo(Path("x"), "0" * 32, "test", SizeL0(64, 64), levels, None, "missing")


def test_a_level_within_the_tolerance_becomes_the_plane() -> None:
    settled = settle_mpp(info_with(LEVELS), Mpp(0.243094, 0.2432), MODEL_MPP)
    assert settled == Mpp(MODEL_MPP / 4, MODEL_MPP / 4)
    grid = TileGrid.of_slide(SizeL0(97792, 221184), settled, model_mpp=MODEL_MPP)
    assert (grid.stride_x_l0, grid.stride_y_l0) == (4 * CELL, 4 * CELL)
    assert settle_mpp(info_with(LEVELS), QUARTER, MODEL_MPP) == QUARTER


def test_large_sources_are_read_in_parts(slides: list[Slide], monkeypatch: pytest.MonkeyPatch) -> None:
    plane = ModelPlane(slides[0], QUARTER, MODEL_MPP)
    whole = plane.read(-10, -10, 200, 120)
    monkeypatch.setattr(plane_module, "MAX_SOURCE_PIXELS", 500)
    np.testing.assert_array_equal(plane.read(-10, -10, 200, 120), whole)
    monkeypatch.setattr(plane_module, "MAX_SOURCE_PIXELS", 1)
    np.testing.assert_array_equal(plane.read(5, 5, 3, 2), whole[15:17, 15:18])


def test_impossible_requests_are_refused(slides: list[Slide]) -> None:
    plane = ModelPlane(slides[0], QUARTER, MODEL_MPP)
    with pytest.raises(ValueError, match="empty"):
        plane.read(0, 0, 0, 5)
    with pytest.raises(ValueError, match="256 MB"):
        plane.read(0, 0, 10_000, 10_000)


@pytest.mark.realdata
@pytest.mark.parametrize(
    "name", ["CMU-1-Small-Region.svs", "tcga_jpeg2000_no_mpp.svs", "node_and_carcinoma.tif"]
)
def test_real_slides_do_not_depend_on_the_cut(shared_data: Path, name: str) -> None:
    slide = open_slide(shared_data / "slides" / name)
    mpp = slide.info.mpp or QUARTER
    plane = ModelPlane(slide, mpp, MODEL_MPP)
    whole = plane.read(400, 300, 200, 130)
    parts = [plane.read(400, 300, 77, 130), plane.read(477, 300, 123, 130)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)
    assert whole.std() > 5


@pytest.mark.realdata
def test_real_plane_is_the_integral_over_each_pixel(shared_data: Path) -> None:
    slide = open_slide(shared_data / "slides" / "CMU-1-Small-Region.svs")
    plane = ModelPlane(slide, require_mpp(slide.info), MODEL_MPP)
    ours = plane.read(450, 500, 120, 90)
    full = slide.read_region(0, x_lv=0, y_lv=0, width=2220, height=2967).astype(float)
    rows = mean_between(full, np.arange(500, 591) * plane.scale.y)
    expected = mean_between(rows.transpose(1, 0, 2), np.arange(450, 571) * plane.scale.x).transpose(1, 0, 2)
    assert expected.std() > 20
    assert np.abs(ours - expected).max() <= 0.75  # rounding, and weights in steps of 1/4096


def mean_between(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of a step function along the first axis between neighbouring edges, from its running integral."""
    integral = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
    below = np.floor(edges).astype(int)
    part = (edges - below)[:, None, None]
    at_edges = integral[below] * (1 - part) + integral[below + 1] * part
    return np.diff(at_edges, axis=0) / np.diff(edges)[:, None, None]
