"""A lit dot lands under the cursor and in its cell: at every level factor, zoom, angle and mirror, painted for real."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtGui import QFont, QImage

from app.canvas.candidate_points import CandidatePoints, candidate_at
from app.canvas.device_frame import DeviceFrame
from app.canvas.display_pyramid import TileKey, best_level, display_levels
from app.canvas.frame_pace import Quality
from app.canvas.heatmap_image import HeatmapImage
from app.canvas.layer_look import LayerLook, Opacities
from app.canvas.paint_slide import TileSource
from app.canvas.paint_view import Layers, paint_view
from app.canvas.picture import Picture
from app.canvas.read_tile import read_display_tile
from app.state.viewport import PointView, Viewport
from inference.slides.frames import PointL0, RegionL0
from tests.support.fake_slide import FakeSlide

pytestmark = pytest.mark.usefixtures("qapp")

WIDTH, HEIGHT = 420, 300
STRIDE_X, STRIDE_Y = 61.7, 58.3
FACTORS = st.sampled_from([(1, 2, 4, 8), (1, 4, 16), (1, 1.57, 3.9, 7.3)])
ANGLES = st.one_of(st.sampled_from([0.0, 90.0, 180.0, 270.0]), st.floats(0.0, 359.9))
PLACES = st.tuples(st.floats(60.0, 2900.0), st.floats(60.0, 2300.0))
viewports = st.builds(
    Viewport,
    centre_l0=st.just(PointL0(0, 0)),
    downsample=st.floats(0.3, 9.0),
    width_view=st.just(WIDTH / 2),
    height_view=st.just(HEIGHT / 2),
    device_pixel_ratio=st.just(2.0),
    angle_deg=ANGLES,
    flipped=st.booleans(),
)


def rgb(image: QImage) -> NDArray[np.uint8]:
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return raw[:, : image.width(), 2::-1].copy()


def centroid(lit: NDArray[np.bool_]) -> tuple[float, float]:
    rows, columns = np.nonzero(lit)
    assert len(rows) > 0
    return float(columns.mean()) + 0.5, float(rows.mean()) + 0.5


def source_of(slide: FakeSlide) -> TileSource:
    """Tiles are read as they are asked for."""
    levels = display_levels(slide.info.levels)
    read: dict[TileKey, QImage | None] = {}

    def image_of(key: TileKey) -> QImage | None:
        if key not in read:
            read[key] = read_display_tile(slide, levels[key.level], key, given_up=lambda: False)
        return read[key]

    return TileSource(levels, image_of, {})


def painted(
    viewport: Viewport,
    slide: FakeSlide,
    layers: Layers,
    *,
    picture: Picture | None = None,
    quality: Quality = Quality.SMOOTH,
) -> NDArray[np.uint8]:
    frame, source = DeviceFrame.of(viewport), source_of(slide)
    kept = picture or Picture()
    kept.bring_to(
        frame,
        lambda image, of, part: paint_view(
            image,
            of,
            source,
            layers,
            level=best_level(source.levels, downsample_device=viewport.downsample_device),
            size_l0=slide.info.size_l0,
            exposed=part,
            quality=quality,
            font=QFont(),
        ),
        smooth=quality is Quality.SMOOTH,
    )
    return rgb(kept.image.copy(kept.view))


def dotted(place: tuple[float, float], radius_l0: float, factors: Sequence[float]) -> FakeSlide:
    def paint(x_l0: np.ndarray, y_l0: np.ndarray) -> np.ndarray:
        lit = np.hypot(x_l0 - place[0], y_l0 - place[1]) <= radius_l0
        return np.where(lit[..., None], np.uint8(255), np.uint8(0)).repeat(3, axis=-1)

    return FakeSlide(3000, 2400, factors=factors, paint=paint)


@settings(max_examples=40, deadline=None)
@given(
    viewports,
    PLACES,
    st.tuples(st.floats(-60, 60), st.floats(-40, 40)),
    FACTORS,
    st.sampled_from(list(Quality)),
)
@example(
    Viewport(PointL0(0, 0), 1.15625, 210.0, 150.0, device_pixel_ratio=2.0, angle_deg=1.0, flipped=True),
    (85.0, 244.0),
    (0.0, 0.0),
    (1, 2, 4, 8),
    Quality.COARSE,
)
def test_a_lit_dot_lands_under_the_cursor_and_in_its_cell(
    viewport: Viewport,
    place: tuple[float, float],
    aside: tuple[float, float],
    factors: Sequence[float],
    quality: Quality,
) -> None:
    viewport = viewport.centred_on(PointL0(*place)).panned(*aside)
    slide = dotted(place, 7 * viewport.downsample_device, factors)
    picture = painted(viewport, slide, Layers(), quality=quality)
    x, y = centroid(picture.min(axis=-1) > 128)
    under_l0 = viewport.to_l0(PointView(x / 2, y / 2))
    # Half a device px for the whole origin, one for the level's own px, which is two where a frame is coarse.
    # Magnified, the dot is few level-0 px wide and drawn in whole ones.
    reach = max((3.0 if quality is Quality.COARSE else 2.0) * viewport.downsample_device, 0.5)
    assert np.hypot(under_l0.x - place[0], under_l0.y - place[1]) <= reach

    heatmap = HeatmapImage(
        rows=42, columns=49, origin_l0=PointL0(0, 0), stride_x_l0=STRIDE_X, stride_y_l0=STRIDE_Y
    )
    row, column = int(place[1] // STRIDE_Y), int(place[0] // STRIDE_X)
    heatmap.set_values(np.ones((1, 1), np.float32), row=row, column=column)
    middle_l0 = PointL0((column + 0.5) * STRIDE_X, (row + 0.5) * STRIDE_Y)
    on_cell = viewport.centred_on(middle_l0)
    opaque = LayerLook(opacities=Opacities(slide=0.0), heatmap_opacity=1.0)
    lit = (painted(on_cell, slide, Layers(opaque, heatmap)) != [0x1E, 0x21, 0x24]).any(axis=-1)
    shown = DeviceFrame.of(on_cell)
    if STRIDE_X / shown.downsample < min(WIDTH, HEIGHT) / 2:
        x, y = centroid(lit)
        assert np.hypot(x - WIDTH / 2, y - HEIGHT / 2) <= 1.5
    # The cursor over the dot is over the lit cell: what is read off there is what is seen there.
    x, y = shown.to_device(PointL0(*place))
    edge = min(
        place[0] % STRIDE_X,
        STRIDE_X - place[0] % STRIDE_X,
        place[1] % STRIDE_Y,
        STRIDE_Y - place[1] % STRIDE_Y,
    )
    if edge > 1.5 * shown.downsample and 0 <= x < WIDTH and 0 <= y < HEIGHT:
        assert lit[int(y), int(x)]


@settings(max_examples=20, deadline=None)
@example(Viewport(PointL0(0, 0), 8.5, 210.0, 150.0, 2.0, 0.0, True), (60.0, 819.0), (0.0, 1.0))
@given(viewports, PLACES, st.tuples(st.floats(-200, 200), st.floats(-140, 140)))
def test_a_panned_picture_is_the_one_painted_anew(
    viewport: Viewport, place: tuple[float, float], step: tuple[float, float]
) -> None:
    """Strips joined to what is kept."""
    rng = np.random.default_rng(1)
    slide = FakeSlide(3000, 2400)
    heatmap = HeatmapImage.of_values(
        rng.random((42, 49), np.float32), origin_l0=PointL0(0, 0), stride_x_l0=STRIDE_X, stride_y_l0=STRIDE_Y
    )
    points = CandidatePoints(rng.uniform(0, 2400, (80, 2)), rng.uniform(0.3, 1, 80).astype(np.float32))
    layers = Layers(LayerLook(), heatmap, points)
    first = viewport.centred_on(PointL0(*place))
    second = first.panned(*step)
    kept = Picture()
    painted(first, slide, layers, picture=kept, quality=Quality.NEAREST)
    moved = painted(second, slide, layers, picture=kept, quality=Quality.NEAREST)
    anew = painted(second, slide, layers, quality=Quality.NEAREST)
    differing = (moved != anew).any(axis=-1)
    # Qt steps through a picture in 1/65536 px from where the part painted begins: where a px's middle lies on the edge
    # between two of its pixels, it may take either. Upright that is a row or a column of a tile, turned it is px along
    # edges, and of the mirrored heatmap, whose pixels are cells, a row at the edge of many cells.
    bound = 0.01 if DeviceFrame.of(second).is_upright else 0.02
    assert (differing & ~_near_cell_edges(second, differing.shape)).mean() < bound
    assert differing.mean() < 0.05


def _near_cell_edges(viewport: Viewport, shape: tuple[int, ...]) -> np.ndarray:
    """The device px within 1.5 px of an edge of a heatmap's cells."""
    ratio = viewport.device_pixel_ratio
    origin, right, below = (viewport.to_l0(PointView(*at)) for at in ((0, 0), (1 / ratio, 0), (0, 1 / ratio)))
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    x = origin.x + columns * (right.x - origin.x) + rows * (below.x - origin.x)
    y = origin.y + columns * (right.y - origin.y) + rows * (below.y - origin.y)
    reach_l0 = 1.5 * np.hypot(right.x - origin.x, right.y - origin.y)
    far_x = np.abs(x / STRIDE_X - np.round(x / STRIDE_X)) * STRIDE_X > reach_l0
    far_y = np.abs(y / STRIDE_Y - np.round(y / STRIDE_Y)) * STRIDE_Y > reach_l0
    return ~(far_x & far_y)


@given(
    st.sampled_from([1.0, 512 / 340.5, 1.7]), st.integers(-900, 900), st.integers(-9, 9), st.integers(0, 5)
)
def test_panning_moves_the_edges_of_tiles_as_it_moves_the_picture(
    downsample: float, origin: int, by: int, column: int
) -> None:
    """An edge in the middle of a px goes to the same side of it at any origin, else tiles would grow by a px."""
    tile = RegionL0(column * 512.0, column * 512.0, 512.0, 512.0)
    before, after = (
        DeviceFrame(at, at, downsample, WIDTH, HEIGHT, 1.0).snapped(tile) for at in (origin, origin + by)
    )
    assert before.translated(-by, -by) == after


@given(viewports, PLACES, st.floats(0, 359.9), st.tuples(st.floats(0, 210), st.floats(0, 150)))
def test_turning_and_mirroring_hold_their_place(
    viewport: Viewport, place: tuple[float, float], angle: float, at: tuple[float, float]
) -> None:
    viewport = viewport.centred_on(PointL0(*place))
    point = PointView(*at)
    held, turned = viewport.to_l0(point), viewport.turned_about(point, angle)
    assert turned.to_l0(point).x == pytest.approx(held.x, abs=1e-6)
    assert turned.to_l0(point).y == pytest.approx(held.y, abs=1e-6)
    mirrored = viewport.mirrored().to_view(held)
    assert (mirrored.x, mirrored.y) == (
        pytest.approx(viewport.width_view - at[0], abs=1e-6),
        pytest.approx(at[1], abs=1e-6),
    )
    twice = viewport.mirrored().mirrored()
    assert twice.flipped == viewport.flipped
    assert np.cos(np.radians(twice.angle_deg - viewport.angle_deg)) == pytest.approx(1.0)


@given(viewports, PLACES)
def test_a_click_hits_the_candidate_that_is_painted_there(
    viewport: Viewport, place: tuple[float, float]
) -> None:
    points = CandidatePoints(np.array([place]), np.array([0.9], np.float32))
    frame = DeviceFrame.of(viewport.centred_on(PointL0(*place)).panned(13, -21))
    x, y = frame.to_device(PointL0(*place))
    back = frame.to_l0(x, y)
    assert (back.x, back.y) == (pytest.approx(place[0]), pytest.approx(place[1]))
    assert candidate_at(points, frame, x_device=x + 3, y_device=y, reach_device=4, threshold=0.5) == 0
    assert candidate_at(points, frame, x_device=x + 9, y_device=y, reach_device=4, threshold=0.5) is None


@pytest.mark.parametrize(
    ("angle", "flipped"), [(30.0, False), (90.0, True), (180.0, False), (211.0, True), (0.0, True)]
)
@pytest.mark.parametrize("quality", list(Quality))
def test_no_seam_when_turned(angle: float, flipped: bool, quality: Quality) -> None:
    slide = FakeSlide(3000, 2400, paint=lambda x, y: np.full((*x.shape, 3), (201, 77, 143), np.uint8))
    viewport = Viewport(PointL0(1500, 1200), 1.37, WIDTH, HEIGHT, 1.0, angle, flipped)
    assert (painted(viewport, slide, Layers(), quality=quality) == [201, 77, 143]).all()
