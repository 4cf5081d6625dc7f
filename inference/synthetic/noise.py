"""Random fields and point patterns with no visible grain of the grid they are made on."""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Number = TypeVar("Number", np.float32, np.uint8)


def smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int], *, scale: float, octaves: int = 1
) -> Field:
    """Zero mean, unit deviation noise of `shape` (rows, columns) whose blobs are about `scale` pixels wide.

    Each further octave halves the scale and the weight.
    """
    rows, columns = shape
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        step = max(scale / 2**octave, 1.0)
        coarse = rng.standard_normal((int(rows / step) + 4, int(columns / step) + 4)).astype(np.float32)
        # A quarter-cell of offset keeps the maxima of the octaves from falling on one another.
        to_coarse = np.array([[1 / step, 0, 1 + octave * 0.25], [0, 1 / step, 1 + octave * 0.25]], np.float64)
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        total += (
            cv2.warpAffine(coarse, to_coarse, (columns, rows), flags=flags, borderMode=cv2.BORDER_REFLECT)
            / 2**octave
        )
    return np.asarray((total - total.mean()) / max(float(total.std()), 1e-6), np.float32)


def periodic_noise(rng: np.random.Generator, period: int, *, scale: tuple[float, float]) -> Field:
    """Zero mean, unit deviation noise (period, period) that tiles seamlessly, Gaussian `scale` (x, y) in pixels."""
    spectrum = np.fft.rfft2(rng.standard_normal((period, period), np.float32))
    fx, fy = np.fft.rfftfreq(period), np.fft.fftfreq(period)
    along = np.exp(-2 * (np.pi * scale[0] * fx) ** 2).astype(np.float32)
    down = np.exp(-2 * (np.pi * scale[1] * fy) ** 2).astype(np.float32)
    field = np.fft.irfft2(spectrum * along * down[:, None], s=(period, period))
    return np.asarray((field - field.mean()) / field.std(), np.float32)


def wrapped(field: NDArray[Number], x: int, y: int, *, width: int, height: int) -> NDArray[Number]:
    """The window (height, width, ...) of a seamless field whose corner is at (x, y), any integers."""
    period_y, period_x = field.shape[:2]
    result = np.empty((height, width, *field.shape[2:]), field.dtype)
    # Whole rectangles are copied: indexing pixel by pixel takes ten times as long.
    row = 0
    while row < height:
        source_row = (y + row) % period_y
        rows = min(period_y - source_row, height - row)
        column = 0
        while column < width:
            source_column = (x + column) % period_x
            columns = min(period_x - source_column, width - column)
            part = field[source_row : source_row + rows, source_column : source_column + columns]
            result[row : row + rows, column : column + columns] = part
            column += columns
        row += rows
    return result


def even_points(
    rng: np.random.Generator, *, cells: int, spacing: float
) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """Points (n, 2) about `spacing` apart, irregular, and the period (x, y) with which they tile the plane.

    A hexagonal lattice is shaken hard and then pushed apart, which leaves neither rows nor overlaps. `cells` points
    on a side, even.
    """
    pitch = np.array([spacing, spacing * np.sqrt(3) / 2])
    rows, columns = np.mgrid[0:cells, 0:cells]
    place = np.stack([(columns + 0.5 * (rows % 2)) * pitch[0], rows * pitch[1]], axis=-1).astype(np.float64)
    period = pitch * cells
    place += rng.normal(0, 0.38 * spacing, place.shape)
    ring = [(dy, dx) for dy in range(-2, 3) for dx in range(-2, 3) if (dy, dx) != (0, 0)]
    for _ in range(8):
        push = np.zeros_like(place)
        for dy, dx in ring:
            away = place - np.roll(place, (dy, dx), axis=(0, 1))
            away -= period * np.round(away / period)
            distance = np.maximum(np.hypot(away[..., 0], away[..., 1]), 1e-3)
            push += away / distance[..., None] * np.maximum(0, 0.93 * spacing - distance)[..., None]
        place += 0.35 * push
    return (place % period).reshape(-1, 2), (float(period[0]), float(period[1]))
