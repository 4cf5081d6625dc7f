"""The whole way of a place: a dot in a slide's file lands in its plane pixel, in its cell and under the cursor."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.canvas.device_frame import DeviceFrame
from app.canvas.heatmap_image import HeatmapImage
from app.canvas.layer_look import LayerLook, Opacities
from app.canvas.paint_view import Layers
from app.state.viewport import PointView, Viewport
from inference.slides.frames import PointL0
from inference.slides.framing import frame_slide
from inference.slides.grid import CELL
from inference.slides.open_slide import open_slide
from inference.slides.slide import Slide
from tests.app.canvas.test_turned_views import ANGLES, HEIGHT, WIDTH, centroid, painted
from tests.support.make_slide import write_pyramid

pytestmark = pytest.mark.usefixtures("qapp")

MODEL_MPP = 0.972
SIDE, APART = 18, 190
"""Level-0 px: of a dot, and between two."""
FACTORS = [(1, 2, 4), (1, 4), (1, 1.7, 3.3)]
COLUMNS, ROWS = 8, 6
GROUND = [0x1E, 0x21, 0x24]


def middle_of(number: int) -> tuple[float, float]:
    """The middle of a dot; no two lie alike on tiles, level pixels or cells."""
    column, row = number % COLUMNS, number // COLUMNS
    x, y = 61 + column * APART + (7 * number) % 31, 67 + row * APART + (11 * number) % 29
    return x + SIDE / 2, y + SIDE / 2


@pytest.fixture(scope="module")
def slides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Slide]]:
    """The same dots in files of whole and of fractional level factors."""
    image = np.zeros((ROWS * APART + 83, COLUMNS * APART + 71, 3), np.uint8)
    for number in range(COLUMNS * ROWS):
        x, y = (int(each - SIDE / 2) for each in middle_of(number))
        image[y : y + SIDE, x : x + SIDE] = 255
    folder = tmp_path_factory.mktemp("dots")
    opened = [
        open_slide(write_pyramid(folder / f"{number}.tif", image, factors=factors, mpp=0.2437))
        for number, factors in enumerate(FACTORS)
    ]
    yield opened
    for slide in opened:
        slide.close()


def lit_around(picture: NDArray[np.uint8], x: float, y: float, reach: float) -> NDArray[np.bool_]:
    """The bright pixels about a place."""
    rows, columns = np.ogrid[: picture.shape[0], : picture.shape[1]]
    near = (np.abs(columns + 0.5 - x) <= reach) & (np.abs(rows + 0.5 - y) <= reach)
    return near & (picture.min(axis=-1) > 128)


@settings(max_examples=30, deadline=None)
@given(
    which=st.integers(0, len(FACTORS) - 1),
    number=st.integers(0, COLUMNS * ROWS - 1),
    downsample=st.floats(0.4, 8.0),
    angle_deg=ANGLES,
    flipped=st.booleans(),
    aside=st.tuples(st.floats(-70, 70), st.floats(-45, 45)),
)
def test_a_dot_in_the_file_lands_in_its_cell_and_under_the_cursor(
    slides: list[Slide],
    which: int,
    number: int,
    downsample: float,
    angle_deg: float,
    flipped: bool,
    aside: tuple[float, float],
) -> None:
    slide, dot_l0 = slides[which], PointL0(*middle_of(number))
    framing = frame_slide(slide, model_mpp=MODEL_MPP)

    # The plane: the dot is where its level-0 place says, to a plane pixel.
    left, top = int(dot_l0.x / framing.plane.scale.x) - 16, int(dot_l0.y / framing.plane.scale.y) - 16
    pixels = framing.plane.read(left, top, 33, 33)
    x, y = centroid(pixels.min(axis=-1) > 128)
    in_plane = PointL0((left + x) * framing.plane.scale.x, (top + y) * framing.plane.scale.y)
    assert np.hypot(in_plane.x - dot_l0.x, in_plane.y - dot_l0.y) <= framing.plane.scale.x

    # The grid: the cell of its place is the cell of its plane pixel, unless it lies at a cell's edge.
    cell = framing.grid.cell_at(dot_l0)
    assert cell is not None
    assert abs(int(top + y) // CELL - cell[0]) <= 1 and abs(int(left + x) // CELL - cell[1]) <= 1
    in_cell = ((top + y) / CELL - cell[0], (left + x) / CELL - cell[1])
    assert all(-1 / CELL <= each <= 1 + 1 / CELL for each in in_cell)

    # The view: slide and heatmap are painted where the cursor says the dot and its cell are.
    viewport = Viewport(dot_l0, downsample, WIDTH / 2, HEIGHT / 2, 2.0, angle_deg, flipped).panned(*aside)
    at = viewport.to_view(dot_l0)
    x_device, y_device = at.x * 2, at.y * 2
    reach = APART / 3 / viewport.downsample_device
    lit = lit_around(painted(viewport, slide, Layers()), x_device, y_device, reach)
    x, y = centroid(lit)
    under_l0 = viewport.to_l0(PointView(x / 2, y / 2))
    assert np.hypot(under_l0.x - dot_l0.x, under_l0.y - dot_l0.y) <= max(
        2.0 * viewport.downsample_device, 1.0
    )
    heatmap = HeatmapImage(
        rows=framing.grid.rows,
        columns=framing.grid.columns,
        origin_l0=PointL0(0, 0),
        stride_x_l0=framing.grid.stride_x_l0,
        stride_y_l0=framing.grid.stride_y_l0,
    )
    heatmap.set_values(np.ones((1, 1), np.float32), row=cell[0], column=cell[1])
    opaque = LayerLook(opacities=Opacities(slide=0.0), heatmap_opacity=1.0)
    shown = (painted(viewport, slide, Layers(opaque, heatmap)) != GROUND).any(axis=-1)
    region = framing.grid.cell_region_l0(*cell)
    edge_l0 = min(
        dot_l0.x - region.x,
        region.x + region.width - dot_l0.x,
        dot_l0.y - region.y,
        region.y + region.height - dot_l0.y,
    )
    if edge_l0 > 1.5 * DeviceFrame.of(viewport).downsample:
        assert shown[int(y_device), int(x_device)]
