"""Moves the viewport: at once or in a short animation, always within the slide's limits."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.state.viewport import PointView, Viewport
from inference.slides.frames import PointL0, SizeL0

FRAME_MS = 16
"""One frame at 60 Hz: more repaints than the screen shows are wasted."""
ZOOM_SECONDS = 0.12
"""Long enough to see what became of the place under the cursor, short enough not to be waited for."""
FLY_SECONDS = 0.25
GLIDE_DECAY_SECONDS = 0.11
"""Time in which a glide slows to a third: a slight afterglow of the hand's speed, no skating."""
GLIDE_SECONDS = 5 * GLIDE_DECAY_SECONDS
GLIDE_LEAST_VIEW_PER_SECOND = 150.0
"""A slower hand meant to stop."""

_Path = Callable[[float], Viewport]


class ViewMotion(QObject):
    """Owns the viewport of a view.

    Signals:
        moved: the new `Viewport`.
        rested: an animation has ended.
    """

    moved = Signal(object)
    rested = Signal()

    def __init__(self, viewport: Viewport) -> None:
        super().__init__()
        self.animated = True
        """False jumps instead of animating (tests, screenshots, users who asked for less motion)."""
        self._viewport = self._target = viewport
        self._size_l0: SizeL0 | None = None
        self._fitted = False
        self._path: _Path | None = None
        self._started = self._seconds = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._on_tick)

    @property
    def viewport(self) -> Viewport:
        """What is on show now."""
        return self._viewport

    @property
    def target(self) -> Viewport:
        """What will be on show when the present animation ends: the one worth reading tiles for."""
        return self._target

    @property
    def is_moving(self) -> bool:
        """Whether an animation runs."""
        return self._path is not None

    def set_slide_size(self, size_l0: SizeL0 | None) -> None:
        """The slide to stay within, shown whole; None for no slide."""
        self._size_l0 = size_l0
        self.fit()

    def resize(self, width_view: float, height_view: float, *, device_pixel_ratio: float) -> None:
        """The view has another size; a slide that was fitted is fitted again."""
        self.finish()
        resized = self._viewport.resized(width_view, height_view, device_pixel_ratio=device_pixel_ratio)
        if self._fitted and self._size_l0 is not None:
            resized = resized.fit(self._size_l0)
        self._show(self._clamped(resized))

    def fit(self) -> None:
        """The whole slide, at once."""
        if self._size_l0 is not None:
            self.jump(self._viewport.fit(self._size_l0))
            self._fitted = True

    def jump(self, viewport: Viewport) -> None:
        """Shows another viewport at once; ends an animation where it is."""
        self._cease()
        self._show(self._clamped(viewport))

    def pan(self, dx_view: float, dy_view: float) -> None:
        """Shifts the slide at once, as the hand drags it."""
        self.jump(self._viewport.panned(dx_view, dy_view))

    def pan_smoothly(self, dx_view: float, dy_view: float) -> None:
        """Shifts the slide in a short animation; repeated calls add up."""
        self.go(self._target.panned(dx_view, dy_view), seconds=ZOOM_SECONDS)

    def zoom_about(self, point_view: PointView, factor: float, *, smoothly: bool = True) -> None:
        """Enlarges by a factor, keeping the slide's place under a point; repeated calls add up."""
        start = self._viewport
        wanted = start.zoomed_about(point_view, start.downsample / self._target.downsample * factor)
        if self._size_l0 is not None:
            wanted = wanted.with_zoom_within(self._size_l0, about_view=point_view)
        whole = start.downsample / wanted.downsample
        if not smoothly:
            self.jump(wanted)
        else:
            self._run(
                lambda part: start.zoomed_about(point_view, whole ** _eased(part)), seconds=ZOOM_SECONDS
            )

    def turn_to(self, point_view: PointView, angle_deg: float, *, smoothly: bool = True) -> None:
        """Turns the picture about a point, the shorter way round."""
        start = self._viewport
        by_deg = (angle_deg - start.angle_deg + 180.0) % 360.0 - 180.0
        if not smoothly:
            self.jump(start.turned_about(point_view, angle_deg))
        else:
            self._run(
                lambda part: start.turned_about(
                    point_view, angle_deg if part >= 1 else start.angle_deg + _eased(part) * by_deg
                ),
                seconds=ZOOM_SECONDS,
            )

    def turn_by(self, by_deg: float) -> None:
        """Turns about the middle in a short animation; repeated calls add up."""
        middle = PointView(self._viewport.width_view / 2, self._viewport.height_view / 2)
        self.turn_to(middle, self._target.angle_deg + by_deg)

    def go(self, target: Viewport, *, seconds: float = FLY_SECONDS) -> None:
        """Flies to a viewport: the zoom changes evenly to the eye and the place moves in step with it."""
        start, target = self._viewport, self._clamped(target)
        ratio = target.downsample / start.downsample
        # The shorter way round.
        turn_deg = (target.angle_deg - start.angle_deg + 180.0) % 360.0 - 180.0

        def path(part: float) -> Viewport:
            if part >= 1:
                return target
            downsample = start.downsample * ratio ** _eased(part)
            # In step with the zoom every place runs straight to where it will be; without zoom, evenly.
            way = (
                _eased(part)
                if math.isclose(ratio, 1.0, rel_tol=1e-6)
                else (downsample - start.downsample) / (target.downsample - start.downsample)
            )
            x_l0 = start.centre_l0.x + way * (target.centre_l0.x - start.centre_l0.x)
            y_l0 = start.centre_l0.y + way * (target.centre_l0.y - start.centre_l0.y)
            return replace(
                target,
                centre_l0=PointL0(x_l0, y_l0),
                downsample=downsample,
                angle_deg=(start.angle_deg + _eased(part) * turn_deg) % 360.0,
            )

        self._run(path, seconds=seconds)

    def glide(self, x_view_per_second: float, y_view_per_second: float) -> None:
        """Lets the slide run on at the hand's speed and slow down."""
        if (
            not self.animated
            or math.hypot(x_view_per_second, y_view_per_second) < GLIDE_LEAST_VIEW_PER_SECOND
        ):
            return
        start = self._viewport

        def path(part: float) -> Viewport:
            run = GLIDE_DECAY_SECONDS * (1 - math.exp(-part * GLIDE_SECONDS / GLIDE_DECAY_SECONDS))
            return start.panned(x_view_per_second * run, y_view_per_second * run)

        self._run(path, seconds=GLIDE_SECONDS)

    def finish(self) -> None:
        """Ends an animation at its target at once."""
        if self._path is not None:
            self.jump(self._target)

    def halt(self) -> None:
        """Ends an animation where it is, as when the hand takes hold of the slide."""
        if self._path is not None:
            self.jump(self._viewport)

    def _run(self, path: _Path, *, seconds: float) -> None:
        target = self._clamped(path(1.0))
        if not self.animated:
            self.jump(target)
            return
        self._fitted = False
        self._path, self._target = path, target
        self._started, self._seconds = time.perf_counter(), seconds
        self._timer.start()

    def _on_tick(self) -> None:
        if self._path is None:
            return
        part = (time.perf_counter() - self._started) / self._seconds
        if part >= 1:
            self.finish()
            return
        self._show(self._clamped(self._path(part)), target=self._target)

    def _cease(self) -> None:
        """Ends the animation without moving."""
        self._fitted = False
        if self._path is not None:
            self._path = None
            self._timer.stop()
            self.rested.emit()

    def _clamped(self, viewport: Viewport) -> Viewport:
        return viewport if self._size_l0 is None else viewport.clamped(self._size_l0)

    def _show(self, viewport: Viewport, *, target: Viewport | None = None) -> None:
        changed = viewport != self._viewport
        self._viewport, self._target = viewport, target or viewport
        if changed:
            self.moved.emit(viewport)


def _eased(part: float) -> float:
    """Quick at first, gentle at the end: the answer to the hand is seen at once."""
    return 1 - (1 - part) ** 3
