"""A block of cells seen under any turn: the pictures to predict, and the way back onto the block's own cells.

A turn by an angle about the block's middle carries the lattice of cells along: the network's answers lie on the turned
lattice, 32 px apart, and the value of a cell is interpolated between the four around its middle. At 0 degrees both
lattices are one, and the map is that of a scan. The alternative, exact and several times slower, turns the field of
each cell about the cell's own middle and interpolates pixels only.

Turning the picture by an angle means counterclockwise, as `numpy.rot90` does. A turned pixel is the mean of
`OVERSAMPLING` x `OVERSAMPLING` samples of a finer plane, where the slide has one: what a camera turned by that angle
would have seen. Interpolating at the model's own resolution blurs, and networks answer to blur: it took a third of
the tumour cells' steadiness on a real region (docs/results.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engine.group_check import Element
from inference.engine.tile_reading import Plane, read_squares
from inference.slides.grid import CELL, MARGIN, Tile
from inference.slides.reads import BYTES_PER_PIXEL, MAX_READ_BYTES, WHITE
from inference.slides.slide import RgbImage

FIELD = CELL + 2 * MARGIN
"""Side of what a cell sees, in plane px."""
TILE_CELLS = (6, 14, 22)
"""Sides of the pictures that are predicted, in cells: few, as each is compiled once; 14 is a scan's own."""
LARGE_TILE = 14
"""For a lattice that fits no single picture."""
SURROUND = 4
"""Cells read around a block. A value rests on lattice points up to sqrt(2) cells away, each of which sees sqrt(2)
times 48 px from its middle: 113 px in all, and a cell's middle lies 16 px inside the block."""
PIXEL_REACH = CELL * math.sqrt(2) + FIELD / 2 * math.sqrt(2) + 2
"""Plane px from a cell's middle to the farthest pixel that its value may rest on, whatever the turn."""

OVERSAMPLING = 2
"""Samples along a side of a turned pixel: 4, and cubic, lower the standard deviation by another 3 % and cost ten times
as much."""
ERROR_PX = 512
"""Side in px of the part by which `pixel_error` judges: as exact as the whole, and no wait at the end."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One input of the network for a turned block.

    Attributes:
        row, column: the first answer's place in the lattice array that `TurnedBlock.turned_back` takes.
        image: (side, side, 3) uint8.
    """

    row: int
    column: int
    image: RgbImage


class TurnedBlock:
    """A block of cells with the pixels around it, read once.

    Attributes:
        block: its cells on the slide's grid.
        tile_cells: side of all its pictures, in cells; one size keeps batches full and compiles once.
        beyond: (rows, columns) bool: cells for which some turn sees beyond the slide's edge.
        unreadable: (rows, columns) bool: cells for which some turn sees pixels that cannot be decoded.
    """

    def __init__(
        self, plane: Plane, size_plane: tuple[int, int], block: Tile, fine: Plane | None = None
    ) -> None:
        """Reads the pixels.

        Args:
            size_plane: (width, height) of the slide in plane px.
            fine: the same slide `OVERSAMPLING` times as fine, None where it has no such pixels.
        """
        self.block = block
        longest = math.ceil(math.hypot(block.rows, block.columns)) + 2
        self.tile_cells = next((cells for cells in TILE_CELLS if longest <= cells), LARGE_TILE)
        self._left, self._top = CELL * (block.column - SURROUND), CELL * (block.row - SURROUND)
        rows, columns = block.rows + 2 * SURROUND, block.columns + 2 * SURROUND
        self._pixels, unreadable = read_squares(plane, self._left, self._top, rows=rows, columns=columns)
        self._fine: RgbImage | None = None
        if fine is not None:
            self._fine, finely = _read_fine(fine, self._left, self._top, rows=rows, columns=columns)
            unreadable |= finely
        window = (2 * SURROUND + 1, 2 * SURROUND + 1)
        seen = np.lib.stride_tricks.sliding_window_view(unreadable, window)
        self.unreadable: NDArray[np.bool_] = np.asarray(seen.any(axis=(2, 3)))
        x = CELL * (block.column + np.arange(block.columns) + 0.5)
        y = CELL * (block.row + np.arange(block.rows) + 0.5)
        width, height = size_plane
        inside_x = (x >= PIXEL_REACH) & (x <= width - PIXEL_REACH)
        inside_y = (y >= PIXEL_REACH) & (y <= height - PIXEL_REACH)
        self.beyond: NDArray[np.bool_] = ~np.logical_and.outer(inside_y, inside_x)

    @property
    def picture_side(self) -> int:
        """Side of a picture, in plane px."""
        return CELL * self.tile_cells + 2 * MARGIN

    def lattice(self, angle: float, wanted: NDArray[np.bool_] | None = None) -> Lattice:
        """The turned lattice that serves this block at an angle in degrees, 0 <= angle < 90.

        Its tiles are those that the cells `wanted` (rows, columns) rest on, by default all cells.
        """
        return Lattice.of(self.block.rows, self.block.columns, angle, tile=self.tile_cells, wanted=wanted)

    def picture(self, lattice: Lattice, row: int, column: int) -> Picture:
        """The input for the tile of a lattice whose first point is (row, column); white where nothing was read."""
        # Of the tile's first pixel, in px of the turned frame about the block's middle.
        u = CELL * (lattice.first_column + column - self.block.columns / 2) - MARGIN
        v = CELL * (lattice.first_row + row - self.block.rows / 2) - MARGIN
        image = self._turned(
            lattice.angle, u, v, self.picture_side, centre=(self.block.rows / 2, self.block.columns / 2)
        )
        return Picture(row, column, image)

    def field(self, row: int, column: int, angle: float) -> Picture:
        """The (96, 96, 3) px that a cell of the block sees when the glass is turned about the cell's own middle."""
        centre = (row + 0.5, column + 0.5)
        return Picture(row, column, self._turned(angle, -FIELD / 2, -FIELD / 2, FIELD, centre=centre))

    def moved(self, element: Element) -> Iterator[Picture]:
        """The block moved by an element of p4m, cut into pictures; white beyond its margin."""
        border = CELL * SURROUND - MARGIN
        moved = element.of_picture(self._pixels[border:-border, border:-border])
        height, width = moved.shape[:2]
        for row in range(0, height // CELL - 2, self.tile_cells):
            for column in range(0, width // CELL - 2, self.tile_cells):
                image = np.full((self.picture_side, self.picture_side, 3), WHITE, np.uint8)
                part = moved[CELL * row :, CELL * column :][: self.picture_side, : self.picture_side]
                image[: part.shape[0], : part.shape[1]] = part
                yield Picture(row, column, image)

    def pixel_error(self, angle: float) -> float:
        """Mean grey levels by which turning the middle of the block forth and back changes its pixels."""
        pixels, step = (self._pixels, 1) if self._fine is None else (self._fine, OVERSAMPLING)
        side = min(*pixels.shape[:2], step * ERROR_PX)
        top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
        part = np.ascontiguousarray(pixels[top : top + side, left : left + side])
        middle = (side / 2 - 0.5, side / 2 - 0.5)
        turned = part
        for way in (1, -1):
            turn = cv2.getRotationMatrix2D(middle, way * angle, 1.0)
            turned = np.asarray(cv2.warpAffine(turned, turn, (side, side), flags=_kernel(step)), np.uint8)
        # What is within half a side's square root of two stays in the picture at any angle.
        edge = step * math.ceil((side / 2 * (1 - 1 / math.sqrt(2)) + 2) / step)
        inner = np.s_[edge : side - edge, edge : side - edge]
        before, after = (_reduced(each[inner], step).astype(np.int16) for each in (part, turned))
        return float(np.abs(after - before).mean())

    def _turned(
        self, angle: float, u: float, v: float, side: int, *, centre: tuple[float, float]
    ) -> RgbImage:
        """The turned picture about `centre` (row, column of the block, in cells) from (u, v) px off it on."""
        # Upright, the plane's own pixels are what a scan sees.
        pixels, step = (self._pixels, 1) if self._fine is None or angle == 0 else (self._fine, OVERSAMPLING)
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        # Middles of pixels are half a px from their edges, in both frames.
        u, v = step * u + 0.5, step * v + 0.5
        x = step * CELL * (centre[1] + SURROUND) - 0.5 + cos * u - sin * v
        y = step * CELL * (centre[0] + SURROUND) - 0.5 + sin * u + cos * v
        turned = cv2.warpAffine(
            pixels,
            np.array([[cos, -sin, x], [sin, cos, y]]),
            (step * side, step * side),
            flags=_kernel(step) | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(WHITE, WHITE, WHITE),
        )
        return _reduced(np.asarray(turned, np.uint8), step)


def _kernel(step: int) -> int:
    """Between finer samples straight lines do, at a third of the cost."""
    return cv2.INTER_CUBIC if step == 1 else cv2.INTER_LINEAR


def _reduced(pixels: RgbImage, step: int) -> RgbImage:
    """Means of step x step pixels."""
    if step == 1:
        return pixels
    height, width = pixels.shape[:2]
    return np.asarray(
        cv2.resize(pixels, (width // step, height // step), interpolation=cv2.INTER_AREA), np.uint8
    )


def _read_fine(
    plane: Plane, left: int, top: int, *, rows: int, columns: int
) -> tuple[RgbImage, NDArray[np.bool_]]:
    """As `read_squares` at the coarse plane's places, of the finer one, in as many reads as its size asks for."""
    step, side = OVERSAMPLING, OVERSAMPLING * CELL
    image = np.empty((side * rows, side * columns, 3), np.uint8)
    unreadable = np.zeros((rows, columns), bool)
    at_once = max(1, MAX_READ_BYTES // BYTES_PER_PIXEL // (side * side * columns))
    for first in range(0, rows, at_once):
        count = min(at_once, rows - first)
        part, lost = read_squares(
            plane, step * left, step * top + side * first, rows=step * count, columns=step * columns
        )
        image[side * first : side * (first + count)] = part
        unreadable[first : first + count] = lost.reshape(count, step, columns, step).any(axis=(1, 3))
    return image, unreadable


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """The cells' lattice of a block, turned about the block's middle, as far as the block's cells rest on it.

    Attributes:
        angle: degrees.
        first_row, first_column: of the array, counted so that (0, 0) is the block's first cell at 0 degrees.
        rows, columns: of the array, whole tiles.
        x, y: (block rows, block columns) float32 place of each cell's middle in the array.
        tiles: (row, column) of the tiles that some cell rests on.
    """

    angle: float
    first_row: int
    first_column: int
    rows: int
    columns: int
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    tiles: tuple[tuple[int, int], ...]

    @classmethod
    def of(
        cls, rows: int, columns: int, angle: float, *, tile: int, wanted: NDArray[np.bool_] | None = None
    ) -> Lattice:
        """The lattice for a block of so many cells at an angle in degrees, in tiles of so many points."""
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        y, x = np.mgrid[:rows, :columns] + 0.5
        y, x = y - rows / 2, x - columns / 2
        # The inverse turn; a hair of rounding would ask for one more line of lattice points at 0 degrees.
        u = np.round(cos * x + sin * y + columns / 2 - 0.5, 9)
        v = np.round(-sin * x + cos * y + rows / 2 - 0.5, 9)
        first_row, first_column = math.floor(v.min()), math.floor(u.min())
        needed_rows, needed_columns = (
            math.ceil(v.max()) + 1 - first_row,
            math.ceil(u.max()) + 1 - first_column,
        )
        u, v = u - first_column, v - first_row
        rest_u, rest_v = (u, v) if wanted is None else (u[wanted], v[wanted])
        tiles = {
            (int(row), int(column))
            for down in (np.floor(rest_v), np.ceil(rest_v))
            for across in (np.floor(rest_u), np.ceil(rest_u))
            for row, column in np.unique(np.stack([down, across], -1).reshape(-1, 2) // tile * tile, axis=0)
        }
        return cls(
            angle=angle,
            first_row=first_row,
            first_column=first_column,
            rows=-(-needed_rows // tile) * tile,
            columns=-(-needed_columns // tile) * tile,
            x=u.astype(np.float32),
            y=v.astype(np.float32),
            tiles=tuple(sorted(tiles)),
        )

    def turned_back(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """The map (rows, columns) of the lattice, interpolated at the middles of the block's cells."""
        if self.angle == 0:
            # As computed: the interpolation of a library may multiply a neighbour's NaN by 0.
            return values[: self.x.shape[0], : self.x.shape[1]].copy()
        return np.asarray(
            cv2.remap(values, self.x, self.y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        )

    def turned_forth(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """A map on the block's cells, interpolated onto this lattice: what turning forth without a network does."""
        rows, columns = self.x.shape
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        i, j = np.mgrid[: self.rows, : self.columns]
        u = j + self.first_column + 0.5 - columns / 2
        v = i + self.first_row + 0.5 - rows / 2
        x = (cos * u - sin * v + columns / 2 - 0.5).astype(np.float32)
        y = (sin * u + cos * v + rows / 2 - 0.5).astype(np.float32)
        return np.asarray(cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
