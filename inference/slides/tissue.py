"""Which cells of a slide hold tissue, by the paper's rule on saturation.

Rule (Veeling et al. 2018, after the PCam data set): on a blurred HSV picture a cell is left out if its
maximum saturation is below 0.07 and its maximum value above 0.1, that is, if it is white or grey but not
black.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.errors import UnreadableTileError
from inference.slides.frames import Mpp
from inference.slides.grid import CELL, TileGrid
from inference.slides.plane import ModelPlane
from inference.slides.reads import white_canvas
from inference.slides.slide import RgbImage, Slide

MAX_EMPTY_SATURATION = 0.07
"""Paper: cells of lower saturation hold no tumour in the training set."""
MIN_EMPTY_VALUE = 0.1
"""Paper: darker cells are kept, whatever their saturation, which means nothing in the dark."""
PIXELS_PER_CELL = 4
"""Overview pixels along a cell's side: 7.8 um each, the size of a lymphocyte, so that a single strand of
tissue still colours a pixel."""
BLUR_SIGMA = 1.0
"""Overview pixels; removes the colour noise of JPEG on white glass, and carries the colour of a thin strand some
8 um further, so that nothing is lost at a cell's edge. The paper gives no figure."""
BLUR_REACH = 3
"""Overview pixels a Gaussian of that sigma is cut off at, within the margin of one cell."""
STRIP_ROWS = 64
"""Cell rows judged at once: 256 overview rows across the widest slide are 10 MB."""
BLOCK_COLUMNS = 128
"""Cell columns read at once."""
SMALLEST_BLOCK = 8
"""Cells along a side below which a block that cannot be read is not divided further: 1024 px at 40x, a few
tiles."""


@dataclass(frozen=True, slots=True)
class TissueMask:
    """The cells to compute.

    Attributes:
        mask: (rows, columns) of the grid, True where the cell itself holds tissue or cannot be read.
        fraction: True cells over all cells.
        unreadable_cells: cells whose overview could not be decoded; they count as tissue, so that nothing is
        lost.
    """

    mask: NDArray[np.bool_]
    fraction: float
    unreadable_cells: int


@dataclass(frozen=True, slots=True)
class _Block:
    """Cells [row, row + rows) x [column, column + columns)."""

    row: int
    column: int
    rows: int
    columns: int

    def halves(self) -> tuple[_Block, _Block]:
        """The block cut in two across its longer side."""
        if self.columns >= self.rows:
            half = self.columns // 2
            return (
                _Block(self.row, self.column, self.rows, half),
                _Block(self.row, self.column + half, self.rows, self.columns - half),
            )
        half = self.rows // 2
        return (
            _Block(self.row, self.column, half, self.columns),
            _Block(self.row + half, self.column, self.rows - half, self.columns),
        )


def find_tissue(slide: Slide, grid: TileGrid, mpp: Mpp) -> TissueMask:
    """The tissue of a slide, from its overview read strip by strip.

    The rule is applied to the cell's own square, the zone that PCam's labels speak of. A cell on bare glass
    beside a tumour sees tumour in its field, and a value there would look like a shifted heatmap.

    Args:
        mpp: micrometres per level-0 pixel, the one that the grid was made with.
    """
    model_mpp = grid.stride_x_l0 * mpp.x / CELL
    overview = ModelPlane(slide, mpp, model_mpp * CELL / PIXELS_PER_CELL)
    found = np.zeros((grid.rows, grid.columns), dtype=bool)
    unreadable = np.zeros_like(found)
    for row in range(0, grid.rows, STRIP_ROWS):
        rows = min(STRIP_ROWS, grid.rows - row)
        strip, lost = _read_strip(overview, row, rows=rows, columns=grid.columns)
        found[row : row + rows] = tissue_cells(strip)
        # What is lost of the margin is lost in the neighbouring strips as well, and counted there.
        unreadable[row : row + rows] = lost[1:-1, 1:-1]
    mask = found | unreadable
    return TissueMask(mask=mask, fraction=float(mask.mean()), unreadable_cells=int(unreadable.sum()))


def tissue_cells(overview: RgbImage) -> NDArray[np.bool_]:
    """The paper's rule for every cell of an overview that has a margin of one cell all round.

    Args:
        overview: (4 (rows + 2), 4 (columns + 2), 3) uint8.

    Returns (rows, columns): the cells of which some pixel is coloured, or every pixel dark.
    """
    height, width = overview.shape[:2]
    if height % PIXELS_PER_CELL or width % PIXELS_PER_CELL or min(height, width) < 3 * PIXELS_PER_CELL:
        raise ValueError(f"an overview of {width} x {height} px is not made of whole cells and their margin")
    hsv = cv2.cvtColor(overview.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    side = 2 * BLUR_REACH + 1
    blurred = cv2.GaussianBlur(hsv[..., 1:], (side, side), BLUR_SIGMA)
    cells = blurred.reshape(height // PIXELS_PER_CELL, PIXELS_PER_CELL, width // PIXELS_PER_CELL, -1, 2)
    most = cells.max(axis=(1, 3))[1:-1, 1:-1]
    empty = (most[..., 0] < MAX_EMPTY_SATURATION) & (most[..., 1] > MIN_EMPTY_VALUE)
    return ~empty


def _read_strip(
    overview: ModelPlane, row: int, *, rows: int, columns: int
) -> tuple[RgbImage, NDArray[np.bool_]]:
    """Whole rows of cells with a margin of one cell all round, and which of those cells could not be read."""
    picture = white_canvas((columns + 2) * PIXELS_PER_CELL, (rows + 2) * PIXELS_PER_CELL)
    lost = np.zeros((rows + 2, columns + 2), dtype=bool)
    for column in range(-1, columns + 1, BLOCK_COLUMNS):
        block = _Block(row - 1, column, rows + 2, min(BLOCK_COLUMNS, columns + 1 - column))
        for part, pixels in _read_block(overview, block):
            top, left = part.row - (row - 1), part.column + 1
            if pixels is None:
                lost[top : top + part.rows, left : left + part.columns] = True
                continue
            y, x = top * PIXELS_PER_CELL, left * PIXELS_PER_CELL
            picture[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels
    return picture, lost


def _read_block(overview: ModelPlane, block: _Block) -> Iterator[tuple[_Block, RgbImage | None]]:
    """The pixels of a block, in parts where some of it cannot be read; None for such a part."""
    try:
        pixels = overview.read(
            block.column * PIXELS_PER_CELL,
            block.row * PIXELS_PER_CELL,
            block.columns * PIXELS_PER_CELL,
            block.rows * PIXELS_PER_CELL,
        )
    except UnreadableTileError:
        if max(block.rows, block.columns) <= SMALLEST_BLOCK:
            yield block, None
            return
        for half in block.halves():
            yield from _read_block(overview, half)
    else:
        yield block, pixels
