"""Paints frames of the slide view: what can be kept of the last one, the rest as finely as there is time for."""

from __future__ import annotations

import time

from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QImage, QPainter

from app.canvas import theme
from app.canvas.device_frame import DeviceFrame
from app.canvas.frame_pace import FramePace, Quality
from app.canvas.moved_picture import covered_part, paint_moved
from app.canvas.paint_halved import paint_halved
from app.canvas.paint_slide import TileSource
from app.canvas.paint_slide_coarse import paint_slide_coarse
from app.canvas.paint_view import Layers, paint_view
from app.canvas.painted_at import painted_at
from app.canvas.picture import Picture
from inference.slides.frames import RegionL0, SizeL0

LEAST_COVERED = 0.7
"""A picture that covers less of a frame is painted anew: marks are missing where it does not reach."""
MOST_STRETCHED = 1.5
"""A picture of another zoom is painted anew beyond this: marks grow and shrink with it."""
MOST_STALE_SECONDS = 0.1
"""What has changed since the picture was painted is shown within this time."""
GROUND_COARSER = 2
"""Levels: where the picture does not reach, the slide is shown so much coarser, from a sixteenth of the tiles."""
MOST_DIRTY = 2
"""Rectangles that a moving frame paints of those that changed; the others are the next frame's."""


class ViewPainter:
    """The layers of a view and the picture of them.

    Panning keeps the picture. For another zoom or angle all layers would have to be painted anew, which with many
    marks takes longer than a frame has: a moving view shows the last picture enlarged or turned, paints one anew when
    that one no longer serves, and at rest always.

    Attributes:
        layers: what lies on the slide; whoever changes it calls `mark_dirty`.
    """

    def __init__(self) -> None:
        self.layers = Layers()
        self._picture = Picture()
        self._pace, self._moved_pace = FramePace(), FramePace()
        self._shown: DeviceFrame | None = None
        """The frame painted last, by whatever means."""
        self._moved = QImage()
        self._painted_at = 0.0

    @property
    def is_smooth(self) -> bool:
        """Whether the last frame was painted smooth throughout, and nothing has changed since."""
        return (
            self._picture.is_smooth
            and not self._picture.is_dirty
            and (self._shown is None or self._picture.can_pan_to(self._shown))
        )

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
        if moving and self._can_be_moved_to(frame):
            self._paint_moved(frame, source, level=level)
            painter.drawImage(exposed.topLeft(), self._moved, exposed)
            self._shown = frame
            return
        started = time.perf_counter()
        missing = self._picture.missing_part(frame)
        quality = self._pace.choose(upright=frame.is_upright, moving=moving, part=missing)

        def paint_part(image: QImage, of: DeviceFrame, part: QRect) -> None:
            paint_view(
                image,
                of,
                source,
                self.layers,
                level=level,
                size_l0=size_l0,
                exposed=part,
                quality=quality,
                font=font,
            )

        self._picture.bring_to(
            frame,
            paint_part,
            smooth=quality is Quality.SMOOTH,
            most_dirty=MOST_DIRTY if moving else 0,
        )
        painter.drawImage(
            exposed.topLeft(), self._picture.image, exposed.translated(self._picture.view.topLeft())
        )
        self._shown = frame
        if missing == 1:
            self._painted_at = time.perf_counter()
            self._pace.note((self._painted_at - started) * 1000, quality, upright=frame.is_upright)

    def _can_be_moved_to(self, frame: DeviceFrame) -> bool:
        """Whether the picture, moved to a frame, is good enough for a moment; not where painting has time."""
        picture, shown = self._picture.frame, self._shown
        if picture is None or shown is None or self._picture.can_pan_to(frame):
            return False
        if shown.shift_to(frame) not in (None, (0, 0)):
            # The slide is dragged on: painted anew once, it can be panned.
            return False
        stale = time.perf_counter() - self._painted_at > MOST_STALE_SECONDS
        stretch = picture.downsample / frame.downsample
        return (
            not (self._picture.is_dirty and stale)
            and picture.ratio == frame.ratio
            and 1 / MOST_STRETCHED < stretch < MOST_STRETCHED
            and self._pace.choose(upright=frame.is_upright, moving=True, part=1.0) is not Quality.SMOOTH
            and covered_part(frame, picture, self._picture.painted) >= LEAST_COVERED
        )

    def _paint_moved(self, frame: DeviceFrame, source: TileSource, *, level: int) -> None:
        """Lays the picture over a coarse one of the slide alone, which is seen where the picture does not reach."""
        started = time.perf_counter()
        picture, painted = self._picture.frame, self._picture.painted
        assert picture is not None
        if (self._moved.width(), self._moved.height()) != (frame.width, frame.height):
            self._moved = QImage(frame.width, frame.height, QImage.Format.Format_RGB32)
        whole = covered_part(frame, picture, painted) == 1
        coarser = min(level + GROUND_COARSER, len(source.levels) - 1)

        def paint_ground(image: QImage, of: DeviceFrame, exposed: QRect) -> None:
            image.fill(theme.GROUND)
            with painted_at(self.layers.look.opacities.slide, image, exposed):
                paint_slide_coarse(image, of, source, level=coarser, exposed=exposed)

        def paint_both(image: QImage, of: DeviceFrame, exposed: QRect) -> None:
            if not whole:
                paint_halved(image, of, exposed, paint_ground)
            paint_moved(image, of, self._picture.image, picture, painted=painted, exposed=exposed)

        quality = self._moved_pace.choose(upright=frame.is_upright, moving=True, part=1.0)
        if quality is Quality.SMOOTH:
            paint_both(self._moved, frame, self._moved.rect())
        else:
            paint_halved(self._moved, frame, self._moved.rect(), paint_both)
        took_ms = (time.perf_counter() - started) * 1000
        self._moved_pace.note(took_ms, quality, upright=frame.is_upright)
