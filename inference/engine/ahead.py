"""Tiles read before they are computed and computed before they are looked at, so that no core waits for another."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from inference.engine.cancel import CancelToken
from inference.engine.focus import Focus, nearest_first
from inference.engine.tile_reading import Plane, TileInput, read_tile
from inference.errors import EquiscopeError
from inference.slides.grid import Tile, TileGrid

SHORT_TURN = 2e-4
"""Seconds after which a thread that computes in Python lets another one in. With Python's own 5 ms the device waits for
its next tile while another is resampled: up to a tenth of a scan on two cores."""
READERS = 2
"""Threads that read ahead: decoding one tile takes less time than predicting it on two cores."""

Made = TypeVar("Made")

Result = TypeVar("Result")

PartOf = Callable[[Tile], tuple[slice, slice]]
"""The rows and columns of a tile that are computed."""


def read_ahead(
    plane: Plane, grid: TileGrid, todo: Sequence[Tile], focus: Focus, part_of: PartOf, *, size: int, most: int
) -> Iterator[list[TileInput]]:
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
) -> Iterator[tuple[list[TileInput], Future[Result]]]:
    """Each batch with what `compute` makes of it, in order; while one is looked at, the next `calls` are computed.

    Where reading fails, what was read before is computed and given out first, then the error is raised.

    Args:
        cancel: once pulled, no batch is begun any more, and those begun are given out.
    """
    cancel = cancel or CancelToken()
    ahead: deque[tuple[list[TileInput], Future[Result]]] = deque()
    failure: EquiscopeError | None = None
    with _short_turns(), ThreadPoolExecutor(calls, thread_name_prefix="predictor") as pool:
        try:
            try:
                for batch in batches:
                    if cancel.cancelled:
                        break
                    ahead.append((batch, pool.submit(compute, batch)))
                    if len(ahead) > calls:
                        yield ahead.popleft()
            except EquiscopeError as error:
                failure = error
            while ahead:
                if cancel.cancelled:
                    ahead = deque(pair for pair in ahead if not pair[1].cancel())
                if ahead:
                    yield ahead.popleft()
            if failure is not None:
                raise failure
        finally:
            for _, future in ahead:
                future.cancel()


@contextmanager
def _short_turns() -> Iterator[None]:
    """Python's threads take short turns in here."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SHORT_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


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
