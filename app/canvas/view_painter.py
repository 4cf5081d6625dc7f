"""Paints frames of the slide view: what can be kept of the last one, the rest as finely as there is time for."""

from __future__ import annotations

import time

from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QImage, QPainter

from app.canvas.device_frame import DeviceFrame
from app.canvas.frame_pace import FramePace, Quality
from app.canvas.paint_slide import TileSource
from app.canvas.paint_view import Layers, paint_view
from app.canvas.picture import Picture
from inference.slides.frames import RegionL0, SizeL0


class ViewPainter:
    """The layers of a view and the picture of them.

    Attributes:
        layers: what lies on the slide; whoever changes it calls `mark_dirty`.
    """

    def __init__(self) -> None:
        self.layers = Layers()
        self._picture = Picture()
        self._pace = FramePace()

    @property
    def is_smooth(self) -> bool:
        """Whether the last frame was painted smooth throughout."""
        return self._picture.is_smooth

    def mark_dirty(self, region_l0: RegionL0 | None = None) -> None:
        """Wants a part of the slide painted anew, or all."""
        self._picture.mark_dirty(region_l0)

    def paint(
        self,
        painter: QPainter,
        frame: DeviceFrame,
        source: TileSource,
        *,
        level: int,
        size_l0: SizeL0,
        exposed: QRect,
        moving: bool,
        font: QFont,
    ) -> None:
        """Paints the part `exposed` (device px) of a frame; the painter's px are the device's."""
        started = time.perf_counter()
        missing = self._picture.missing_part(frame)
        quality = self._pace.choose(upright=frame.is_upright, moving=moving, part=missing)

        def paint_part(image: QImage, part: QRect) -> None:
            paint_view(
                image,
                frame,
                source,
                self.layers,
                level=level,
                size_l0=size_l0,
                exposed=part,
                quality=quality,
                font=font,
            )

        self._picture.bring_to(frame, paint_part, smooth=quality is Quality.SMOOTH)
        painter.drawImage(exposed.topLeft(), self._picture.image, exposed)
        if missing == 1:
            self._pace.note((time.perf_counter() - started) * 1000, quality, upright=frame.is_upright)
