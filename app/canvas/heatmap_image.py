"""A heatmap as 8-bit indices that QPainter can colour by a table, filled block by block while a scan runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.canvas.colormaps import NOT_COMPUTED, STEPS
from inference.slides.frames import PointL0, RegionL0


def quantised(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Indices of probabilities: 0 for NaN and infinities, else 1 + floor(254 p), p held within 0..1.

    Rounding down keeps a cell below the threshold below it in the picture too, to 1/254.
    """
    known = np.isfinite(values)
    # The tenth of a step makes k/254 in float32 fall on k in spite of rounding.
    steps = np.floor(np.clip(np.where(known, values, 0.0), 0.0, 1.0) * STEPS + 1e-4)
    return np.where(known, steps + 1, NOT_COMPUTED).astype(np.uint8)


class HeatmapImage:
    """Indices of all cells of a grid, and where the grid lies on the slide.

    The numpy buffer belongs to this object; `indexed` lends it to Qt without copying.

    Attributes:
        rows, columns: cells down and across.
        origin_l0: the top left corner of cell (0, 0).
        stride_x_l0, stride_y_l0: level-0 px per cell.
    """

    def __init__(
        self, *, rows: int, columns: int, origin_l0: PointL0, stride_x_l0: float, stride_y_l0: float
    ) -> None:
        self.rows, self.columns = rows, columns
        self.origin_l0 = origin_l0
        self.stride_x_l0, self.stride_y_l0 = stride_x_l0, stride_y_l0
        # Qt wants each line of an 8-bit image to start at a multiple of four bytes.
        self._buffer = np.full((rows, -(-columns // 4) * 4), NOT_COMPUTED, np.uint8)

    @classmethod
    def of_values(
        cls,
        values: NDArray[np.floating],
        *,
        origin_l0: PointL0,
        stride_x_l0: float,
        stride_y_l0: float,
    ) -> HeatmapImage:
        """The image of a whole heatmap, (rows, columns), NaN = not computed."""
        rows, columns = values.shape
        image = cls(
            rows=rows, columns=columns, origin_l0=origin_l0, stride_x_l0=stride_x_l0, stride_y_l0=stride_y_l0
        )
        image.set_values(values, row=0, column=0)
        return image

    def set_values(self, values: NDArray[np.floating], *, row: int, column: int) -> RegionL0:
        """Takes a block (rows, columns) of probabilities whose first cell is (row, column).

        Cells beyond the grid's right and bottom edges are left out. Returns the level-0 rectangle to repaint.
        """
        height, width = min(values.shape[0], self.rows - row), min(values.shape[1], self.columns - column)
        if row < 0 or column < 0 or height <= 0 or width <= 0:
            raise ValueError(
                f"block at cell ({row}, {column}) lies off the grid of {self.rows} x {self.columns}"
            )
        self._buffer[row : row + height, column : column + width] = quantised(values[:height, :width])
        return RegionL0(
            self.origin_l0.x + column * self.stride_x_l0,
            self.origin_l0.y + row * self.stride_y_l0,
            width * self.stride_x_l0,
            height * self.stride_y_l0,
        )

    @property
    def region_l0(self) -> RegionL0:
        """The whole grid's place on the slide."""
        return RegionL0(
            self.origin_l0.x,
            self.origin_l0.y,
            self.columns * self.stride_x_l0,
            self.rows * self.stride_y_l0,
        )

    @property
    def indices(self) -> NDArray[np.uint8]:
        """(rows, columns) uint8 indices, a view of the buffer."""
        return self._buffer[:, : self.columns]

    def indexed(self, colours: Sequence[int]) -> QImage:
        """The grid as Indexed8 with a table of 256 colours 0xAARRGGBB.

        Shares the buffer, so colouring anew costs nothing per cell: use it at once, while this object lives.
        """
        stride = self._buffer.shape[1]
        image = QImage(self._buffer.data, self.columns, self.rows, stride, QImage.Format.Format_Indexed8)
        image.setColorTable(colours)
        return image
