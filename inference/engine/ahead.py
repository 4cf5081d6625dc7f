"""Tiles read before they are computed and computed before they are looked at, so that no core waits for another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from inference.engine.cancel import CancelToken
from inference.engine.focus import Focus, nearest_first
from inference.engine.tile_reading import Plane, TileInput, read_tile
from inference.errors import EquiscopeError
from inference.slides.grid import Tile, TileGrid

READERS = 2
"""Threads that read ahead: decoding one tile takes less time than predicting it on two cores."""

Made = TypeVar("Made")

Result = TypeVar("Result")

PartOf = Callable[[Tile], tuple[slice, slice]]
"""The rows and columns of a tile that are computed."""


def read_ahead(
    plane: Plane, grid: TileGrid, todo: Sequence[Tile], focus: Focus, part_of: PartOf, *, size: int, most: int
) -> Generator[list[TileInput], None, None]:
    """Batches of `size` tile inputs, those looked at first, also where that changes meanwhile.

    Args:
        most: tiles read and not yet given out.

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
                while left and len(waiting) < most:
                    tile = left.popleft()
                    waiting.append((tile, pool.submit(read_tile, plane, grid, tile, part_of(tile))))
                if not waiting:
                    return
                yield [waiting.popleft()[1].result() for _ in range(min(size, len(waiting)))]
        finally:
            for _, future in waiting:
                future.cancel()


def computed_ahead(
    batches: Iterable[list[TileInput]],
    compute: Callable[[list[TileInput]], Result],
    *,
    calls: int,
    cancel: CancelToken | None = None,
) -> Generator[tuple[list[TileInput], Result], None, None]:
    """Each batch with what `compute` makes of it, in order; while one is looked at, the next `calls` are computed.

    Where reading or computing fails, what was read before is computed and given out first, except for what fails too,
    then the first error is raised.

    Args:
        cancel: once pulled, no batch is handed over any more; those begun are given out, and one that waits may
            still begin.
    """
    cancel = cancel or CancelToken()
    ahead: deque[tuple[list[TileInput], Future[Result]]] = deque()
    failure: BaseException | None = None
    with ThreadPoolExecutor(calls, thread_name_prefix="predictor") as pool:
        try:
            try:
                for batch in batches:
                    if cancel.cancelled:
                        break
                    ahead.append((batch, pool.submit(compute, batch)))
                    if len(ahead) > calls:
                        oldest, future = ahead.popleft()
                        if (failure := future.exception()) is not None:
                            break
                        yield oldest, future.result()
            except EquiscopeError as error:
                failure = error
            while ahead:
                if cancel.cancelled:
                    ahead = deque(pair for pair in ahead if not pair[1].cancel())
                    if not ahead:
                        break
                oldest, future = ahead.popleft()
                if (error_here := future.exception()) is None:
                    yield oldest, future.result()
                failure = failure or error_here
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
