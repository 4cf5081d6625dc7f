"""A core is left to a view that moves, and what is on show is not pushed out by what is read ahead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.canvas import tile_supply
from app.canvas.display_pyramid import TILE, TileKey
from app.canvas.tile_supply import MIN_BUDGET_BYTES, TILE_BYTES, TileSupply
from app.state.viewport import Viewport
from inference.slides.frames import PointL0
from tests.app.canvas.test_tile_loader import wait_for_reads
from tests.support.fake_slide import FakeSlide

VIEWPORT = Viewport(PointL0(1024, 1024), 1.0, 900, 900, 1.0)
"""Shows four tiles of the finest level."""


@pytest.fixture
def slide() -> Iterator[FakeSlide]:
    slide = FakeSlide()
    yield slide
    slide.gate.set()


@pytest.fixture
def supply(qtbot: QtBot, slide: FakeSlide) -> Iterator[TileSupply]:
    supply = TileSupply(budget_bytes=MIN_BUDGET_BYTES, threads=2)
    supply.set_slide(slide)
    yield supply
    slide.gate.set()
    assert supply.stop()


def test_while_the_view_moves_fewer_read_and_at_rest_all_do(
    qtbot: QtBot, slide: FakeSlide, supply: TileSupply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_supply, "MOVING_READERS", 1)
    slide.gate.clear()
    supply.want(VIEWPORT, moving=True)
    wait_for_reads(slide, 1)
    qtbot.wait(30)
    assert slide.reading == 1
    supply.want(VIEWPORT)
    wait_for_reads(slide, 2)
    slide.gate.set()
    qtbot.waitUntil(lambda: supply.is_complete(VIEWPORT))
    assert len(set(slide.reads)) == len(slide.reads), "none is read twice"


def test_one_reader_alone_brings_all_that_a_moving_view_wants(
    qtbot: QtBot, supply: TileSupply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_supply, "MOVING_READERS", 1)
    supply.want(VIEWPORT, moving=True)
    qtbot.waitUntil(lambda: supply.is_complete(VIEWPORT))


def test_what_is_on_show_counts_as_used_whenever_it_is_wanted(qtbot: QtBot, supply: TileSupply) -> None:
    supply.want(VIEWPORT)
    qtbot.waitUntil(lambda: supply.is_complete(VIEWPORT))
    room = supply.cache.budget_bytes // TILE_BYTES - len(supply.cache)
    for number in range(room):
        assert supply.cache.put(TileKey(0, 100 + number, 0), QImage(TILE, TILE, QImage.Format.Format_RGB32))
    assert supply.is_complete(VIEWPORT)
    supply.want(VIEWPORT)
    for number in range(room):
        assert supply.cache.put(TileKey(0, 100 + number, 1), QImage(TILE, TILE, QImage.Format.Format_RGB32))
        assert supply.is_complete(VIEWPORT)
