"""Another view's tiles, for a second view of the same slide: nothing is read, kept or asked for twice."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor

from app.canvas.adjustment import Adjustment
from app.canvas.display_pyramid import TileKey
from app.canvas.paint_slide import TileSource
from app.canvas.tile_supply import TileSupply
from app.state.viewport import Viewport
from inference.slides.frames import PointL0
from inference.slides.slide import Slide


class SharedTiles(QObject):
    """Stands where a `TileSupply` would: looks into the owner's, and leaves slide, wishes and colours to the owner.

    It serves a view that shows the same place as the owner's, whose wishes are the same.

    Signals:
        tileArrived: as the owner's. The others are never emitted: the owner's view answers them.
    """

    tileArrived = Signal(object)
    overviewArrived = Signal()
    slideReleased = Signal(object)
    storageChanged = Signal(object)

    def __init__(self, owner: TileSupply | SharedTiles) -> None:
        super().__init__()
        self._owner = owner
        owner.tileArrived.connect(self.tileArrived)

    @property
    def unreadable(self) -> Mapping[TileKey, str]:
        """Tiles that cannot be read, with the reason."""
        return self._owner.unreadable

    @property
    def source(self) -> TileSource:
        """The tiles at hand, for the painters."""
        return self._owner.source

    @property
    def plain_source(self) -> TileSource:
        """The tiles at hand without the user's change of colours."""
        return self._owner.plain_source

    def level_for(self, viewport: Viewport) -> int:
        """The display level to paint a viewport from."""
        return self._owner.level_for(viewport)

    def is_complete(self, viewport: Viewport) -> bool:
        """Whether every tile that a viewport shows is known."""
        return self._owner.is_complete(viewport)

    def colour_at(self, point_l0: PointL0, viewport: Viewport) -> QColor | None:
        """The colour at a place; None while it is not read."""
        return self._owner.colour_at(point_l0, viewport)

    def set_slide(self, slide: Slide | None) -> None:
        """The owner has it already."""

    def set_profile_applied(self, applied: bool) -> None:
        """The owner's choice holds."""

    def set_adjustment(self, adjustment: Adjustment) -> None:
        """The owner's choice holds."""

    def want(self, viewport: Viewport, *, ahead: bool = False, moving: bool = False) -> None:
        """The owner's view wants the same."""

    def stop(self) -> bool:
        """There is nothing to end."""
        return True
