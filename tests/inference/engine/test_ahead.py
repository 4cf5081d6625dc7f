"""Tiles computed ahead keep their order, overlap with what is done to them, and survive a slide that vanishes."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from inference.engine.ahead import computed_ahead
from inference.engine.tile_reading import TileInput
from inference.errors import CaseFileError, SlideGoneError
from inference.slides.grid import Tile


def batch(number: int) -> list[TileInput]:
    image = np.full((96, 96, 3), number, np.uint8)
    return [TileInput(Tile(0, number, 1, 1), image, np.ones((1, 1), bool), (slice(0, 1), slice(0, 1)))]


def first_value(tiles: list[TileInput]) -> list[float]:
    return [float(item.image[0, 0, 0]) for item in tiles]


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_every_batch_comes_once_in_order_with_its_own_result(calls: int) -> None:
    found = [
        (tiles[0].tile.column, values[0])
        for tiles, values in computed_ahead(map(batch, range(7)), first_value, calls=calls)
    ]
    assert found == [(number, float(number)) for number in range(7)]


def test_the_next_batches_are_computed_while_one_is_looked_at() -> None:
    begun = [threading.Event() for _ in range(4)]

    def compute(tiles: list[TileInput]) -> list[float]:
        begun[tiles[0].tile.column].set()
        return first_value(tiles)

    results = computed_ahead(map(batch, range(4)), compute, calls=2)
    tiles, _ = next(results)
    assert tiles[0].tile.column == 0
    assert begun[1].wait(10) and begun[2].wait(10)
    assert not begun[3].is_set()


def test_what_was_read_before_the_slide_vanished_is_given_out_first() -> None:
    def vanishing() -> Iterator[list[TileInput]]:
        yield batch(0)
        yield batch(1)
        raise SlideGoneError("The slide can no longer be read", where="slide.tif")

    seen: list[int] = []
    with pytest.raises(SlideGoneError):
        for tiles, _ in computed_ahead(vanishing(), first_value, calls=3):
            seen.append(tiles[0].tile.column)
    assert seen == [0, 1]


def test_what_was_computed_beside_a_failure_is_given_out_before_it_is_raised() -> None:
    others = threading.Barrier(3)

    def compute(tiles: list[TileInput]) -> list[float]:
        others.wait(10)
        if tiles[0].tile.column == 0:
            raise CaseFileError("The disk is full", where="s.case", advice="Make room")
        return first_value(tiles)

    seen: list[float] = []
    with pytest.raises(CaseFileError):
        for _, values in computed_ahead(map(batch, range(3)), compute, calls=3):
            seen += values
    assert seen == [1, 2]
