"""Rotation stability of a whole slide: each tissue cell's mean and standard deviation over a few turns, by blocks.

Blocks of cells are turned as a region is, so a cell's figures are those that a region of just its block would give;
a cell for which some turn sees beyond the slide's edge has none. A block is kept in the case file when all its turns
are done, and an interrupted computation goes on with the next one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial

import numpy as np

from inference.engine.ahead import made_ahead
from inference.engine.cancel import CancelToken
from inference.engine.focus import Focus, nearest_first
from inference.engine.messages import ScanProgress, ScanRequest, ScanStage
from inference.engine.predictor import at_a_time
from inference.engine.scan import Models, Work, opened_case, prepare, scan_settings
from inference.engine.slide_stability_messages import (
    SlideStabilityBlock,
    SlideStabilityCancelled,
    SlideStabilityDone,
    SlideStabilityEvent,
    SlideStabilityRequest,
    SlideStabilityStarted,
)
from inference.engine.stability import require_turns
from inference.engine.tile_reading import Plane
from inference.engine.turned_block import OVERSAMPLING, TurnedBlock
from inference.results import stability_store
from inference.results.case_records import RunState
from inference.results.stability import RunningMoments, turn_angle
from inference.results.stability_store import StabilityBlock
from inference.slides.grid import Tile
from inference.slides.plane import ModelPlane
from inference.slides.slide import RgbImage

BLOCK_CELLS = 42
"""Side of a block: 3 x 3 tiles of a scan, so that the turned pictures are as large as a scan's and overlap little."""


def slide_stability(
    request: SlideStabilityRequest,
    models: Models,
    cancel: CancelToken,
    focus: Focus,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[ScanStage | ScanProgress | SlideStabilityEvent]:
    """Carries out a request, event by event; ends with `SlideStabilityDone` or `SlideStabilityCancelled`.

    What `focus` says is looked at is computed first.

    Raises:
        SlideError, ModelError, NoTissueError, CaseFileError: as a scan does.
        EquiscopeError: so many turns make no sense.
    """
    require_turns(request.turns)
    asked = ScanRequest(request.run_id, request.slide, request.model, request.mpp, request.case)
    with ExitStack() as stack:
        work = yield from prepare(asked, models, cancel, focus, stack, now)
        case = opened_case(work, stack)
        card, grid, tissue = work.model.card, work.grid, work.tissue.mask
        fine = work.plane.finer(OVERSAMPLING)
        scan_id = None
        if case is not None:
            case.record_mpp(work.mpp, source=work.slide.info.mpp_source)
            scan_id = stability_store.begin(
                case, model=card.name, model_sha256=card.sha256, turns=request.turns,
                device=work.predictor.device, precision=work.predictor.precision,
                settings={
                    **scan_settings(work.model, work.mpp), "block_cells": BLOCK_CELLS, "edge": stability_store.EDGE,
                    "samples": 1 if fine is None else OVERSAMPLING**2,
                }, grid=grid,
                fresh=request.fresh,
            )  # fmt: skip
        state = RunState.FAILED
        try:
            total = int(tissue.sum())
            yield SlideStabilityStarted(
                request.run_id, card.name, card.title, card.sha256, work.predictor.device,
                work.predictor.precision, request.turns, grid.rows, grid.columns, grid.stride_x_l0,
                grid.stride_y_l0, total, work.notices,
            )  # fmt: skip
            blocks = replace(grid, tile_cells=BLOCK_CELLS)
            left = {(tile.row, tile.column): tile for tile in blocks.tiles() if work.tissue_of(tile).any()}
            done, resumed = 0, 0
            if case is not None and scan_id is not None:
                # What is damaged is computed again and replaced.
                for kept in stability_store.blocks_of(case, scan_id).sound:
                    tile = left.get((kept.row, kept.column))
                    if tile is not None and kept.mean.shape == (tile.rows, tile.columns):
                        del left[kept.row, kept.column]
                        done, resumed = done + int(work.tissue_of(tile).sum()), resumed + 1
                        yield _told(request.run_id, kept)
            begun, already = now(), done
            ahead = _BlockAhead(work.plane, fine, ThreadPoolExecutor(1, "block-reader"))
            stack.callback(ahead.close)
            while left and not cancel.cancelled:
                order = nearest_first(list(left.values()), grid, focus.region_l0)
                tile, turned = order[0], ahead.taken(order)
                cells, part = int(work.tissue_of(tile).sum()), 0.0
                moments = RunningMoments(tile.rows, tile.columns)
                for part, pixels in _turned(work, turned, request.turns, moments):
                    took = max(now() - begun, 1e-9)
                    known = done + part * cells
                    yield ScanProgress(
                        request.run_id, int(known), total, pixels / 1e6,
                        (total - known) * took / max(known - already, 1e-9),
                    )  # fmt: skip
                if part < 1:
                    break
                block = StabilityBlock(
                    tile.row, tile.column, moments.mean, moments.std, moments.lowest, moments.highest
                )
                if case is not None and scan_id is not None:
                    stability_store.put_block(case, scan_id, block)
                del left[tile.row, tile.column]
                done += cells
                yield _told(request.run_id, block)
            state = RunState.CANCELLED if left else RunState.DONE
        finally:
            if case is not None and scan_id is not None:
                stability_store.finish(case, scan_id, state)
    if state is RunState.DONE:
        yield SlideStabilityDone(request.run_id, now() - work.begun, resumed)
    else:
        yield SlideStabilityCancelled(request.run_id)


def _told(run_id: str, block: StabilityBlock) -> SlideStabilityBlock:
    return SlideStabilityBlock(
        run_id, block.row, block.column, block.mean, block.std, block.lowest, block.highest
    )


class _BlockAhead:
    """The block to compute now and the one after it, which is read meanwhile."""

    def __init__(self, plane: ModelPlane, fine: Plane | None, reader: ThreadPoolExecutor) -> None:
        self._size_plane, self._reader = plane.size_plane, reader
        self._closed = CancelToken()
        self._plane = _Wanted(plane, self._closed)
        self._fine = None if fine is None else _Wanted(fine, self._closed)
        self._read: dict[Tile, Future[TurnedBlock]] = {}

    def close(self) -> None:
        """Waits for no more than the read under way, a part of a block; the slide may be closed then."""
        self._closed.cancel()
        self._reader.shutdown(cancel_futures=True)

    def taken(self, order: Sequence[Tile]) -> TurnedBlock:
        """The first block of those left; what is read but no longer among the next two is let go.

        Raises what reading raises where pixels are not merely unreadable: SlideGoneError.
        """
        for tile in [tile for tile in self._read if tile not in order[:2]]:
            self._read.pop(tile).cancel()
        for tile in order[:2]:
            if tile not in self._read:
                self._read[tile] = self._reader.submit(
                    TurnedBlock, self._plane, self._size_plane, tile, self._fine
                )
        return self._read.pop(order[0]).result()


class _Wanted:
    """A plane that is read as long as somebody wants its pixels."""

    def __init__(self, plane: Plane, closed: CancelToken) -> None:
        self._plane, self._closed = plane, closed

    def read(self, x: int, y: int, width: int, height: int) -> RgbImage:
        """As the plane's own; CancelledError once nobody waits for the block."""
        if self._closed.cancelled:
            raise CancelledError
        return self._plane.read(x, y, width, height)


def _turned(
    work: Work, block: TurnedBlock, turns: int, moments: RunningMoments
) -> Iterator[tuple[float, float]]:
    """Adds a block's turns to its moments; tells the part done and plane px a second, and ends early if cancelled."""
    # Beyond the slide's edge there is nothing to turn: the figure would tell of white.
    wanted = work.tissue_of(block.block) & ~block.beyond
    if not wanted.any():
        moments.add(np.full(wanted.shape, np.nan))
        yield 1.0, 0.0
        return
    size = 2 * at_a_time(work.predictor)
    lattices = [block.lattice(turn_angle(turn, turns), wanted) for turn in range(turns)]
    makers = (partial(block.picture, lattice, *place) for lattice in lattices for place in lattice.tiles)
    with closing(made_ahead(makers, size=2 * size)) as made:
        for turn, lattice in enumerate(lattices):
            # Not NaN, which turning back would spread: OpenCV multiplies a neighbour by its weight also where it is 0.
            answers = np.zeros((lattice.rows, lattice.columns), np.float32)
            for start in range(0, len(lattice.tiles), size):
                begun = time.monotonic()
                pictures = [next(made) for _ in lattice.tiles[start : start + size]]
                results = work.predictor.probabilities([picture.image for picture in pictures])
                for picture, result in zip(pictures, results, strict=True):
                    rows, columns = result.shape
                    answers[picture.row : picture.row + rows, picture.column : picture.column + columns] = (
                        result
                    )
                took = max(time.monotonic() - begun, 1e-9)
                if start + size >= len(lattice.tiles):
                    values = lattice.turned_back(answers)
                    values[~wanted | block.unreadable] = np.nan
                    moments.add(values)
                part = (turn + min(1.0, (start + len(pictures)) / len(lattice.tiles))) / turns
                yield part, len(pictures) * block.picture_side**2 / took
                if work.cancel.cancelled:
                    return
