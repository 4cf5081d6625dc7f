"""Paints frames of the slide view: what can be kept of the last one, the rest as finely as there is time for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, TypedDict

from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QImage, QPainter

from app.canvas import theme
from app.canvas.device_frame import DeviceFrame
from app.canvas.frame_pace import FramePace, Quality
from app.canvas.moved_picture import covered_part, paint_moved, uncovered_parts
from app.canvas.paint_halved import paint_halved
from app.canvas.paint_slide import TileSource
from app.canvas.paint_slide_coarse import paint_slide_coarse
from app.canvas.paint_view import Layers, paint_view, view_steps
from app.canvas.painted_at import painted_at
from app.canvas.picture import Picture
from app.canvas.sketch import Sketch
from inference.slides.frames import RegionL0, SizeL0

LEAST_COVERED = 0.85
"""A picture that covers less of a moving frame is painted anew beside it: marks are missing where it does not reach."""
MOST_STRETCHED = 1.25
"""So is a picture of another zoom beyond this: marks grow and shrink with it."""
MOST_PANNED_AHEAD = 0.5
"""A drag so quick that it leaves more of the view behind in the frames ahead is not looked ahead for."""
LEAST_PANNED = 0.5
"""A pan that keeps less of the view than this is painted as another place is."""
PIECE_MS = 4.0
"""About so long a moving frame paints at what the next ones will show."""
STEP_MS = 2.0
"""A frame that shows a picture moved paints one layer of the next one, and more of them while that took no longer."""
PARTS = 3
"""Slide and annotations take longest, so that a ninth of the one and a third of the others count as a layer each."""
LATE_MS = 8.0
"""A frame that has taken so long already leaves the next layer to the one after it."""
MOST_PUT_OFF = 2
"""But not more often than this in a row: on a slow machine, too, the next picture comes."""
FRAMES_AHEAD = 4
"""Where the slide is dragged on, what is begun now will be whole about so many frames later."""
ZOOM_FRAMES_AHEAD = 8
"""Where more and more comes into view, what is begun now is to reach until the one after it is whole."""
MOST_AHEAD = 1.6
"""Times as wide as the view is what is begun then: more would be shown too coarse."""
MOST_STALE_SECONDS = 0.1
"""What has changed since the picture was painted is then painted anew, though the view moves on."""
GROUND_COARSER = 2
"""Levels: where the picture does not reach, the slide is shown so much coarser, from a sixteenth of the tiles."""
MOST_DIRTY = 2
"""Rectangles that a moving frame paints of those that changed; the others are the next frame's."""


class _Given(TypedDict):
    """What `paint_view` is given besides."""

    level: int
    size_l0: SizeL0
    font: QFont


class _Latest(NamedTuple):
    """A picture that is shown moved: its image, its own frame, which part is painted, and how much that covers."""

    image: QImage
    frame: DeviceFrame
    painted: QRect
    covered: float

    @classmethod
    def of(cls, shown: DeviceFrame, image: QImage, frame: DeviceFrame, painted: QRect) -> _Latest:
        """For a frame to be shown."""
        return cls(image, frame, painted, covered_part(shown, frame, painted))


class ViewPainter:
    """The layers of a view and the picture of them.

    Panning keeps the picture. For another zoom or angle all layers would have to be painted anew, which with many
    marks takes longer than a frame has: a moving view shows the last picture enlarged or turned, and over the slide
    alone where that does not reach, while the next one is painted beside it in pieces, a few ms each frame. At rest
    it is painted anew at once.

    Attributes:
        layers: what lies on the slide; whoever changes it calls `mark_dirty`.
    """

    def __init__(self) -> None:
        self.layers = Layers()
        self._picture = Picture()
        self._sketch, self._coming = Sketch(), Sketch()
        """The sketch that is newer than the picture, if it is whole, and the next one."""
        self._pace, self._moved_pace = FramePace(), FramePace()
        self._shown: DeviceFrame | None = None
        """The frame painted last, by whatever means."""
        self._before: DeviceFrame | None = None
        """The one before it."""
        self._shows_moved = False
        """Whether the last frame was the picture moved."""
        self._has_unshown = False
        """Whether the sketch became whole after the last frame was painted."""
        self._put_off = 0
        """Late frames in a row."""
        self._moved = QImage()
        self._painted_at = 0.0

    @property
    def is_smooth(self) -> bool:
        """Whether the last frame was painted smooth throughout, and nothing has changed since."""
        return (
            not self._shows_moved
            and self._picture.is_smooth
            and not self._picture.is_dirty
            and (self._shown is None or self._picture.can_pan_to(self._shown))
        )

    @property
    def is_coming(self) -> bool:
        """Whether a picture is being painted a layer at a time, which goes on with the next frame or is shown by it."""
        return self._coming.is_coming or (self._has_unshown and self._sketch.is_whole)

    def mark_dirty(self, region_l0: RegionL0 | None = None) -> None:
        """Wants a part of the slide painted anew, or all."""
        self._picture.mark_dirty(region_l0)
        for sketch in (self._sketch, self._coming):
            if region_l0 is None:
                sketch.drop()
            else:
                sketch.dirty.append(region_l0)

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

        given: _Given = {"level": level, "size_l0": size_l0, "font": font}
        self._has_unshown = False
        self._shows_moved = moving and self._is_to_be_moved(frame)
        if self._shows_moved:
            started = time.perf_counter()
            latest = self._latest(frame)
            self._paint_moved(frame, latest, source, level=level)
            late = (time.perf_counter() - started) * 1000 > LATE_MS
            self._put_off = self._put_off + 1 if late else 0
            if self._put_off % (MOST_PUT_OFF + 1) == 0:
                self._go_on_with_the_next(frame, latest, source, given)
            painter.drawImage(exposed.topLeft(), self._moved, exposed)
        else:
            self._bring_picture_to(frame, source, given, moving=moving)
            painter.drawImage(
                exposed.topLeft(), self._picture.image, exposed.translated(self._picture.view.topLeft())
            )
        self._before, self._shown = self._shown, frame

    def _bring_picture_to(
        self, frame: DeviceFrame, source: TileSource, given: _Given, *, moving: bool
    ) -> None:
        started = time.perf_counter()
        missing = self._picture.missing_part(frame)
        quality = self._pace.choose(upright=frame.is_upright, moving=moving, part=missing)

        def paint(image: QImage, of: DeviceFrame, part: QRect) -> None:
            paint_view(image, of, source, self.layers, exposed=part, quality=quality, **given)

        part = self._pace.part_within(PIECE_MS, quality, upright=frame.is_upright)
        self._picture.bring_to(
            frame,
            paint,
            smooth=quality is Quality.SMOOTH,
            most_dirty=MOST_DIRTY if moving else 0,
            most_px=round(part * frame.width * frame.height) if moving else None,
        )
        self._sketch.drop()
        self._coming.drop()
        if not moving:
            self._make_room(frame)
        if missing == 1:
            self._painted_at = time.perf_counter()
            self._pace.note((self._painted_at - started) * 1000, quality, upright=frame.is_upright)

    def _make_room(self, frame: DeviceFrame) -> None:
        """Fresh memory takes as long as a frame or two, so that a view at rest sees to it."""
        if (self._moved.width(), self._moved.height()) != (frame.width, frame.height):
            self._moved = QImage(frame.width, frame.height, QImage.Format.Format_RGB32)
            self._moved.fill(0)
        self._sketch.make_room(frame)
        self._coming.make_room(frame)

    def _is_to_be_moved(self, frame: DeviceFrame) -> bool:
        """Whether the picture is shown moved to a moving frame; not where it can be panned, or painting has time."""
        picture, shown = self._picture.frame, self._shown
        if picture is None or shown is None or picture.ratio != frame.ratio:
            return False
        if self._pace.choose(upright=frame.is_upright, moving=True, part=1.0) is Quality.SMOOTH:
            return False
        sketched = self._sketch.frame
        if (
            sketched is not None
            and shown.shift_to(frame) not in (None, (0, 0))
            and sketched.shift_to(frame) is not None
            and not self._picture.can_pan_to(frame)
        ):
            # The slide is dragged on: there is a sketch that can be panned.
            self._picture.adopt(self._sketch.image, sketched)
            for region_l0 in self._sketch.dirty:
                self._picture.mark_dirty(region_l0)
        return self._picture.missing_part(frame) > 1 - LEAST_PANNED

    def _go_on_with_the_next(
        self, frame: DeviceFrame, latest: _Latest, source: TileSource, given: _Given
    ) -> None:
        """Paints some of the sketch to come, where one is called for, and shows it from when it is whole."""
        if not self._coming.is_coming:
            if not self._is_next_called_for(frame, latest):
                return

            def steps_of(image: QImage, of: DeviceFrame, part: QRect) -> list[Callable[[], None]]:
                return view_steps(
                    image,
                    of,
                    source,
                    self.layers,
                    exposed=part,
                    quality=Quality.COARSE,
                    parts=PARTS,
                    **given,
                )

            self._coming.begin(self._some_frames_later(frame), steps_of)
        self._coming.go_on(STEP_MS)
        if self._coming.is_whole:
            assert self._coming.frame is not None
            upright = self._coming.frame.is_upright
            self._pace.note(self._coming.took_ms, Quality.COARSE, upright=upright)
            self._sketch, self._coming = self._coming, self._sketch
            self._coming.drop()
            self._has_unshown = True
            self._painted_at = time.perf_counter()

    def _some_frames_later(self, frame: DeviceFrame) -> DeviceFrame:
        """Where a slide that is being dragged or zoomed out will be when a sketch begun now is whole.

        Only where it was in the frame before as well: one step tells of no next.
        """
        before, shown = self._before, self._shown
        if before is None or shown is None:
            return frame
        if _is_zoomed_out(before, shown) and _is_zoomed_out(shown, frame):
            return _zoomed_on(shown, frame)
        shift = shown.shift_to(frame)
        if shift is None or before.shift_to(shown) in (None, (0, 0)):
            return frame
        dx, dy = shift
        if FRAMES_AHEAD * max(abs(dx) / frame.width, abs(dy) / frame.height) > MOST_PANNED_AHEAD:
            return frame
        return replace(
            frame,
            origin_x=frame.origin_x - FRAMES_AHEAD * dx,
            origin_y=frame.origin_y - FRAMES_AHEAD * dy,
        )

    def _is_next_called_for(self, frame: DeviceFrame, latest: _Latest) -> bool:
        shown = self._shown
        dragged = shown is not None and shown.shift_to(frame) not in (None, (0, 0))
        dirty = bool(self._sketch.dirty) if self._sketch.is_whole else self._picture.is_dirty
        stale = time.perf_counter() - self._painted_at > MOST_STALE_SECONDS
        stretch = latest.frame.downsample * latest.frame.ratio / (frame.downsample * frame.ratio)
        return (
            (latest.covered < 1 and shown is not None and _is_zoomed_out(shown, frame))
            # Once it is painted at this zoom, a slide that is dragged on after a zoom can be panned.
            or dragged
            or (dirty and stale)
            or not 1 / MOST_STRETCHED < stretch < MOST_STRETCHED
            or latest.covered < LEAST_COVERED
        )

    def _latest(self, frame: DeviceFrame) -> _Latest:
        """The newest picture that there is of a frame."""
        assert self._picture.frame is not None
        picture = _Latest.of(frame, self._picture.image, self._picture.frame, self._picture.painted)
        if not self._sketch.is_whole or self._sketch.frame is None:
            return picture
        sketch = _Latest.of(frame, self._sketch.image, self._sketch.frame.halved, self._sketch.image.rect())
        # The hand may have turned back since it was begun.
        return picture if sketch.covered < picture.covered else sketch

    def _paint_moved(self, frame: DeviceFrame, latest: _Latest, source: TileSource, *, level: int) -> None:
        """Lays the picture over a coarse one of the slide alone, which is seen where the picture does not reach."""
        started = time.perf_counter()
        self._make_room(frame)
        coarser = min(level + GROUND_COARSER, len(source.levels) - 1)

        def paint_ground(image: QImage, of: DeviceFrame, exposed: QRect) -> None:
            painter = QPainter(image)
            painter.fillRect(exposed, theme.GROUND)
            painter.end()
            with painted_at(self.layers.look.opacities.slide, image, exposed):
                paint_slide_coarse(image, of, source, level=coarser, exposed=exposed)

        def paint_both(image: QImage, of: DeviceFrame, exposed: QRect) -> None:
            if latest.covered < 1:
                for part in uncovered_parts(of, latest.frame, latest.painted):
                    paint_halved(image, of, part, paint_ground)
            if latest.covered > 0:
                paint_moved(image, of, latest.image, latest.frame, painted=latest.painted, exposed=exposed)

        quality = self._moved_pace.choose(upright=frame.is_upright, moving=True, part=1.0)
        if latest.image is self._sketch.image:
            # It has no more than half the pixels to show.
            quality = Quality.COARSE
        if quality is Quality.SMOOTH:
            paint_both(self._moved, frame, self._moved.rect())
        else:
            paint_halved(self._moved, frame, self._moved.rect(), paint_both)
        took_ms = (time.perf_counter() - started) * 1000
        self._moved_pace.note(took_ms, quality, upright=frame.is_upright)


def _is_zoomed_out(shown: DeviceFrame, frame: DeviceFrame) -> bool:
    """Whether a frame shows more of the slide than the one before it, at the same angle and size."""
    return (
        frame.downsample > shown.downsample
        and replace(shown, origin_x=0, origin_y=0, downsample=1.0)
        == replace(frame, origin_x=0, origin_y=0, downsample=1.0)
    )  # fmt: skip


def _zoomed_on(shown: DeviceFrame, frame: DeviceFrame) -> DeviceFrame:
    """The frame some frames later, zoomed out on about the same place."""
    by = min((frame.downsample / shown.downsample) ** ZOOM_FRAMES_AHEAD, MOST_AHEAD)

    def origin(before: int, now: int) -> int:
        # The device px that shows the same place in both frames does so in the later one too.
        still = (now * frame.downsample - before * shown.downsample) / (shown.downsample - frame.downsample)
        return round((still + now) / by - still)

    return replace(
        frame,
        origin_x=origin(shown.origin_x, frame.origin_x),
        origin_y=origin(shown.origin_y, frame.origin_y),
        downsample=frame.downsample * by,
    )
