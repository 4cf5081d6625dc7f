"""A new want-list replaces the old one, bad tiles are said, threads end before their slide is let go."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.canvas.display_pyramid import TileKey, display_levels
from app.canvas.tile_loader import LoadedTile, TileLoader
from inference.slides.slide import RgbImage
from tests.support.fake_slide import FakeSlide


def reader_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("tile-reader")]


@pytest.fixture
def slide() -> Iterator[FakeSlide]:
    slide = FakeSlide()
    yield slide
    slide.gate.set()


def wait_for_reads(slide: FakeSlide, count: int) -> None:
    until = time.monotonic() + 5
    while len(slide.reads) < count:
        assert time.monotonic() < until, f"{len(slide.reads)} reads instead of {count}"
        time.sleep(0.002)


def test_a_new_list_replaces_the_old_one(qtbot: QtBot, slide: FakeSlide) -> None:
    loader = TileLoader(slide, display_levels(slide.info.levels), threads=2)
    loaded: list[TileKey] = []
    loader.tileLoaded.connect(lambda tile: loaded.append(tile.key))
    old = [TileKey(0, column, row) for row in range(5) for column in range(7)]
    new = [TileKey(2, 0, 0), TileKey(2, 1, 0), old[1]]
    slide.gate.clear()
    loader.want(old)
    wait_for_reads(slide, 2)
    loader.want(new)
    slide.gate.set()
    qtbot.waitUntil(lambda: loader.is_idle)
    # The two reads under way end; of the other old ones none was begun, and none was read twice.
    assert sorted(loaded) == sorted([old[0], old[1], *new[:2]])
    assert len(slide.reads) == 4
    assert loader.stop()


def test_tiles_come_in_the_order_of_the_list(qtbot: QtBot, slide: FakeSlide) -> None:
    loader = TileLoader(slide, display_levels(slide.info.levels), threads=1)
    keys = [TileKey(0, 3, 3), TileKey(3, 0, 0), TileKey(0, 0, 0)]
    loaded: list[TileKey] = []
    loader.tileLoaded.connect(lambda tile: loaded.append(tile.key))
    loader.want(keys)
    qtbot.waitUntil(lambda: len(loaded) == 3)
    assert loaded == keys
    assert loader.stop()


def test_a_tile_wanted_again_before_it_was_delivered_is_not_read_twice(
    qtbot: QtBot, slide: FakeSlide
) -> None:
    loader = TileLoader(slide, display_levels(slide.info.levels), threads=1)
    key = TileKey(0, 0, 0)
    loader.want([key])
    wait_for_reads(slide, 1)
    time.sleep(0.05)  # read, but this thread's events have not run yet
    loader.want([key])
    qtbot.waitUntil(lambda: loader.is_idle)
    assert len(slide.reads) == 1
    assert loader.stop()


def test_an_unreadable_tile_is_said_and_the_next_is_read(qtbot: QtBot, slide: FakeSlide) -> None:
    slide.unreadable.add((0, 512, 0))
    loader = TileLoader(slide, display_levels(slide.info.levels), threads=2)
    results: dict[TileKey, LoadedTile] = {}
    loader.tileLoaded.connect(lambda tile: results.__setitem__(tile.key, tile))
    loader.want([TileKey(0, 1, 0), TileKey(0, 0, 0)])
    qtbot.waitUntil(lambda: len(results) == 2)
    assert results[TileKey(0, 1, 0)].image is None
    assert "cannot be decoded" in results[TileKey(0, 1, 0)].reason
    good = results[TileKey(0, 0, 0)].image
    assert good is not None and good.width() == 512
    assert loader.stop()


def test_a_mistake_in_one_tile_does_not_end_its_reader(
    qtbot: QtBot, slide: FakeSlide, caplog: pytest.LogCaptureFixture
) -> None:
    paint, loaded = slide.paint, list[LoadedTile]()

    def mistaken_once(x_l0: np.ndarray, y_l0: np.ndarray) -> RgbImage:
        slide.paint = paint
        raise ZeroDivisionError

    slide.paint = mistaken_once
    loader = TileLoader(slide, display_levels(slide.info.levels), threads=1)
    loader.tileLoaded.connect(loaded.append)
    keys = [TileKey(0, 0, 0), TileKey(0, 1, 0)]
    loader.want(keys)
    qtbot.waitUntil(lambda: len(loaded) == 2, timeout=5000)
    assert loader.is_idle
    assert loader.stop()
    assert [(tile.key, tile.image is None) for tile in loaded] == [(keys[0], True), (keys[1], False)]
    assert "could not be made" in caplog.text


def test_stop_joins_the_threads(qtbot: QtBot, slide: FakeSlide) -> None:
    loader = TileLoader(slide, display_levels(slide.info.levels), threads=3)
    assert len(reader_threads()) == 3
    loader.want([TileKey(0, 0, 0)])
    assert loader.stop()
    assert not reader_threads()
    slide.close()


def test_retiring_does_not_wait_and_finishes_after_the_last_read(qtbot: QtBot, slide: FakeSlide) -> None:
    loader = TileLoader(slide, display_levels(slide.info.levels), threads=2)
    finished: list[object] = []
    loader.finished.connect(finished.append)
    loader.tileLoaded.connect(lambda _tile: pytest.fail("a retired loader delivered a tile"))
    slide.gate.clear()
    loader.want([TileKey(0, 0, 0), TileKey(0, 1, 0)])
    wait_for_reads(slide, 2)
    began = time.monotonic()
    loader.retire()
    assert time.monotonic() - began < 0.5
    qtbot.wait(30)
    assert finished == []
    slide.gate.set()
    qtbot.waitUntil(lambda: finished == [loader])
    slide.close()
