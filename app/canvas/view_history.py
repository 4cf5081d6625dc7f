"""The views a user has rested at, to go back and forward among as in a browser."""

from __future__ import annotations

import math

from app.state.viewport import Viewport

MOST_VIEWS = 100
SAME_PLACE_VIEW = 0.25
"""Views whose centres are nearer than this part of the view's width, at almost the same zoom, are one view."""
SAME_ZOOM = 1.2


class ViewHistory:
    """A list of views and the place in it."""

    def __init__(self) -> None:
        self._views: list[Viewport] = []
        self._at = -1

    @property
    def can_go_back(self) -> bool:
        """Whether there is an earlier view."""
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether the user went back from a later view."""
        return self._at + 1 < len(self._views)

    def clear(self) -> None:
        """Forgets all, as for another slide."""
        self._views, self._at = [], -1

    def note(self, viewport: Viewport) -> None:
        """The view rests here; what lay ahead is forgotten, unless it is the same place as before."""
        if self._at >= 0 and _are_alike(self._views[self._at], viewport):
            self._views[self._at] = viewport
            return
        self._views = [*self._views[: self._at + 1], viewport][-MOST_VIEWS:]
        self._at = len(self._views) - 1

    def back(self) -> Viewport | None:
        """The view before, or None."""
        if not self.can_go_back:
            return None
        self._at -= 1
        return self._views[self._at]

    def forward(self) -> Viewport | None:
        """The view after, or None."""
        if not self.can_go_forward:
            return None
        self._at += 1
        return self._views[self._at]


def _are_alike(one: Viewport, other: Viewport) -> bool:
    if (one.angle_deg, one.flipped) != (other.angle_deg, other.flipped):
        return False
    zoom = one.downsample / other.downsample
    apart_l0 = math.hypot(one.centre_l0.x - other.centre_l0.x, one.centre_l0.y - other.centre_l0.y)
    return 1 / SAME_ZOOM < zoom < SAME_ZOOM and apart_l0 < SAME_PLACE_VIEW * one.width_view * one.downsample
