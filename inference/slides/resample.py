"""Resampling of images by any factor, so exactly that it does not matter how a picture is cut into parts.

Along each axis output pixel i is the weighted mean of input pixels. Where the picture shrinks the weights are
the lengths by which the interval [i * step, (i + 1) * step) covers each input pixel: what a sensor with
larger pixels would have seen, and how scanners make their pyramids. (Pillow's BOX takes every pixel as a
whole or not at all, which at a factor of 1.9 displaces structures by half a pixel; OpenCV's INTER_AREA cannot
start at a fraction of a pixel.) Where it grows they are Catmull-Rom's, as in Pillow's BICUBIC.

Exactness: weights are multiples of 2**-12 that depend on i and step only, and every sum stays below 2**24
units, so that float32 holds it without rounding. The order of summation can then not change a result.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.slides.slide import RgbImage

WEIGHT_UNITS = 4096
"""Units of a weight of one: 12 bits, which places an edge to 1/4096 of an input pixel."""
BETWEEN_UNITS = 8
"""Units of one grey step between the two passes: 8 + 3 bits, with 12 for the weight and 1 for overshoot, are
24."""
LINES_AT_ONCE = 16
"""Output lines summed together: few enough to stay in the processor's cache, enough to outweigh the calls."""


@dataclass(frozen=True, slots=True)
class AxisSpan:
    """Output pixels of one axis and the input pixels they are made of.

    Attributes:
        first, count: output pixels [first, first + count).
        step: input pixels per output pixel.
    """

    first: int
    count: int
    step: float

    @property
    def needed(self) -> tuple[int, int]:
        """Input pixels [start, stop) that the output depends on."""
        starts, weights = self.taps()
        return int(starts[0]), int(starts[-1]) + weights.shape[1]

    def taps(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """First input pixel of each output pixel, (count,), and its weights in units, (count, taps).

        The weights of an output pixel sum to WEIGHT_UNITS exactly.
        """
        output = np.arange(self.first, self.first + self.count, dtype=np.float64)
        if self.step >= 1:
            low, high = output * self.step, (output + 1) * self.step
            starts = np.floor(low).astype(np.int64)
            pixels = starts[:, None] + np.arange(math.ceil(self.step) + 1)
            covered = np.minimum(pixels + 1, high[:, None]) - np.maximum(pixels, low[:, None])
            weights = np.clip(covered, 0, None) / self.step
        else:
            centre = (output + 0.5) * self.step - 0.5
            starts = np.floor(centre).astype(np.int64) - 1
            weights = _catmull_rom(np.abs(starts[:, None] + np.arange(4) - centre[:, None]))
        # Rounding the running sums, not the weights, spreads the rounding error and keeps the total.
        running = np.rint(np.cumsum(weights, axis=1) * WEIGHT_UNITS)
        running[:, -1] = WEIGHT_UNITS
        return starts, np.diff(running, axis=1, prepend=0).astype(np.float32)


def resample(image: RgbImage, *, rows: AxisSpan, columns: AxisSpan) -> RgbImage:
    """Output pixels `rows` x `columns` from the input pixels `rows.needed` x `columns.needed`.

    Args:
        image: (stop - start of rows.needed, stop - start of columns.needed, 3) uint8.

    Returns (rows.count, columns.count, 3) uint8.
    """
    (top, bottom), (left, right) = rows.needed, columns.needed
    if image.shape != (bottom - top, right - left, 3):
        raise ValueError(f"{bottom - top} rows of {right - left} px are needed, not shape {image.shape}")
    tall = _along_first_axis(image.reshape(bottom - top, -1), rows)
    # Powers of two: the products are exact, like the sums.
    _round_to(tall, scale=BETWEEN_UNITS / WEIGHT_UNITS, limit=255 * BETWEEN_UNITS)
    turned = tall.reshape(rows.count, right - left, 3).transpose(1, 0, 2).astype(np.uint16, order="C")
    wide = _along_first_axis(turned.reshape(right - left, -1), columns)
    _round_to(wide, scale=1 / (BETWEEN_UNITS * WEIGHT_UNITS), limit=255)
    return wide.reshape(columns.count, rows.count, 3).transpose(1, 0, 2).astype(np.uint8, order="C")


def _along_first_axis(values: NDArray[np.generic], span: AxisSpan) -> NDArray[np.float32]:
    """Weighted sums, in units, of the lines of a matrix: (inputs, n) -> (span.count, n) float32.

    Plain additions and no matrix product: BLAS would start threads of its own beside those that read and
    predict, and was several times slower on a busy machine.
    """
    starts, weights = span.taps()
    starts = starts - starts[0]
    sums = np.zeros((span.count, values.shape[1]), dtype=np.float32)
    term = np.empty((LINES_AT_ONCE, values.shape[1]), dtype=np.float32)
    for begin in range(0, span.count, LINES_AT_ONCE):
        end = min(begin + LINES_AT_ONCE, span.count)
        for tap in range(weights.shape[1]):
            term[: end - begin] = values[starts[begin:end] + tap]
            term[: end - begin] *= weights[begin:end, tap, None]
            sums[begin:end] += term[: end - begin]
    return sums


def _round_to(values: NDArray[np.float32], *, scale: float, limit: int) -> None:
    """Scales, rounds and clips to 0..limit in place."""
    values *= np.float32(scale)
    np.rint(values, out=values)
    np.clip(values, 0, limit, out=values)


def _catmull_rom(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keys' cubic kernel with a = -1/2, zero from distance 2 on (Keys 1981, eq. 4 and 8)."""
    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    return np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))
