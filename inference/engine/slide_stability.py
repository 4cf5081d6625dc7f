"""Rotation stability of a whole slide: each tissue cell's mean and standard deviation over a few turns, by blocks.

Blocks of cells are turned as a region is, so a cell's figures are those that a region of just its block would give. A
block is kept in the case file when all its turns are done, and an interrupted computation goes on with the next one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import numpy as np

from inference.engine.cancel import CancelToken
from inference.engine.focus import Focus, nearest_first
from inference.engine.messages import ScanProgress, ScanRequest, ScanStage
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
from inference.engine.turned_block import TurnedBlock
from inference.results import stability_store
from inference.results.case_records import RunState
from inference.results.stability import RunningMoments, turn_angle
from inference.results.stability_store import StabilityBlock
from inference.slides.grid import Tile

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
        scan_id = None
        if case is not None:
            case.record_mpp(work.mpp, source=work.slide.info.mpp_source)
            scan_id = stability_store.begin(
                case, model=card.name, model_sha256=card.sha256, turns=request.turns,
                device=work.predictor.device, precision=work.predictor.precision,
                settings={**scan_settings(work.model, work.mpp), "block_cells": BLOCK_CELLS}, grid=grid,
                fresh=request.fresh,
            )  # fmt: skip
        state = RunState.FAILED
        try:
            total = int(tissue.sum())
            yield SlideStabilityStarted(
                request.run_id, card.name, card.title, card.sha256, work.predictor.device,
                work.predictor.precision, request.turns, grid.rows, grid.columns, grid.stride_x_l0,
                grid.stride_y_l0, total,
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
            while left and not cancel.cancelled:
                tile = nearest_first(list(left.values()), grid, focus.region_l0)[0]
                cells, part = int(work.tissue_of(tile).sum()), 0.0
                moments = RunningMoments(tile.rows, tile.columns)
                for part, pixels in _turned(work, tile, request.turns, moments):
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


def _turned(work: Work, tile: Tile, turns: int, moments: RunningMoments) -> Iterator[tuple[float, float]]:
    """Adds a block's turns to its moments; tells the part done and plane px a second, and ends early if cancelled."""
    wanted = work.tissue_of(tile)
    block = TurnedBlock(work.plane, work.plane.size_plane, tile)
    size = work.predictor.batch * work.predictor.calls
    for turn in range(turns):
        lattice = block.lattice(turn_angle(turn, turns), wanted)
        # Not NaN, which turning back would spread: OpenCV multiplies a neighbour by its weight also where that is 0.
        answers = np.zeros((lattice.rows, lattice.columns), np.float32)
        for start in range(0, len(lattice.tiles), size):
            begun = time.monotonic()
            pictures = [block.picture(lattice, *place) for place in lattice.tiles[start : start + size]]
            results = work.predictor.probabilities([picture.image for picture in pictures])
            for picture, result in zip(pictures, results, strict=True):
                rows, columns = result.shape
                answers[picture.row : picture.row + rows, picture.column : picture.column + columns] = result
            took = max(time.monotonic() - begun, 1e-9)
            part = (turn + min(1.0, (start + len(pictures)) / len(lattice.tiles))) / turns
            last = start + size >= len(lattice.tiles)
            if last:
                values = lattice.turned_back(answers)
                values[~wanted | block.unreadable] = np.nan
                moments.add(values)
            yield part, len(pictures) * block.picture_side**2 / took
            if work.cancel.cancelled:
                return
