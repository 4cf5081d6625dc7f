"""What the user looks at while a scan runs: the cells there are computed first, then outward."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence

from inference.slides.frames import RegionL0
from inference.slides.grid import Tile, TileGrid


class Focus:
    """The region looked at last; set by the thread that listens, read by the one that computes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._region_l0: RegionL0 | None = None
        self._since = 0.0

    @property
    def look(self) -> tuple[RegionL0, float] | None:
        """The region and when it was told (`time.monotonic`), None while nobody looks."""
        with self._lock:
            return None if self._region_l0 is None else (self._region_l0, self._since)

    @property
    def region_l0(self) -> RegionL0 | None:
        """The region, None while nobody looks."""
        with self._lock:
            return self._region_l0

    def look_at(self, region_l0: RegionL0) -> None:
        """Another region is looked at from now on."""
        with self._lock:
            self._region_l0, self._since = region_l0, time.monotonic()


def nearest_first(tiles: Sequence[Tile], grid: TileGrid, region_l0: RegionL0 | None) -> list[Tile]:
    """Tiles that meet the region first, from its middle outward, then the others by their distance from it.

    Without a region in reading order.
    """
    if region_l0 is None:
        return sorted(tiles, key=lambda tile: (tile.row, tile.column))
    middle_x, middle_y = region_l0.x + region_l0.width / 2, region_l0.y + region_l0.height / 2

    def key(tile: Tile) -> tuple[float, float, int, int]:
        left, top = tile.column * grid.stride_x_l0, tile.row * grid.stride_y_l0
        right, bottom = left + tile.columns * grid.stride_x_l0, top + tile.rows * grid.stride_y_l0
        gap_x = max(0.0, region_l0.x - right, left - region_l0.x - region_l0.width)
        gap_y = max(0.0, region_l0.y - bottom, top - region_l0.y - region_l0.height)
        from_middle = math.hypot((left + right) / 2 - middle_x, (top + bottom) / 2 - middle_y)
        return math.hypot(gap_x, gap_y), from_middle, tile.row, tile.column

    return sorted(tiles, key=key)
