"""The tiles of the slide on show: asks the readers for what a view lacks and keeps what they bring."""

from __future__ import annotations

import os
from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QImage

from app.canvas.adjustment import Adjustment, adjusted
from app.canvas.display_pyramid import (
    TILE,
    DisplayLevel,
    TileKey,
    all_tiles,
    display_levels,
    level_within,
    ring_around,
    tile_region_l0,
    tiles_covering,
)
from app.canvas.paint_slide import TileSource
from app.canvas.storage_watch import StorageWatch, WatchedSlide
from app.canvas.tile_cache import TileCache, default_budget_bytes
from app.canvas.tile_loader import READER_THREADS, LoadedTile, TileLoader
from app.state.viewport import Viewport
from inference.slides.colour_profile import ToSrgb
from inference.slides.frames import PointL0
from inference.slides.slide import Slide

TILE_BYTES = TILE * TILE * 4
"""Bytes of a whole tile as RGB32."""
MOVING_READERS = max(1, (os.cpu_count() or 1) - 1)
"""At most so many read while the view moves: a core is left to its frames."""
ADJUSTED_PART = 4
"""A quarter of the memory is for tiles with their colours changed."""
MIN_BUDGET_BYTES = 24 * TILE_BYTES
"""The least cache that still holds a view's tiles, however coarse, and the overview."""


class TileSupply(QObject):
    """Cache and readers of one slide after the other; lives on the GUI thread and never waits.

    Signals:
        tileArrived: a `RegionL0` that can now be painted better.
        overviewArrived: every tile of the coarsest level is there.
        slideReleased: a slide whose readers are all done; its owner may close it.
        storageChanged: the `StorageState` of the slide on show.
    """

    tileArrived = Signal(object)
    overviewArrived = Signal()
    slideReleased = Signal(object)
    storageChanged = Signal(object)

    def __init__(self, *, budget_bytes: int | None = None, threads: int = READER_THREADS) -> None:
        super().__init__()
        budget = default_budget_bytes() if budget_bytes is None else budget_bytes
        if budget < MIN_BUDGET_BYTES:
            raise ValueError(f"a tile cache needs at least {MIN_BUDGET_BYTES} bytes, not {budget}")
        self.cache = TileCache(budget - budget // ADJUSTED_PART)
        self._adjustment = Adjustment()
        self._adjusted = TileCache(budget // ADJUSTED_PART)
        self.levels: tuple[DisplayLevel, ...] = ()
        self.unreadable: dict[TileKey, str] = {}
        """Tiles that cannot be read, with the reason."""
        self._threads = threads
        self._applies_profile = True
        self._to_srgb: ToSrgb | None = None
        """For the slide on show, whether it is applied or not."""
        self._loader: TileLoader | None = None
        self._retired: set[TileLoader] = set()
        self._viewport: Viewport | None = None
        self._gone: set[TileKey] = set()
        """Those of the unreadable that failed because the whole slide was out of reach: tried again."""
        self._storage = StorageWatch()
        self._storage.changed.connect(self.storageChanged)
        self._storage.retryDue.connect(self._try_again)
        self._overview: list[TileKey] = []

    def set_slide(self, slide: Slide | None) -> None:
        """Takes an open slide (or none) and lets the one before go; `slideReleased` follows for that one."""
        if self._loader is not None:
            self._retired.add(self._loader)
            self._loader.retire()
        self.cache.clear()
        self._adjusted.clear()
        self.unreadable = {}
        self._gone = set()
        self._viewport = None
        self.levels = display_levels(slide.info.levels) if slide is not None else ()
        self._overview = self._overview_tiles()
        self._loader = None
        watched = WatchedSlide(slide) if slide is not None else None
        self._storage.set_slide(watched)
        profile = slide.info.colour_profile if slide is not None else None
        self._to_srgb = ToSrgb(profile) if profile is not None and profile.changes_colours else None
        if watched is not None:
            self._loader = TileLoader(
                watched,
                self.levels,
                threads=self._threads,
                to_srgb=self._to_srgb if self._applies_profile else None,
            )
            self._loader.tileLoaded.connect(self._on_tile_loaded)
            self._loader.finished.connect(self._on_loader_finished)

    def set_profile_applied(self, applied: bool) -> None:
        """Whether the slide's colour profile is applied; tiles in the other colours are forgotten and wanted anew."""
        self._applies_profile = applied
        if self._loader is None or self._to_srgb is None:
            return
        self._loader.set_to_srgb(self._to_srgb if applied else None)
        self.cache.clear()
        self._adjusted.clear()
        if self._viewport is not None:
            self.want(self._viewport)

    @property
    def source(self) -> TileSource:
        """The tiles at hand, for the painters."""
        image_of = self.cache.get if self._adjustment.is_neutral else self._adjusted_image
        return TileSource(self.levels, image_of, self.unreadable)

    @property
    def plain_source(self) -> TileSource:
        """The tiles at hand without the user's change of colours, for pictures that stay."""
        return TileSource(self.levels, self.cache.get, self.unreadable)

    def set_adjustment(self, adjustment: Adjustment) -> None:
        """How the colours of tiles are changed as they are painted; nothing is read anew."""
        if adjustment != self._adjustment:
            self._adjustment = adjustment
            self._adjusted.clear()

    def colour_at(self, point_l0: PointL0, viewport: Viewport) -> QColor | None:
        """The colour, not adjusted, at a place in the tile that a viewport shows there; None while it is not read."""
        if not self.levels:
            return None
        index = self.level_for(viewport)
        level = self.levels[index]
        x, y = int(point_l0.x / level.downsample_x), int(point_l0.y / level.downsample_y)
        image = self.cache.get(TileKey(index, x // TILE, y // TILE))
        if image is None or not image.valid(x % TILE, y % TILE):
            return None
        return image.pixelColor(x % TILE, y % TILE)

    def level_for(self, viewport: Viewport) -> int:
        """The display level to paint a viewport from: sharp, and small enough to fit half the cache."""
        return level_within(
            self.levels,
            viewport.region_l0,
            downsample_device=viewport.downsample_device,
            max_tiles=max(1, self.cache.budget_bytes // 2 // TILE_BYTES),
        )

    def want(self, viewport: Viewport, *, ahead: bool = False, moving: bool = False) -> None:
        """Asks for what a viewport lacks: the overview, the nearest tiles, then (`ahead`) coarser ones and a ring.

        Args:
            moving: the view is on its way, so that a core is left to its frames.
        """
        if self._loader is None:
            return
        self._viewport = viewport
        region_l0, level = viewport.region_l0, self.level_for(viewport)
        keys = self._overview + tiles_covering(self.levels, region_l0, level=level)
        if ahead and (len(keys) + 1) * TILE_BYTES <= self.cache.budget_bytes // 2:
            # The coarser level is what zooming out shows next, and what a frame in a hurry is painted from.
            if level + 1 < len(self.levels):
                keys += tiles_covering(self.levels, region_l0, level=level + 1)
            keys += ring_around(self.levels, region_l0, level=level)
        # The nearest are used last, so that what is read ahead pushes out none of those on show.
        lacking = [
            key for key in reversed(keys) if self.cache.get(key) is None and key not in self.unreadable
        ]
        self._loader.want(lacking[::-1], most_readers=MOVING_READERS if moving else None)

    def is_known(self, key: TileKey) -> bool:
        """Whether a tile is in the cache or cannot be read."""
        return key in self.cache or key in self.unreadable

    def is_complete(self, viewport: Viewport) -> bool:
        """Whether every tile that a viewport shows is known, and the overview too."""
        shown = (
            tiles_covering(self.levels, viewport.region_l0, level=self.level_for(viewport))
            if self.levels
            else []
        )
        return self._all_known(shown) and self._all_known(self._overview)

    def stop(self) -> bool:
        """Ends and joins all readers; False if one still hangs in a read. For the end of the program."""
        loaders = [*self._retired, *([self._loader] if self._loader is not None else [])]
        self._loader = None
        self._storage.set_slide(None)
        for loader in loaders:
            loader.retire()
        ended = [loader.stop() for loader in loaders]
        return all(ended)

    def _adjusted_image(self, key: TileKey) -> QImage | None:
        """A tile with its colours changed: 2 ms the first time, kept afterwards."""
        made = self._adjusted.get(key)
        if made is None and (image := self.cache.get(key)) is not None:
            made = adjusted(image, self._adjustment)
            self._adjusted.put(key, made)
        return made

    def _all_known(self, keys: Iterable[TileKey]) -> bool:
        return all(self.is_known(key) for key in keys)

    def _overview_tiles(self) -> list[TileKey]:
        """The coarsest level's tiles, unless they would take more than a quarter of the cache."""
        if not self.levels:
            return []
        tiles = self.levels[-1].columns * self.levels[-1].rows
        if tiles * TILE_BYTES > self.cache.budget_bytes // 4:
            return []
        return all_tiles(self.levels, level=len(self.levels) - 1)

    def _on_tile_loaded(self, tile: LoadedTile) -> None:
        coarsest = tile.key.level == len(self.levels) - 1
        if tile.image is None:
            self.unreadable[tile.key] = tile.reason
        else:
            self.unreadable.pop(tile.key, None)
            self.cache.put(tile.key, tile.image, pinned=coarsest)
        if tile.is_gone:
            self._gone.add(tile.key)
            self._storage.note_gone()
        elif self._gone:
            self._come_back()
        self.tileArrived.emit(tile_region_l0(self.levels[tile.key.level], tile.key))
        if coarsest and self._overview and self._all_known(self._overview):
            self.overviewArrived.emit()

    def _on_loader_finished(self, loader: TileLoader) -> None:
        self._retired.discard(loader)
        slide = loader.slide
        self.slideReleased.emit(slide.slide if isinstance(slide, WatchedSlide) else slide)

    def _try_again(self) -> None:
        """Reads one of the tiles that failed: a drive that is still away is asked for no more than that."""
        if self._loader is not None and self._gone:
            self._loader.want([next(iter(self._gone))])

    def _come_back(self) -> None:
        """The slide can be read again: every tile that failed meanwhile is wanted anew."""
        lost, self._gone = self._gone, set()
        for key in lost:
            self.unreadable.pop(key, None)
        self._storage.note_back()
        if self._viewport is not None:
            self.want(self._viewport)
        for key in lost:
            self.tileArrived.emit(tile_region_l0(self.levels[key.level], key))
