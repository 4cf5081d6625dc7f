"""Tiles read before they are computed and computed before they are looked at, so that no core waits for another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from inference.engine.focus import Focus, nearest_first
from inference.engine.tile_reading import Plane, TileInput, read_tile
from inference.errors import EquiscopeError
from inference.slides.grid import Tile, TileGrid
from inference.slides.slide import RgbImage

READERS = 2
"""Threads that read ahead: decoding one tile takes less time than predicting it on two cores."""

Made = TypeVar("Made")

Scored = list[NDArray[np.float32]]
"""The probabilities of a batch, tile by tile."""


PartOf = Callable[[Tile], tuple[slice, slice]]
"""The rows and columns of a tile that are computed."""


def read_ahead(
    plane: Plane, grid: TileGrid, todo: Sequence[Tile], focus: Focus, part_of: PartOf, *, size: int
) -> Iterator[list[TileInput]]:
    """Batches of `size` tile inputs, those looked at first, also where that changes meanwhile.

    Raises what reading raises where a tile is not merely unreadable: SlideGoneError.
    """
    looked_at = focus.region_l0
    left = deque(nearest_first(todo, grid, looked_at))
    waiting: deque[tuple[Tile, Future[TileInput]]] = deque()
    with ThreadPoolExecutor(READERS, thread_name_prefix="tile-reader") as pool:
        try:
            while True:
                if (region_l0 := focus.region_l0) != looked_at:
                    looked_at = region_l0
                    # What no thread has begun to read may wait.
                    put_back = [tile for tile, future in waiting if future.cancel()]
                    waiting = deque(pair for pair in waiting if not pair[1].cancelled())
                    left = deque(nearest_first([*put_back, *left], grid, looked_at))
                while left and len(waiting) < 2 * size:
                    tile = left.popleft()
                    waiting.append((tile, pool.submit(read_tile, plane, grid, tile, part_of(tile))))
                if not waiting:
                    return
                yield [waiting.popleft()[1].result() for _ in range(min(size, len(waiting)))]
        finally:
            for _, future in waiting:
                future.cancel()


def computed_ahead(
    batches: Iterable[list[TileInput]], predict: Callable[[Sequence[RgbImage]], Scored], *, calls: int
) -> Iterator[tuple[list[TileInput], Future[Scored]]]:
    """Each batch with what `predict` makes of it, in order; while one is looked at, the next `calls` are computed.

    Where reading fails, what was read before is computed and given out first, then the error is raised.
    """
    ahead: deque[tuple[list[TileInput], Future[Scored]]] = deque()
    failure: EquiscopeError | None = None
    with ThreadPoolExecutor(calls, thread_name_prefix="predictor") as pool:
        try:
            try:
                for batch in batches:
                    ahead.append((batch, pool.submit(predict, [item.image for item in batch])))
                    if len(ahead) > calls:
                        yield ahead.popleft()
            except EquiscopeError as error:
                failure = error
            while ahead:
                yield ahead.popleft()
            if failure is not None:
                raise failure
        finally:
            for _, future in ahead:
                future.cancel()


def made_ahead(makers: Iterable[Callable[[], Made]], *, size: int) -> Generator[Made, None, None]:
    """What each maker makes, in order; while one is used, the next `size` are made on other threads."""
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(READERS, thread_name_prefix="picture-maker") as pool:
        try:
            for maker in makers:
                waiting.append(pool.submit(maker))
                if len(waiting) > size:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
