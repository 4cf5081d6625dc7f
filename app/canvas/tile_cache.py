"""Display tiles kept in memory, the least recently used dropped first, never more than a budget of bytes."""

from __future__ import annotations

import os
from collections import OrderedDict

from PySide6.QtGui import QImage

from app.canvas.display_pyramid import TileKey

GIB = 1 << 30


def default_budget_bytes() -> int:
    """An eighth of the machine's memory, at most 512 MiB: five hundred tiles, some ten screens full.

    The whole program stays below 1 GB with it. Where the system does not tell its memory (Windows has no sysconf)
    it is that much as well.
    """
    if not hasattr(os, "sysconf"):
        return GIB // 2
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(memory_bytes // 8, GIB // 2)


class TileCache:
    """Images by tile key within a budget; used from the GUI thread only.

    Invariant, kept by `put` alone: `size_bytes` is the sum of the kept images and at most `budget_bytes`; a
    pinned image stays until `clear`. Pinned images take at most half the budget; a pin beyond that is an
    ordinary image.
    """

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self._images: OrderedDict[TileKey, QImage] = OrderedDict()
        self._pinned: dict[TileKey, QImage] = {}
        self._bytes = 0
        self._pinned_bytes = 0

    @property
    def size_bytes(self) -> int:
        """Bytes of all kept images."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._images) + len(self._pinned)

    def __contains__(self, key: TileKey) -> bool:
        return key in self._images or key in self._pinned

    def get(self, key: TileKey) -> QImage | None:
        """The image of a tile, which counts as its latest use, or None."""
        pinned = self._pinned.get(key)
        if pinned is not None:
            return pinned
        image = self._images.get(key)
        if image is not None:
            self._images.move_to_end(key)
        return image

    def put(self, key: TileKey, image: QImage, *, pinned: bool = False) -> bool:
        """Keeps an image, dropping the least recently used ones; False if it cannot fit at all."""
        self._forget(key)
        size = image.sizeInBytes()
        if size > self.budget_bytes - self._pinned_bytes:
            return False
        while self._bytes + size > self.budget_bytes:
            self._bytes -= self._images.popitem(last=False)[1].sizeInBytes()
        if pinned and self._pinned_bytes + size <= self.budget_bytes // 2:
            self._pinned[key] = image
            self._pinned_bytes += size
        else:
            self._images[key] = image
        self._bytes += size
        return True

    def clear(self) -> None:
        """Drops everything, pinned images too."""
        self._images.clear()
        self._pinned.clear()
        self._bytes = self._pinned_bytes = 0

    def _forget(self, key: TileKey) -> None:
        image = self._images.pop(key, None)
        if image is not None:
            self._bytes -= image.sizeInBytes()
        pinned = self._pinned.pop(key, None)
        if pinned is not None:
            self._bytes -= pinned.sizeInBytes()
            self._pinned_bytes -= pinned.sizeInBytes()
