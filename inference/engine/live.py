"""The live model: what of a slide is on show is predicted at once, coarsely first, and kept as a scan's beginning.

A view is shown within a fraction of a second by one cell out of each block of cells, a quarter of the blocks before the
others, and then filled in tile by tile from its middle outward. Tiles, grid and case file are those of a scan, which
therefore computes nothing again.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.engine.ahead import READERS
from inference.engine.cancel import CancelToken
from inference.engine.focus import Focus, nearest_first
from inference.engine.live_messages import LiveEnded, LiveEvent, LivePreview, LiveRequest, LiveView
from inference.engine.messages import ScanEvent, ScanRequest, Scores
from inference.engine.predictor import at_a_time
from inference.engine.scan import Models, Work, opened_case, prepare
from inference.errors import UnreadableTileError
from inference.results.case_records import RunState
from inference.slides.frames import RegionL0
from inference.slides.grid import CELL, MARGIN, Tile
from inference.slides.slide import RgbImage

FIELD = CELL + 2 * MARGIN
"""Side of what a cell sees, in plane px."""
MOST_PREVIEW_CELLS = 60
"""Of a view: 0.55 Mpx of network input, 110 ms for P4M-DenseNet-M on two cores; with reading below 300 ms."""


def live(
    request: LiveRequest,
    models: Models,
    cancel: CancelToken,
    focus: Focus,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[ScanEvent | LiveEvent | None]:
    """Predicts what `focus` says is on show, until cancelled; None says that nothing is to be done for now.

    Raises as `scan` does.
    """
    asked = ScanRequest(request.run_id, request.slide, request.model, request.mpp, request.case)
    with ExitStack() as stack:
        work = yield from prepare(asked, models, cancel, focus, stack, now)
        case = opened_case(work, stack)
        case_run = None if case is None else work.case_run(case)
        state = RunState.FAILED
        try:
            yield work.started(case_run)
            todo = yield from work.restored(case, case_run)
            left = {(tile.row, tile.column): tile for tile in todo}
            preview = _Preview(work, stack.enter_context(ThreadPoolExecutor(READERS, "live-reader")))
            begun: tuple[RegionL0, float] | None = None
            told: tuple[RegionL0, float] | None = None
            cells, first = 0, 0.0
            most = at_a_time(work.predictor)
            while not cancel.cancelled:
                look = focus.look
                if look is None:
                    yield None
                    continue
                region_l0, since = look
                here = _tiles_on_show(work, left, region_l0)
                if is_new := look != begun:
                    begun, cells, first = look, 0, 0.0
                if not here:
                    if look != told:
                        told, took = look, time.monotonic() - since
                        on_show = (region_l0.x, region_l0.y, region_l0.width, region_l0.height)
                        yield LiveView(request.run_id, on_show, cells, first or took, took)
                    yield None
                # So few tiles need no preview, which would be computed in addition: three on two cores are 0.79 Mpx in
                # two rounds, a preview is up to 0.55.
                elif is_new and len(here) > most:
                    for row, column, values in preview.of(region_l0, here):
                        first = first or time.monotonic() - since
                        yield LivePreview(request.run_id, row, column, values, first)
                        if focus.look != look:
                            break
                else:
                    batch = nearest_first(here, work.grid, region_l0)[:most]
                    for event in work.compute(batch, case, case_run):
                        if isinstance(event, Scores):
                            first = first or time.monotonic() - since
                            cells += int(np.isfinite(event.values).sum())
                        yield event
                    for tile in batch:
                        del left[tile.row, tile.column]
            # Not done even where no tile is left: a scan goes on from it, and finds the candidates.
            state = RunState.CANCELLED
        finally:
            work.finish(state, case, case_run)
    yield LiveEnded(request.run_id)


@dataclass(frozen=True, slots=True)
class _Block:
    """Cells that one of them stands for in a preview.

    Attributes:
        rows, columns: of the view's cells.
        cell: (row, column) of the grid, the one that is computed.
        is_early: among the first to be computed: every other block, in every other line of them.
    """

    rows: slice
    columns: slice
    cell: tuple[int, int]
    is_early: bool


class _Preview:
    """One cell of each block of cells, computed alone; a cell is never computed twice."""

    def __init__(self, work: Work, readers: ThreadPoolExecutor) -> None:
        self._work = work
        self._readers = readers
        self._known: dict[tuple[int, int], float] = {}

    def of(
        self, region_l0: RegionL0, tiles: Sequence[Tile]
    ) -> Iterator[tuple[int, int, NDArray[np.float32]]]:
        """(row, column, values) of the cells of a view; NaN where there is no tissue and outside `tiles`.

        Once with the early blocks, when the others look like the nearest of these, and once with all of them.
        """
        top, left, wanted = self._wanted(region_l0, tiles)
        blocks = _blocks(top, left, wanted)
        unknown = [block for block in blocks if block.cell not in self._known]
        parts = [[block.cell for block in unknown if block.is_early is early] for early in (True, False)]
        # The second part is read while the first is computed.
        fields = [[self._readers.submit(self._field, cell) for cell in part] for part in parts]
        try:
            for part, futures in zip(parts, fields, strict=True):
                if not part:
                    continue
                self._compute(part, [future.result() for future in futures])
                yield top, left, self._painted(blocks, wanted)
            if not unknown:
                yield top, left, self._painted(blocks, wanted)
        finally:
            for future in (future for futures in fields for future in futures):
                future.cancel()

    def _wanted(self, region_l0: RegionL0, tiles: Sequence[Tile]) -> tuple[int, int, NDArray[np.bool_]]:
        """The first cell of a view, and which of its cells are to be shown."""
        grid = self._work.grid
        rows = _span(region_l0.y, region_l0.height, grid.stride_y_l0, grid.rows)
        columns = _span(region_l0.x, region_l0.width, grid.stride_x_l0, grid.columns)
        wanted = np.zeros((grid.rows, grid.columns), bool)
        for tile in tiles:
            wanted[tile.row : tile.row + tile.rows, tile.column : tile.column + tile.columns] = True
        wanted &= self._work.tissue.mask
        return rows.start, columns.start, wanted[rows, columns]

    def _painted(self, blocks: Sequence[_Block], wanted: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Every block in the value of its cell, or of the nearest cell whose value is known."""
        known = [block.cell for block in blocks if block.cell in self._known]
        values = np.full(wanted.shape, np.nan, np.float32)
        for block in blocks:
            row, column = block.cell
            cell = min(known, key=lambda other: math.hypot(other[0] - row, other[1] - column))
            values[block.rows, block.columns] = self._known[cell]
        values[~wanted] = np.nan
        return values

    def _compute(self, cells: Sequence[tuple[int, int]], fields: Sequence[RgbImage | None]) -> None:
        seen = [(cell, image) for cell, image in zip(cells, fields, strict=True) if image is not None]
        self._known.update(dict.fromkeys(cells, math.nan))
        if seen:
            results = self._work.predictor.probabilities([image for _, image in seen])
            self._known.update(
                {cell: float(value[0, 0]) for (cell, _), value in zip(seen, results, strict=True)}
            )

    def _field(self, cell: tuple[int, int]) -> RgbImage | None:
        """(96, 96, 3): what a cell sees; None where it cannot be read, which its tile will find out."""
        row, column = cell
        try:
            return self._work.plane.read(CELL * column - MARGIN, CELL * row - MARGIN, FIELD, FIELD)
        except UnreadableTileError:
            return None


def _blocks(top: int, left: int, wanted: NDArray[np.bool_]) -> list[_Block]:
    """The blocks that a view is previewed by, of its cells from (top, left) on; those of them that are wanted."""
    rows, columns = wanted.shape
    step = block_side(rows, columns)
    blocks = []
    # Blocks lie on the slide, not on the view, so that a pan meets the same ones again.
    for row in range(-(top % step), rows, step):
        for column in range(-(left % step), columns, step):
            down, across = slice(max(row, 0), row + step), slice(max(column, 0), column + step)
            part = wanted[down, across]
            cells = np.argwhere(part)
            if len(cells):
                middle = (part.shape[0] - 1) / 2, (part.shape[1] - 1) / 2
                nearest = cells[np.abs(cells - middle).max(axis=1).argmin()]
                cell = (top + down.start + int(nearest[0]), left + across.start + int(nearest[1]))
                is_early = (top + row) // step % 2 == (left + column) // step % 2 == 0
                blocks.append(_Block(down, across, cell, is_early))
    return blocks


def block_side(rows: int, columns: int) -> int:
    """Side, in cells, of the blocks that a view of so many cells is previewed by."""
    step = 1
    while -(-rows // step) * -(-columns // step) > MOST_PREVIEW_CELLS:
        step += 1
    return step


def _tiles_on_show(work: Work, left: Mapping[tuple[int, int], Tile], region_l0: RegionL0) -> list[Tile]:
    """Those of the tiles left, by their first cell, of which some tissue is on show, not only bare glass."""
    grid = work.grid
    rows = _span(region_l0.y, region_l0.height, grid.stride_y_l0, grid.rows)
    columns = _span(region_l0.x, region_l0.width, grid.stride_x_l0, grid.columns)
    side = grid.tile_cells
    return [
        tile
        for row in range(rows.start // side * side, rows.stop, side)
        for column in range(columns.start // side * side, columns.stop, side)
        if (tile := left.get((row, column))) is not None
        and work.tissue.mask[
            max(rows.start, row) : min(rows.stop, row + side),
            max(columns.start, column) : min(columns.stop, column + side),
        ].any()
    ]


def _span(start_l0: float, length_l0: float, stride_l0: float, count: int) -> slice:
    """The cells, of so many along an axis, that lie in a stretch of the slide."""
    low = min(max(0, math.floor(start_l0 / stride_l0)), count)
    return slice(low, max(low, min(count, math.ceil((start_l0 + length_l0) / stride_l0))))
