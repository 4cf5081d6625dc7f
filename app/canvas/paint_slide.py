"""Paints the slide's tiles: those at hand, others for the missing ones, a hatch for the unreadable ones."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QBrush, QImage, QPainter, QRegion

from app.canvas import theme
from app.canvas.device_frame import DeviceFrame
from app.canvas.display_pyramid import DisplayLevel, TileKey, tile_region_l0, tile_span, tiles_covering
from inference.slides.frames import RegionL0, SizeL0


@dataclass(frozen=True, slots=True)
class TileSource:
    """The tiles at hand.

    Attributes:
        levels: the display pyramid, finest first.
        image_of: the image of a tile, or None while it is not there.
        unreadable: tiles that cannot be read.
    """

    levels: Sequence[DisplayLevel]
    image_of: Callable[[TileKey], QImage | None]
    unreadable: Container[TileKey]


def paint_slide(
    painter: QPainter,
    frame: DeviceFrame,
    source: TileSource,
    *,
    level: int,
    size_l0: SizeL0,
    exposed: QRect,
    smooth: bool,
) -> None:
    """Paints one level of a slide in device px; the painter's transform is the identity on device px.

    Args:
        level: the display level wanted; tiles of others stand in for its missing ones.
        exposed: the part to paint, device px.
        smooth: interpolate between pixels (at rest), or take the nearest (while moving, a third of the time).
    """
    slide_rect = frame.snapped(RegionL0(0, 0, size_l0.width, size_l0.height)).intersected(exposed)
    if slide_rect.isEmpty():
        return
    painter.save()
    painter.setClipRect(slide_rect, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    ready: list[tuple[QRect, QImage]] = []
    missing, hatched = QRegion(), QRegion()
    for key in tiles_covering(source.levels, frame.region_of(slide_rect), level=level):
        rect = frame.snapped(tile_region_l0(source.levels[level], key))
        image = source.image_of(key)
        if image is not None:
            ready.append((rect, image))
        elif key in source.unreadable:
            hatched += rect
        else:
            missing += rect
    if not missing.isEmpty():
        _paint_stand_ins(painter, frame, source, level=level, missing=missing.intersected(slide_rect))
    for rect, image in ready:
        painter.drawImage(rect, image)
    if not hatched.isEmpty():
        _paint_hatch(painter, frame, hatched)
    painter.restore()


def _paint_stand_ins(
    painter: QPainter, frame: DeviceFrame, source: TileSource, *, level: int, missing: QRegion
) -> None:
    """Fills where tiles are missing from other levels: coarse first, each finer one over it."""
    painter.save()
    painter.setClipRegion(missing, Qt.ClipOperation.IntersectClip)
    region_l0 = frame.region_of(missing.boundingRect())
    layers: list[list[tuple[QRect, QImage]]] = []
    for coarser in range(level + 1, len(source.levels)):
        layer, whole = _tiles_there(frame, source, region_l0, level=coarser)
        layers.append(layer)
        if whole:
            # Nothing coarser would be seen behind a level that is all there.
            break
    layers.reverse()
    if level > 0:
        # When zooming out the finer level is still at hand; two levels down it would be too many tiles.
        layers.append(_tiles_there(frame, source, region_l0, level=level - 1)[0])
    for layer in layers:
        for rect, image in layer:
            painter.drawImage(rect, image)
    painter.restore()


def _tiles_there(
    frame: DeviceFrame, source: TileSource, region_l0: RegionL0, *, level: int
) -> tuple[list[tuple[QRect, QImage]], bool]:
    """A level's tiles at hand in a region with their places, and whether those are all."""
    at = source.levels[level]
    span = tile_span(at, region_l0)
    found: list[tuple[QRect, QImage]] = []
    whole = True
    for row in range(span.first_row, span.end_row):
        for column in range(span.first_column, span.end_column):
            key = TileKey(level, column, row)
            image = source.image_of(key)
            if image is None:
                whole = False
            else:
                found.append((frame.snapped(tile_region_l0(at, key)), image))
    return found, whole


def _paint_hatch(painter: QPainter, frame: DeviceFrame, hatched: QRegion) -> None:
    """Diagonal lines on grey: plainly not tissue, plainly not empty glass."""
    brush = QBrush(theme.UNREADABLE_LINES, Qt.BrushStyle.BDiagPattern)
    # Tied to the slide, the hatch moves with it instead of swimming over it.
    painter.setBrushOrigin(QPoint(-frame.origin_x % 8, -frame.origin_y % 8))
    for rect in hatched:  # type: ignore[attr-defined]  # PySide6 lists it in __begin/__end only
        painter.fillRect(rect, theme.UNREADABLE_GROUND)
        painter.fillRect(rect, brush)
