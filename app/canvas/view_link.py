"""Links two views of one slide: what one shows the other shows, and the cursor in one is seen in the other."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject

from app.canvas.other_cursor import OtherCursor
from app.canvas.slide_view import SlideView
from app.state.viewport import Viewport
from inference.slides.frames import PointL0


class ViewLink(QObject):
    """Each view follows the other in place, zoom, turn and mirroring while `is_active`."""

    def __init__(self, first: SlideView, second: SlideView) -> None:
        super().__init__()
        self._first = first
        self._second = second
        self._is_active = False
        self._is_following = False
        self.cursors = {view: OtherCursor(view) for view in (first, second)}
        for leader, follower in ((first, second), (second, first)):
            leader.viewportChanged.connect(partial(self._follow, follower))
            leader.cursorMoved.connect(partial(self._show_cursor, follower))

    def set_active(self, active: bool) -> None:
        """Links the views, the second going where the first is, or lets them go."""
        self._is_active = active
        for cursor in self.cursors.values():
            cursor.show_at(None)
        if active:
            self._follow(self._second, self._first.viewport)

    def _follow(self, follower: SlideView, viewport: Viewport) -> None:
        # A view that only changed its size shows the same place, and following it would end the other's flight.
        if not self._is_active or self._is_following or _same_place(viewport, follower.viewport):
            return
        # What the follower shows in consequence, held within its own limits, is no wish of the user's.
        self._is_following = True
        follower.show_viewport(viewport)
        self._is_following = False

    def _show_cursor(self, follower: SlideView, point_l0: PointL0 | None) -> None:
        if self._is_active and not self._is_following:
            place = None if point_l0 is None else follower.viewport.to_view(point_l0)
            self.cursors[follower].show_at(place)


def _same_place(one: Viewport, other: Viewport) -> bool:
    return (one.centre_l0, one.downsample, one.angle_deg, one.flipped) == (
        other.centre_l0,
        other.downsample,
        other.angle_deg,
        other.flipped,
    )
