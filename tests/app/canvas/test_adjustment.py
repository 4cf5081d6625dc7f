"""Colours changed for the eye, lines at the threshold, the grid."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas import theme
from app.canvas.adjustment import Adjustment, adjusted
from app.canvas.device_frame import DeviceFrame
from app.canvas.heatmap_image import HeatmapImage
from app.canvas.layer_look import LayerLook
from app.canvas.paint_contours import edge_lines, paint_contours, smooth_lines
from app.canvas.paint_grid import paint_grid
from inference.slides.frames import Mpp, PointL0, SizeL0


def filled(red: int, green: int, blue: int) -> QImage:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor(red, green, blue))
    return image


def colour_of(image: QImage) -> tuple[int, int, int]:
    colour = image.pixelColor(3, 3)
    return colour.red(), colour.green(), colour.blue()


def test_the_default_changes_nothing_and_each_knob_goes_its_way() -> None:
    assert np.array_equal(Adjustment().curve, np.arange(256))
    grey = filled(100, 128, 180)
    assert colour_of(adjusted(grey, Adjustment(brightness=0.2))) == (151, 179, 231)
    low = colour_of(adjusted(grey, Adjustment(contrast=-0.5)))
    high = colour_of(adjusted(grey, Adjustment(contrast=0.5)))
    assert high[0] < 100 < low[0] and low[2] < 180 < high[2]
    assert colour_of(adjusted(grey, Adjustment(gamma=2.0)))[0] > 100
    with pytest.raises(ValueError, match="stain"):
        Adjustment(stain="iron")


def test_a_stain_alone_keeps_its_own_dye_and_drops_the_other() -> None:
    hematoxylin, eosin = Adjustment(stain="hematoxylin"), Adjustment(stain="eosin")
    blue = filled(*(round(255 * np.exp(-k)) for k in (0.65, 0.70, 0.29)))
    pink = filled(*(round(255 * np.exp(-k)) for k in (0.07, 0.99, 0.11)))
    assert colour_of(adjusted(blue, hematoxylin)) == pytest.approx(colour_of(blue), abs=3)
    assert min(colour_of(adjusted(blue, eosin))) > 245
    assert colour_of(adjusted(pink, eosin)) == pytest.approx(colour_of(pink), abs=3)
    assert min(colour_of(adjusted(pink, hematoxylin))) > 245
    assert colour_of(adjusted(filled(255, 255, 255), hematoxylin)) == (255, 255, 255)


def test_edges_run_around_lit_cells_once() -> None:
    indices = np.ones((4, 5), np.uint8)
    indices[1:3, 1:4] = 255
    lines = {tuple(map(tuple, line)) for line in edge_lines(indices, 0.5)}
    assert lines == {
        ((1.0, 1.0), (4.0, 1.0)),
        ((1.0, 3.0), (4.0, 3.0)),
        ((1.0, 1.0), (1.0, 3.0)),
        ((4.0, 1.0), (4.0, 3.0)),
    }


def test_smooth_lines_run_between_the_middles_and_not_beside_unknown_cells() -> None:
    indices = np.tile(np.array([1, 1, 255, 255], np.uint8), (3, 1))
    (line,) = smooth_lines(indices, 0.5)
    assert np.allclose(line[:, 0], 2.0) and {line[:, 1].min(), line[:, 1].max()} == {0.5, 2.5}
    indices[:, :2] = 0
    assert smooth_lines(indices, 0.5) == []


@pytest.mark.parametrize("angle", [0.0, 90.0, 37.0])
def test_lines_are_painted_where_the_cell_ends(angle: float) -> None:
    heatmap = HeatmapImage(rows=6, columns=6, origin_l0=PointL0(0, 0), stride_x_l0=40, stride_y_l0=40)
    heatmap.set_values(np.ones((1, 1), np.float32), row=2, column=3)
    unplaced = DeviceFrame(0, 0, 1.0, 200, 160, 1.0, angle_deg=angle)
    x, y = unplaced.to_device(PointL0(140, 100))
    frame = DeviceFrame(round(x - 100), round(y - 80), 1.0, 200, 160, 1.0, angle_deg=angle)
    image = QImage(200, 160, QImage.Format.Format_RGB32)
    image.fill(theme.GROUND)
    paint_contours(image, frame, heatmap, LayerLook(contours=True), exposed=image.rect())
    lit = np.array([[image.pixelColor(a, b) == theme.CONTOUR for a in range(200)] for b in range(160)])
    rows, columns = np.nonzero(lit)
    corners = frame.all_to_device(np.array([(x, y) for x in (120.0, 160.0) for y in (80.0, 120.0)]))
    assert columns.min() == pytest.approx(corners[:, 0].min(), abs=2)
    assert columns.max() == pytest.approx(corners[:, 0].max(), abs=2)
    assert rows.min() == pytest.approx(corners[:, 1].min(), abs=2)
    assert not lit[78:83, 98:103].any()


def test_the_grid_is_as_wide_as_the_scale_bar() -> None:
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(QColor(255, 255, 255))
    painter = QPainter(image)
    # 0.5 um a px: the bar is 50 um long, 100 px.
    frame = DeviceFrame(0, 0, 2.0, 400, 300, 1.0)
    size = SizeL0(800, 600)
    paint_grid(painter, frame, mpp=Mpp.square(0.25), size_l0=size, exposed=image.rect())
    painter.end()
    dark = [x for x in range(400) if image.pixelColor(x, 30).red() < 200]
    assert dark == [0, 100, 200, 300]
