"""The cache never exceeds its budget, keeps what was used last and never drops a pinned tile."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QImage

from app.canvas.display_pyramid import TileKey
from app.canvas.tile_cache import GIB, TileCache, default_budget_bytes


def image(side: int) -> QImage:
    return QImage(side, side, QImage.Format.Format_RGB32)


steps = st.lists(
    st.tuples(st.sampled_from(["put", "pin", "get"]), st.integers(0, 12), st.sampled_from([8, 16, 32, 64])),
    max_size=60,
)


@given(steps)
def test_the_budget_holds_whatever_is_done(steps: list[tuple[str, int, int]]) -> None:
    cache = TileCache(budget_bytes=20_000)
    pinned: dict[TileKey, int] = {}
    for what, number, side in steps:
        key = TileKey(0, number, 0)
        if what == "get":
            cache.get(key)
            continue
        fits = cache.put(key, image(side), pinned=what == "pin")
        pinned.pop(key, None)
        if what == "pin" and fits and sum(pinned.values()) + side * side * 4 <= 10_000:
            pinned[key] = side * side * 4
        kept = [cache.get(TileKey(0, n, 0)) for n in range(13)]
        assert cache.size_bytes == sum(each.sizeInBytes() for each in kept if each is not None)
        assert cache.size_bytes <= 20_000
        assert (key in cache) == fits
        assert all(each in cache for each in pinned)


def test_the_least_recently_used_goes_first() -> None:
    cache = TileCache(budget_bytes=3 * 1024)
    keys = [TileKey(0, column, 0) for column in range(4)]
    for key in keys[:3]:
        cache.put(key, image(16))
    cache.get(keys[0])
    cache.put(keys[3], image(16))
    assert [key in cache for key in keys] == [True, False, True, True]


def test_clear_drops_pinned_tiles_too() -> None:
    cache = TileCache(budget_bytes=10_000)
    cache.put(TileKey(0, 0, 0), image(16), pinned=True)
    cache.clear()
    assert len(cache) == 0 and cache.size_bytes == 0


def test_the_default_budget_is_bounded() -> None:
    assert 0 < default_budget_bytes() <= GIB
