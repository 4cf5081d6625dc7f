"""Paints tiles of the slide by their nearest pixels straight into the memory: a third of the time QPainter takes."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from app.canvas import theme
from app.canvas.device_frame import DeviceFrame
from app.canvas.display_pyramid import TileKey, tile_region_l0, tile_span
from app.canvas.image_pixels import bgra_of, bgra_to_write, kept_image
from app.canvas.moved_picture import paint_moved
from app.canvas.paint_slide import TileSource
from inference.slides.frames import RegionL0


def can_paint_coarse(source: TileSource, frame: DeviceFrame, *, level: int, exposed: QRect) -> bool:
    """Whether nothing on show is unreadable: the hatch is QPainter's."""
    return not any(key in source.unreadable for key in _keys(source, frame.region_of(exposed), level=level))


def paint_slide_coarse(
    image: QImage, frame: DeviceFrame, source: TileSource, *, level: int, exposed: QRect
) -> None:
    """Paints a level into the part `exposed` of an image of a frame, RGB32 in device px; coarser tiles stand in.

    A turned slide is put together upright first: turned one by one, the tiles' boxes would overlap.
    """
    if frame.is_upright:
        _paint_upright(image, frame, source, level=level, exposed=exposed)
        return
    upright, part, _ = frame.upright(exposed)
    with kept_image(part.width(), part.height()) as whole:
        whole.fill(theme.GROUND)
        _paint_upright(whole, upright, source, level=level, exposed=part)
        paint_moved(image, frame, whole, upright, painted=part, exposed=exposed)


def _paint_upright(
    image: QImage, frame: DeviceFrame, source: TileSource, *, level: int, exposed: QRect
) -> None:
    last = len(source.levels) - 1
    # Where the next coarser level is sharp enough, it has fewer tiles.
    sharp = level < last and source.levels[level + 1].downsample <= frame.downsample
    order = [level + 1, level, *range(level + 2, last + 1)] if sharp else list(range(level, last + 1))
    _paint_from(image, frame, source, order, exposed=exposed)


def _paint_from(
    image: QImage, frame: DeviceFrame, source: TileSource, order: Sequence[int], *, exposed: QRect
) -> None:
    """Paints a part from the first of some levels, and where its tiles are missing from the next ones."""
    if not order or exposed.isEmpty():
        return
    for key in _keys(source, frame.region_of(exposed), level=order[0]):
        place, tile = frame.snapped(tile_region_l0(source.levels[key.level], key)), source.image_of(key)
        if tile is None:
            _paint_from(image, frame, source, order[1:], exposed=place.intersected(exposed))
        else:
            _paint_tile(image, bgra_of(tile)[:, : tile.width()], place, exposed=exposed)


def _keys(source: TileSource, region_l0: RegionL0, *, level: int) -> list[TileKey]:
    span = tile_span(source.levels[level], region_l0)
    return [
        TileKey(level, column, row)
        for row in range(span.first_row, span.end_row)
        for column in range(span.first_column, span.end_column)
    ]


def _paint_tile(image: QImage, tile: NDArray[np.uint8], place: QRect, *, exposed: QRect) -> None:
    """Scales a tile to its place, as far as that is exposed."""
    box = place.intersected(exposed)
    if box.isEmpty():
        return
    target, size = bgra_to_write(image, box), (box.width(), box.height())
    if box == place:
        cv2.resize(tile, size, dst=target, interpolation=cv2.INTER_NEAREST_EXACT)
        return
    across, down = tile.shape[1] / place.width(), tile.shape[0] / place.height()
    # From the middles of device px to those of the tile's.
    x, y = box.left() - place.left() + 0.5, box.top() - place.top() + 0.5
    way = np.array([[across, 0, x * across - 0.5], [0, down, y * down - 0.5]])
    cv2.warpAffine(
        tile,
        way,
        size,
        dst=target,
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
