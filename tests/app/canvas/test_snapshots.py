"""Pinned pictures of every painter: what a change of the code changes on the screen is seen and meant.

The references lie beside this file, a few KB each. `make snapshots` writes them anew; look at them before committing.
Only what is drawn without text is compared, and small differences of drawing libraries pass: a mark that has moved, a
colour or a line that is missing does not.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from PySide6.QtGui import QFont, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.canvas import theme
from app.canvas.annotation_shapes import AnnotationShapes
from app.canvas.candidate_points import CandidatePoints
from app.canvas.device_frame import DeviceFrame
from app.canvas.display_pyramid import TileKey
from app.canvas.frame_pace import Quality
from app.canvas.heatmap_image import HeatmapImage
from app.canvas.layer_look import LayerLook, Opacities
from app.canvas.legend import Legend
from app.canvas.minimap import Minimap
from app.canvas.paint_marks import paint_candidates
from app.canvas.paint_slide import TileSource
from app.canvas.paint_view import Layers, paint_view
from app.canvas.scale_bar import ScaleBar
from app.state.viewport import Viewport
from inference.results.annotation import Annotation, Shape
from inference.slides.frames import Mpp, PointL0
from tests.app.canvas.test_turned_views import rgb, source_of
from tests.support.fake_slide import FakeSlide

pytestmark = pytest.mark.usefixtures("qapp")

SNAPSHOTS = Path(__file__).parent / "snapshots"
RENEWED = "EQUISCOPE_RENEW_SNAPSHOTS"
WIDTH, HEIGHT = 200, 140
TOLERANCE, PART = 24, 0.01
"""Grey levels that any px may differ by, and the part of the px that may differ by more."""
UPRIGHT = DeviceFrame(90, 70, 5.0, WIDTH, HEIGHT, 1.0)
TURNED = DeviceFrame.of(Viewport(PointL0(850, 600), 5.0, WIDTH, HEIGHT, 1.0, 30.0, flipped=True))
BARE = LayerLook(show_heatmap=False, show_candidates=False, show_annotations=False)
SLIDE = FakeSlide(1800, 1400)


def view(
    look: LayerLook,
    *,
    frame: DeviceFrame = UPRIGHT,
    quality: Quality = Quality.SMOOTH,
    unreadable: TileKey | None = None,
) -> NDArray[np.uint8]:
    """A view of the made slide with all layers there are; `look` says which are painted."""
    whole = source_of(SLIDE)
    bad = {unreadable} if unreadable else set()
    source = TileSource(whole.levels, lambda key: None if key in bad else whole.image_of(key), bad)
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    paint_view(
        image,
        frame,
        source,
        Layers(look, heatmap(), annotations=annotations(), mpp=Mpp.square(0.25)),
        level=1,
        size_l0=SLIDE.info.size_l0,
        exposed=image.rect(),
        quality=quality,
        font=QFont(),
    )
    return rgb(image)


def heatmap() -> HeatmapImage:
    y, x = np.mgrid[0:16, 0:20].astype(np.float32)
    values = np.exp(-((x - 9) ** 2 + (y - 7) ** 2) / 18)
    values[12:, :] = np.nan
    return HeatmapImage.of_values(values, origin_l0=PointL0(0, 0), stride_x_l0=90, stride_y_l0=88)


def annotations() -> AnnotationShapes:
    ring = shapely.Point(800, 600).buffer(150).difference(shapely.Point(800, 600).buffer(60))
    shapes = AnnotationShapes()
    shapes.replace_all(
        [
            (Annotation(1, Shape.POLYGON, ring), (200, 60, 60)),
            (
                Annotation(2, Shape.LINE, shapely.LineString([(500, 400), (900, 900), (1300, 450)])),
                (60, 90, 220),
            ),
            (Annotation(3, Shape.POINT, shapely.Point(1200, 800)), (240, 200, 40)),
        ],
        hidden=frozenset(),
    )
    return shapes


def marks() -> NDArray[np.uint8]:
    """Rings and dots of all marks, the selected one among them; their labels are painted over."""
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(theme.GROUND)
    xy = np.array([(700 + 330 * n, 560 + 400 * row) for row in range(2) for n in range(3)], np.float64)
    xy = np.concatenate([xy, xy + np.array([70.0, 120.0])])
    points = CandidatePoints(xy, np.linspace(0.95, 0.6, len(xy)).astype(np.float32))
    points = points.with_codes((np.arange(len(xy)) % 4).astype(np.uint8))
    paint_candidates(image, UPRIGHT, points, threshold=0.5, selected=4, font=QFont(), exposed=image.rect())
    picture = rgb(image)
    for x, y in UPRIGHT.all_to_device(xy[: len(xy) // 2]).astype(int):
        # A label stands at the upper right of its ring.
        picture[max(0, y - 36) : max(0, y - 12), max(0, x + 14) : max(0, x + 60)] = 0
    return picture


PAINTERS: dict[str, Callable[[], NDArray[np.uint8]]] = {
    "slide": lambda: view(BARE),
    "slide_nearest": lambda: view(BARE, quality=Quality.NEAREST),
    "slide_coarse": lambda: view(BARE, quality=Quality.COARSE),
    "slide_turned": lambda: view(BARE, frame=TURNED),
    "slide_unreadable": lambda: view(BARE, unreadable=TileKey(1, 0, 0)),
    "heatmap": lambda: view(replace(BARE, show_heatmap=True)),
    "heatmap_smooth": lambda: view(replace(BARE, show_heatmap=True, smooth=True, colormap="viridis")),
    "heatmap_turned": lambda: view(replace(BARE, show_heatmap=True, threshold=0.2), frame=TURNED),
    "contours": lambda: view(replace(BARE, show_heatmap=True, contours=True)),
    "contours_smooth": lambda: view(replace(BARE, show_heatmap=True, contours=True, smooth=True)),
    "grid": lambda: view(replace(BARE, grid=True)),
    "annotations": lambda: view(replace(BARE, show_annotations=True)),
    "opacities": lambda: view(
        replace(BARE, show_annotations=True, opacities=Opacities(slide=0.4, annotations=0.5))
    ),
    "annotations_turned": lambda: view(replace(BARE, show_annotations=True), frame=TURNED),
    "candidates": marks,
}


@pytest.mark.parametrize("name", PAINTERS)
def test_a_painter_paints_what_it_did(name: str) -> None:
    compare(name, PAINTERS[name]())


def test_the_overlays_are_painted_as_they_were(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    minimap, legend, scale_bar = Minimap(parent), Legend(parent), ScaleBar(parent)
    minimap.set_slide(SLIDE.info.size_l0)
    minimap.resize(minimap.sizeHint())
    image = QImage(90, 70, QImage.Format.Format_RGB32)
    image.fill(0xFFC896B4)
    minimap.set_thumbnail(image)
    minimap.set_view(Viewport(PointL0(900, 600), 4.0, 160, 120, angle_deg=20.0).corners_l0)
    compare("minimap", rgb(minimap.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)))
    legend.set_look(LayerLook(threshold=0.4), has_heatmap=True)
    bar = rgb(legend.grab().toImage().convertToFormat(QImage.Format.Format_RGB32))
    compare("legend_bar", bar[25:38])
    scale_bar.set_um_per_view(0.9)
    bar = rgb(scale_bar.grab().toImage().convertToFormat(QImage.Format.Format_RGB32))
    compare("scale_bar", bar[:13])


def compare(name: str, picture: NDArray[np.uint8]) -> None:
    path = SNAPSHOTS / f"{name}.png"
    if os.environ.get(RENEWED):
        SNAPSHOTS.mkdir(exist_ok=True)
        cv2.imwrite(str(path), picture[..., ::-1])
    reference = cv2.imread(str(path))
    assert reference is not None, f"{path.name} is missing: make snapshots"
    apart = np.abs(picture.astype(int) - reference[..., ::-1]).max(axis=-1)
    assert (apart > TOLERANCE).mean() <= PART, f"{name} is painted otherwise than in {path.name}"
