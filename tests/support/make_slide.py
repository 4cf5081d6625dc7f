"""Small real slides for tests: pyramidal TIFF files that OpenSlide opens as generic TIFF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image


def write_pyramid(
    path: Path,
    image: NDArray[np.uint8],
    *,
    mpp: float | tuple[float, float] | None = 0.25,
    factors: Sequence[float] = (1, 2, 4),
    tile: int = 256,
    compression: str | None = "deflate",
    description: str | None = None,
    profile: bytes | None = None,
) -> Path:
    """Writes a tiled pyramidal TIFF and returns its path.

    Args:
        image: (height, width, 3) uint8, the picture of level 0.
        mpp: micrometres per level-0 pixel, for both axes or (x, y); None writes no resolution.
        factors: level-0 pixels per level pixel, 1 first. Whole factors average whole blocks, as scanners do,
            with a smaller last block where the size is no multiple; other factors resample to the rounded size.
        tile: side of the stored tiles, a multiple of 16 (a rule of TIFF).
        compression: lossless unless asked otherwise ("jpeg"), so that tests can compare pixels exactly.
        description: the ImageDescription of level 0.
        profile: an ICC profile for every level.
    """
    if factors[0] != 1:
        raise ValueError("the first level is level 0")
    mpp_xy = (mpp, mpp) if isinstance(mpp, int | float) else mpp
    with tifffile.TiffWriter(path) as writer:
        for index, factor in enumerate(factors):
            writer.write(
                shrink(image, factor),
                tile=(tile, tile),
                photometric="rgb",
                compression=compression,
                subfiletype=1 if index else 0,
                resolution=None if mpp_xy is None else (1e4 / mpp_xy[0] / factor, 1e4 / mpp_xy[1] / factor),
                resolutionunit="NONE" if mpp_xy is None else "CENTIMETER",
                description=description if index == 0 else None,
                iccprofile=profile,
                # tifffile's own description would be mistaken for the slide's.
                metadata=None,
                software=False,
            )
    return path


def shrink(image: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    """The image with `factor` pixels averaged into one along both axes."""
    picture = Image.fromarray(image)
    if factor == int(factor):
        return np.asarray(picture.reduce(int(factor)))
    size = (round(picture.width / factor), round(picture.height / factor))
    return np.asarray(picture.resize(size, Image.Resampling.BOX))


def textured(height: int, width: int, *, seed: int = 0) -> NDArray[np.uint8]:
    """A colourful picture without repeats, smooth at the scale of a few pixels: (height, width, 3) uint8."""
    noise = np.random.default_rng(seed).integers(0, 256, (height // 4 + 2, width // 4 + 2, 3), dtype=np.uint8)
    picture = Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(picture)


def white(height: int, width: int) -> NDArray[np.uint8]:
    """An empty, writable white slide: (height, width, 3) uint8."""
    return np.full((height, width, 3), 255, dtype=np.uint8)
