"""Painted frames: no seams, no blanks, heatmap cells on their pixels, marks of constant size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QImage, QPainter
from pytestqt.qtbot import QtBot

from app.canvas import paint_marks, theme
from app.canvas.candidate_points import CandidatePoints, candidate_at
from app.canvas.colormaps import colour_table
from app.canvas.device_frame import DeviceFrame
from app.canvas.display_pyramid import TileKey, all_tiles, best_level, display_levels
from app.canvas.heatmap_image import HeatmapImage
from app.canvas.layer_look import LayerLook
from app.canvas.paint_heatmap import paint_heatmap
from app.canvas.paint_marks import paint_candidates
from app.canvas.paint_slide import TileSource, paint_slide
from app.canvas.read_tile import read_display_tile
from app.state.viewport import Viewport
from inference.slides.frames import PointL0, RegionL0, SizeL0
from tests.support.fake_slide import FakeSlide, uniform

WIDTH, HEIGHT = 640, 480
pytestmark = pytest.mark.usefixtures("qapp")


def canvas() -> QImage:
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(theme.GROUND)
    return image


def rgb(image: QImage) -> NDArray[np.uint8]:
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return raw[:, : image.width(), 2::-1].copy()


def tiles_of(slide: FakeSlide, *levels_kept: int) -> TileSource:
    levels = display_levels(slide.info.levels)
    images: dict[TileKey, QImage] = {}
    for level in levels_kept or range(len(levels)):
        for key in all_tiles(levels, level=level):
            image = read_display_tile(slide, levels[level], key, given_up=lambda: False)
            assert image is not None
            images[key] = image
    return TileSource(levels, images.get, {})


def painted(
    source: TileSource, frame: DeviceFrame, size: SizeL0, *, level: int, smooth: bool
) -> NDArray[np.uint8]:
    image = canvas()
    painter = QPainter(image)
    paint_slide(painter, frame, source, level=level, size_l0=size, exposed=image.rect(), smooth=smooth)
    painter.end()
    return rgb(image)


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("downsample", [0.37, 1.0, 1.37, 2.71, 3.999, 5.03])
@pytest.mark.parametrize("centre", [(1500.0, 1100.0), (1801.31, 907.77)])
def test_no_seam_at_any_zoom(centre: tuple[float, float], downsample: float, smooth: bool) -> None:
    slide = FakeSlide(4001, 3003, paint=uniform(201, 77, 143))
    source = tiles_of(slide)
    frame = DeviceFrame.of(Viewport(PointL0(*centre), downsample, WIDTH, HEIGHT))
    level = best_level(source.levels, downsample_device=downsample)
    pixels = painted(source, frame, slide.info.size_l0, level=level, smooth=smooth)
    inside = frame.snapped(box_of(slide))
    part = pixels[max(0, inside.top()) : inside.bottom() + 1, max(0, inside.left()) : inside.right() + 1]
    assert part.size > 0 and (part == [201, 77, 143]).all()


def box_of(slide: FakeSlide) -> RegionL0:
    return RegionL0(0, 0, slide.info.size_l0.width, slide.info.size_l0.height)


def test_panning_shifts_the_picture_by_whole_pixels() -> None:
    slide = FakeSlide()
    source = tiles_of(slide)
    viewport = Viewport(PointL0(2000, 1500), 1.731, WIDTH, HEIGHT)
    first, second = (
        painted(source, DeviceFrame.of(view), slide.info.size_l0, level=0, smooth=False)
        for view in (viewport, viewport.panned(-5, -3))
    )
    assert np.array_equal(first[3:, 5:], second[:-3, :-5])


def test_missing_tiles_are_filled_from_coarser_ones() -> None:
    slide = FakeSlide(paint=uniform(10, 200, 30))
    levels = display_levels(slide.info.levels)
    only_coarsest = tiles_of(slide, len(levels) - 1)
    frame = DeviceFrame.of(Viewport(PointL0(2000, 1500), 1.3, WIDTH, HEIGHT))
    pixels = painted(only_coarsest, frame, slide.info.size_l0, level=0, smooth=True)
    assert (pixels == [10, 200, 30]).all()


def test_missing_tiles_are_filled_from_finer_ones_where_those_are_there() -> None:
    slide = FakeSlide(paint=uniform(10, 200, 30))
    frame = DeviceFrame.of(Viewport(PointL0(2000, 1500), 2.0, WIDTH, HEIGHT))
    pixels = painted(tiles_of(slide, 0), frame, slide.info.size_l0, level=1, smooth=True)
    assert (pixels == [10, 200, 30]).all()


def test_an_unreadable_tile_is_hatched_and_its_neighbours_are_not() -> None:
    slide = FakeSlide(paint=uniform(255, 255, 255))
    whole = tiles_of(slide)
    bad = TileKey(0, 3, 2)
    source = TileSource(whole.levels, lambda key: None if key == bad else whole.image_of(key), {bad})
    frame = DeviceFrame.of(Viewport(PointL0(3 * 512 + 256, 2 * 512 + 256), 2.0, WIDTH, HEIGHT))
    pixels = painted(source, frame, slide.info.size_l0, level=0, smooth=True)
    tile = np.zeros((HEIGHT, WIDTH), bool)
    tile[HEIGHT // 2 - 128 : HEIGHT // 2 + 128, WIDTH // 2 - 128 : WIDTH // 2 + 128] = True
    assert (pixels[~tile] == 255).all()
    assert not (pixels[tile] == 255).all(axis=-1).any()
    assert len(np.unique(pixels[tile], axis=0)) == 2


@pytest.mark.parametrize("downsample", [0.81, 1.0, 3.37, 7.9])
@pytest.mark.parametrize("smooth", [False, True])
def test_a_lit_cell_lands_on_its_pixels(downsample: float, smooth: bool) -> None:
    heatmap = HeatmapImage(rows=40, columns=50, origin_l0=PointL0(0, 0), stride_x_l0=65.3, stride_y_l0=64.1)
    heatmap.set_values(np.array([[1.0]], np.float32), row=17, column=23)
    middle = PointL0(23.5 * 65.3, 17.5 * 64.1)
    viewport = Viewport(
        PointL0(middle.x + 31 * downsample, middle.y - 17 * downsample), downsample, WIDTH, HEIGHT
    )
    frame = DeviceFrame.of(viewport)
    image = canvas()
    painter = QPainter(image)
    look = LayerLook(heatmap_opacity=1.0, threshold=0.5, smooth=smooth)
    paint_heatmap(painter, frame, heatmap, look, exposed=image.rect())
    painter.end()
    lit = (rgb(image) != [0x1E, 0x21, 0x24]).any(axis=-1)
    rows, columns = np.nonzero(lit)
    assert abs((columns.min() + columns.max() + 1) / 2 - frame.x(middle.x)) <= 1
    assert abs((rows.min() + rows.max() + 1) / 2 - frame.y(middle.y)) <= 1
    if not smooth:
        assert abs(columns.max() + 1 - columns.min() - 65.3 / downsample) <= 1
        assert abs(rows.max() + 1 - rows.min() - 64.1 / downsample) <= 1
        top = colour_table("inferno", opacity=1.0, threshold=0.5)[255]
        assert {pixel & 0xFFFFFF for pixel in (image.pixel(int(columns[0]), int(rows[0])),)} == {
            top & 0xFFFFFF
        }


def test_only_the_exposed_part_of_a_heatmap_is_painted() -> None:
    heatmap = HeatmapImage.of_values(
        np.ones((30, 30), np.float32), origin_l0=PointL0(0, 0), stride_x_l0=32, stride_y_l0=32
    )
    image = canvas()
    painter = QPainter(image)
    exposed = image.rect().adjusted(100, 50, -300, -200)
    frame = DeviceFrame.of(Viewport(PointL0(400, 300), 1.0, WIDTH, HEIGHT))
    paint_heatmap(painter, frame, heatmap, LayerLook(), exposed=exposed)
    painter.end()
    lit = (rgb(image) != [0x1E, 0x21, 0x24]).any(axis=-1)
    rows, columns = np.nonzero(lit)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (
        exposed.left(), exposed.right(), exposed.top(), exposed.bottom(),
    )  # fmt: skip


def marks(points: CandidatePoints, frame: DeviceFrame, *, selected: int | None = None) -> NDArray[np.bool_]:
    image = canvas()
    paint_candidates(
        image, frame, points, threshold=0.5, selected=selected, font=QFont(), exposed=image.rect()
    )
    return (rgb(image) != [0x1E, 0x21, 0x24]).any(axis=-1)


def test_a_ring_keeps_its_size_at_every_zoom_and_is_open_inside() -> None:
    points = CandidatePoints(np.array([[1000.0, 800.0]]), np.array([0.9]))
    frames = [DeviceFrame.of(Viewport(PointL0(1000, 800), d, WIDTH, HEIGHT)) for d in (0.5, 3.7, 20.0)]
    pictures = [marks(points, frame) for frame in frames]
    assert pictures[0].sum() > 300
    assert np.array_equal(pictures[0], pictures[1]) and np.array_equal(pictures[0], pictures[2])
    inside = pictures[0][HEIGHT // 2 - 10 : HEIGHT // 2 + 10, WIDTH // 2 - 10 : WIDTH // 2 + 10]
    assert not inside.any()


def test_candidates_below_the_threshold_are_not_painted_unless_selected() -> None:
    points = CandidatePoints(np.array([[1000.0, 800.0]]), np.array([0.4]))
    frame = DeviceFrame.of(Viewport(PointL0(1000, 800), 1.0, WIDTH, HEIGHT))
    assert not marks(points, frame).any()
    assert marks(points, frame, selected=0).any()


def is_lit(picture: NDArray[np.bool_], x: int, y: int) -> bool:
    return bool(picture[y, x])


def test_where_rings_would_cover_each_other_the_less_probable_are_dots() -> None:
    """A ring is open in its middle, a dot is not; at a closer look every candidate has room for its ring."""
    points = CandidatePoints(
        np.array([[300.0, 200.0], [330.0, 210.0], [500.0, 400.0]]), np.array([0.8, 0.9, 0.6])
    )
    far = marks(points, DeviceFrame(0, 0, 1.0, WIDTH, HEIGHT, 1.0))
    assert [is_lit(far, x, y) for x, y in ((300, 200), (330, 210), (500, 400))] == [True, False, False]
    near = marks(points, DeviceFrame(600, 300, 0.4, WIDTH, HEIGHT, 1.0))
    assert [is_lit(near, x, y) for x, y in ((150, 200), (225, 225))] == [False, False]


def test_the_selected_candidate_keeps_its_ring_and_its_neighbours_make_room() -> None:
    points = CandidatePoints(np.array([[300.0, 200.0], [330.0, 210.0]]), np.array([0.8, 0.9]))
    picture = marks(points, DeviceFrame(0, 0, 1.0, WIDTH, HEIGHT, 1.0), selected=0)
    assert [is_lit(picture, x, y) for x, y in ((300, 200), (330, 210))] == [False, True]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 4)), max_size=40))
def test_room_is_the_distance_to_the_nearest_more_probable(places: list[tuple[int, int, int]]) -> None:
    xy = np.array([place[:2] for place in places], np.float64).reshape(-1, 2)
    probability = np.array([place[2] / 4 for place in places], np.float32)
    for i, room in enumerate(CandidatePoints(xy, probability).room_l0):
        before = [
            max(abs(xy[i] - xy[j])) for j in range(len(places)) if (-probability[j], j) < (-probability[i], i)
        ]
        assert room == min(before, default=np.inf)


def test_dots_stay_within_the_part_painted_and_panning_moves_marks_with_the_slide() -> None:
    """What a frame paints in a strip is what a whole frame would have there."""
    rng = np.random.default_rng(5)
    points = CandidatePoints(rng.uniform(0, 900, (600, 2)), rng.uniform(0.5, 1, 600).astype(np.float32))
    frame = DeviceFrame(100, 80, 1.0, WIDTH, HEIGHT, 1.0, angle_deg=30.0)
    whole = canvas()
    paint_candidates(whole, frame, points, threshold=0.5, selected=3, font=QFont(), exposed=whole.rect())
    strip = QRect(200, 100, 57, 300)
    part = canvas()
    paint_candidates(part, frame, points, threshold=0.5, selected=3, font=QFont(), exposed=strip)
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[100:400, 200:257] = True
    assert np.array_equal(rgb(part)[inside], rgb(whole)[inside])
    assert (rgb(part)[~inside] == [0x1E, 0x21, 0x24]).all()


@pytest.mark.parametrize("ratio", [1.0, 1.5])
def test_a_great_many_dots_are_painted_as_few_are(monkeypatch: pytest.MonkeyPatch, ratio: float) -> None:
    rng = np.random.default_rng(6)
    points = CandidatePoints(rng.uniform(0, 900, (900, 2)), rng.uniform(0.5, 1, 900).astype(np.float32))
    points = points.with_codes(rng.integers(0, 4, 900).astype(np.uint8))
    frame = DeviceFrame(100, 80, 1.0, WIDTH, HEIGHT, ratio)
    pictures = []
    for many in (paint_marks.MANY_DOTS, 0):
        monkeypatch.setattr(paint_marks, "MANY_DOTS", many)
        image = canvas()
        exposed = QRect(50, 30, 400, 300)
        paint_candidates(image, frame, points, threshold=0.5, selected=None, font=QFont(), exposed=exposed)
        pictures.append(rgb(image))
    assert np.array_equal(*pictures)


def test_a_hundred_thousand_candidates_know_their_room() -> None:
    """By an index: comparing all pairs would take minutes and gigabytes."""
    rng = np.random.default_rng(7)
    xy = np.concatenate([rng.uniform(0, 1e5, (60_000, 2)), rng.normal(5e4, 900, (40_000, 2))])
    probability = rng.uniform(0.05, 1, len(xy)).astype(np.float32)
    points = CandidatePoints(xy, probability)
    for place in rng.integers(0, len(xy), 50):
        before = probability > probability[place]
        nearest = np.abs(xy[before] - xy[place]).max(axis=1).min(initial=np.inf)
        assert points.room_l0[place] == np.float32(nearest)


def test_the_nearest_candidate_within_reach_is_hit() -> None:
    points = CandidatePoints(
        np.array([[100.0, 100.0], [110.0, 100.0], [104.0, 100.0]]), np.array([0.9, 0.8, 0.2])
    )
    frame = DeviceFrame(0, 0, 1.0, WIDTH, HEIGHT, 1.0)

    def hit(x: float) -> int | None:
        return candidate_at(points, frame, x_device=x, y_device=100, reach_device=8, threshold=0.5)

    assert [hit(x) for x in (93, 104, 106, 117, 119, 91)] == [0, 0, 1, 1, None, None]


def test_no_candidates_no_hit(qtbot: QtBot) -> None:
    frame = DeviceFrame(0, 0, 1.0, WIDTH, HEIGHT, 1.0)
    nothing = CandidatePoints.of(())
    assert candidate_at(nothing, frame, x_device=1, y_device=1, reach_device=9, threshold=0) is None
    assert not marks(nothing, frame).any()
