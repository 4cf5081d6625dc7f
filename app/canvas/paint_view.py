"""Paints a frame of the slide view, or a part of it: ground, slide, heatmap, grid, lines, annotations, candidates."""

from __future__ import annotations

from dataclasses import dataclass, field

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
        _paint_ground(
            image, frame, source, layers, level=level, size_l0=size_l0, exposed=exposed, quality=quality
        )
        _paint_marks(image, frame, layers, exposed=exposed, fine=quality is Quality.SMOOTH, font=font)

    if quality is Quality.COARSE:
        paint_halved(image, frame, exposed, paint)
    else:
        paint(image, frame, exposed)


def _paint_ground(
    image: QImage,
    frame: DeviceFrame,
    source: TileSource,
    layers: Layers,
    *,
    level: int,
    size_l0: SizeL0,
    exposed: QRect,
    quality: Quality,
) -> None:
    """Slide, heatmap, grid and contours."""
    look = layers.look
    painter = QPainter(image)
    painter.setClipRect(exposed)
    painter.fillRect(exposed, theme.GROUND)
    upright, part, transform = frame.upright(exposed)
    painter.setTransform(transform)
    straight = quality is Quality.COARSE and can_paint_coarse(source, frame, level=level, exposed=exposed)
    smooth = quality is Quality.SMOOTH
    with painted_at(look.opacities.slide, image, exposed):
        if straight:
            paint_slide_coarse(image, frame, source, level=level, exposed=exposed)
        else:
            paint_slide(painter, upright, source, level=level, size_l0=size_l0, exposed=part, smooth=smooth)
    if look.show_heatmap and layers.heatmap is not None:
        # The grid's last cells reach beyond the slide; there is nothing there to be probable.
        slide_rect = upright.snapped(RegionL0(0, 0, size_l0.width, size_l0.height))
        paint_heatmap(painter, upright, layers.heatmap, look, exposed=part.intersected(slide_rect))
    if look.grid:
        painter.resetTransform()
        paint_grid(painter, frame, mpp=layers.mpp, size_l0=size_l0, exposed=exposed)
    painter.end()
    if look.show_heatmap and look.contours and not look.shows_std and layers.heatmap is not None:
        paint_contours(image, frame, layers.heatmap, look, exposed=exposed)


def _paint_marks(
    image: QImage, frame: DeviceFrame, layers: Layers, *, exposed: QRect, fine: bool, font: QFont
) -> None:
    """Annotations and candidates."""
    look = layers.look
    if look.show_annotations:
        with painted_at(look.opacities.annotations, image, exposed):
            paint_annotations(image, frame, layers.annotations, exposed=exposed, fine=fine)
    if look.show_candidates:
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
