"""Paints a frame of the slide view, or a part of it: ground, slide, heatmap, grid, lines, annotations, candidates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QImage, QPainter

from app.canvas import theme
from app.canvas.annotation_shapes import AnnotationShapes
from app.canvas.candidate_points import CandidatePoints
from app.canvas.device_frame import DeviceFrame
from app.canvas.frame_pace import Quality
from app.canvas.heatmap_image import HeatmapImage
from app.canvas.layer_look import LayerLook
from app.canvas.paint_annotations import paint_annotations
from app.canvas.paint_contours import paint_contours
from app.canvas.paint_grid import paint_grid
from app.canvas.paint_halved import paint_halved
from app.canvas.paint_heatmap import paint_heatmap
from app.canvas.paint_marks import paint_candidates
from app.canvas.paint_slide import TileSource, paint_slide
from app.canvas.paint_slide_coarse import can_paint_coarse, paint_slide_coarse
from app.canvas.painted_at import painted_at
from inference.slides.frames import Mpp, RegionL0, SizeL0

THUMBNAIL_SIDE = 512
"""Longer side of the slide's thumbnail in px: the minimap on a display of twice the density."""


def _no_candidates() -> CandidatePoints:
    return CandidatePoints.of(())


@dataclass(slots=True)
class Layers:
    """What lies on the slide at the moment.

    Attributes:
        mpp: the resolution that the grid is measured by.
    """

    look: LayerLook = field(default_factory=LayerLook)
    heatmap: HeatmapImage | None = None
    candidates: CandidatePoints = field(default_factory=_no_candidates)
    selected: int | None = None
    annotations: AnnotationShapes = field(default_factory=AnnotationShapes)
    mpp: Mpp | None = None


def paint_view(
    image: QImage,
    frame: DeviceFrame,
    source: TileSource,
    layers: Layers,
    *,
    level: int,
    size_l0: SizeL0,
    exposed: QRect,
    quality: Quality,
    font: QFont,
) -> None:
    """Paints the part `exposed` of a frame into an image of the whole frame, in device px."""

    def paint(image: QImage, frame: DeviceFrame, exposed: QRect) -> None:
        for step in view_steps(
            image,
            frame,
            source,
            layers,
            level=level,
            size_l0=size_l0,
            exposed=exposed,
            quality=quality,
            font=font,
        ):
            step()

    if quality is Quality.COARSE:
        paint_halved(image, frame, exposed, paint)
    else:
        paint(image, frame, exposed)


def view_steps(
    image: QImage,
    frame: DeviceFrame,
    source: TileSource,
    layers: Layers,
    *,
    level: int,
    size_l0: SizeL0,
    exposed: QRect,
    quality: Quality,
    font: QFont,
    parts: int = 1,
) -> list[Callable[[], None]]:
    """What paints the part `exposed` of a frame when called in turn, each a layer or a part of one.

    Args:
        parts: into so many columns and rows the slide is cut, and into so many columns the annotations.
    """
    look = layers.look

    def slide(part: QRect) -> None:
        _paint_slide(image, frame, source, look, level=level, size_l0=size_l0, exposed=part, quality=quality)

    def heat() -> None:
        _paint_heat(image, frame, layers, size_l0=size_l0, exposed=exposed)

    def annotations(part: QRect) -> None:
        fine = quality is Quality.SMOOTH
        with painted_at(look.opacities.annotations, image, part):
            paint_annotations(image, frame, layers.annotations, exposed=part, fine=fine)

    def candidates() -> None:
        with painted_at(look.opacities.candidates, image, exposed):
            paint_candidates(
                image,
                frame,
                layers.candidates,
                threshold=look.threshold,
                selected=layers.selected,
                font=font,
                exposed=exposed,
            )

    wanted: list[Callable[[], None]] = [
        partial(slide, part) for part in _parts(exposed, across=parts, down=parts)
    ]
    if look.grid or (look.show_heatmap and layers.heatmap is not None):
        wanted.append(heat)
    if look.show_annotations:
        wanted += [partial(annotations, part) for part in _parts(exposed, across=parts, down=1)]
    if look.show_candidates:
        wanted.append(candidates)
    return wanted


def _parts(rect: QRect, *, across: int, down: int) -> list[QRect]:
    """A rectangle in so many columns and rows; of its own shape they are put together upright with the least around."""
    columns = [rect.left() + rect.width() * number // across for number in range(across + 1)]
    rows = [rect.top() + rect.height() * number // down for number in range(down + 1)]
    return [
        QRect(left, top, right - left, bottom - top)
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
        if right > left and bottom > top
    ]


def _paint_slide(
    image: QImage,
    frame: DeviceFrame,
    source: TileSource,
    look: LayerLook,
    *,
    level: int,
    size_l0: SizeL0,
    exposed: QRect,
    quality: Quality,
) -> None:
    """Ground and slide."""
    painter = QPainter(image)
    painter.setClipRect(exposed)
    painter.fillRect(exposed, theme.GROUND)
    straight = quality is Quality.COARSE and can_paint_coarse(source, frame, level=level, exposed=exposed)
    with painted_at(look.opacities.slide, image, exposed):
        if straight:
            paint_slide_coarse(image, frame, source, level=level, exposed=exposed)
        else:
            upright, part, transform = frame.upright(exposed)
            painter.setTransform(transform)
            smooth = quality is Quality.SMOOTH
            paint_slide(painter, upright, source, level=level, size_l0=size_l0, exposed=part, smooth=smooth)
    painter.end()


def _paint_heat(
    image: QImage, frame: DeviceFrame, layers: Layers, *, size_l0: SizeL0, exposed: QRect
) -> None:
    """Heatmap, grid and contours."""
    look = layers.look
    painter = QPainter(image)
    painter.setClipRect(exposed)
    if look.show_heatmap and layers.heatmap is not None:
        upright, part, transform = frame.upright(exposed)
        painter.setTransform(transform)
        # The grid's last cells reach beyond the slide; there is nothing there to be probable.
        slide_rect = upright.snapped(RegionL0(0, 0, size_l0.width, size_l0.height))
        paint_heatmap(painter, upright, layers.heatmap, look, exposed=part.intersected(slide_rect))
    if look.grid:
        painter.resetTransform()
        paint_grid(painter, frame, mpp=layers.mpp, size_l0=size_l0, exposed=exposed)
    painter.end()
    if look.show_heatmap and look.contours and not look.shows_std and layers.heatmap is not None:
        paint_contours(image, frame, layers.heatmap, look, exposed=exposed)


def paint_thumbnail(source: TileSource, size_l0: SizeL0) -> QImage:
    """The whole slide in small, from the coarsest level."""
    downsample = max(size_l0.width, size_l0.height) / THUMBNAIL_SIDE
    width = max(1, round(size_l0.width / downsample))
    height = max(1, round(size_l0.height / downsample))
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(theme.GROUND)
    painter = QPainter(image)
    paint_slide(
        painter,
        DeviceFrame(0, 0, downsample, width, height, 1.0),
        source,
        level=len(source.levels) - 1,
        size_l0=size_l0,
        exposed=image.rect(),
        smooth=True,
    )
    painter.end()
    return image
