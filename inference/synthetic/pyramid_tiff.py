"""A tiled JPEG pyramid in one TIFF file, written block by block so that level 0 is never whole in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray

TILE = 512
"""Side of a stored tile, as in Camelyon16; every tile carries 0.6 kB of JPEG tables, so small ones would cost 25 MB."""

BLOCK = 2048
"""Side of the level-0 square painted at once: four tiles at level 0 and still one whole tile at level 2."""

BLOCK_LEVELS = 3
"""Levels 0 to 2 are encoded from a block; the rest from the small picture that all blocks leave behind."""

JPEG_QUALITY = 78
"""With 4:2:0 colour about 2 bits a pixel of tissue: what slide scanners use, and no ringing that shows."""

SMALLEST_SIDE = 1024
"""The pyramid ends with the first level whose longer side is below this: a thumbnail in one read."""

RgbArray = NDArray[np.uint8]


@dataclass(frozen=True)
class EncodedBlock:
    """One block ready to store: JPEG tiles of levels 0 to 2, each level row by row, and its level-3 pixels."""

    tiles: tuple[tuple[bytes, ...], ...]
    rest: RgbArray


def level_sizes(width: int, height: int) -> tuple[tuple[int, int], ...]:
    """(width, height) of all levels, halved and rounded up, level 0 first."""
    sizes = [(width, height)]
    while max(sizes[-1]) >= SMALLEST_SIDE:
        sizes.append((-(-sizes[-1][0] // 2), -(-sizes[-1][1] // 2)))
    return tuple(sizes)


def block_places(width: int, height: int) -> tuple[tuple[int, int], ...]:
    """Corners (x, y) in level-0 pixels of the blocks that cover a slide, row by row: the order they are stored in."""
    return tuple((x, y) for y in range(0, height, BLOCK) for x in range(0, width, BLOCK))


def encode_block(rgb: RgbArray) -> EncodedBlock:
    """Encode a block (BLOCK, BLOCK, 3)."""
    if rgb.shape != (BLOCK, BLOCK, 3):
        raise ValueError(f"a block has the shape {(BLOCK, BLOCK, 3)}, not {rgb.shape}")
    levels: list[tuple[bytes, ...]] = []
    for _ in range(BLOCK_LEVELS):
        levels.append(tuple(encode_tile(tile) for tile in _cut(rgb)))
        rgb = halve(rgb)
    return EncodedBlock(tuple(levels), rgb)


def encode_tile(rgb: RgbArray) -> bytes:
    """One tile (TILE, TILE, 3) as a JPEG stream in YCbCr with 4:2:0 colour."""
    return bytes(
        imagecodecs.jpeg8_encode(
            np.ascontiguousarray(rgb),
            level=JPEG_QUALITY,
            colorspace="RGB",
            outcolorspace="YCBCR",
            subsampling="420",
        )
    )


def write_pyramid(
    path: Path, blocks: Iterable[EncodedBlock], *, width: int, height: int, mpp: float, description: str
) -> None:
    """Store a pyramid of `width` x `height` level-0 pixels at `mpp` um/px from its blocks, in `block_places` order.

    Levels follow as further pages marked "reduced", which is what OpenSlide's generic TIFF reader looks for. Nothing
    of the time or the machine is written. Raises OSError where the file cannot be written and ValueError where
    blocks are missing.
    """
    sizes = level_sizes(width, height)
    columns, rows = -(-width // BLOCK), -(-height // BLOCK)
    small_side = BLOCK >> BLOCK_LEVELS
    canvas = np.full((rows * small_side, columns * small_side, 3), 255, np.uint8)
    kept: list[list[EncodedBlock]] = []
    # A classic TIFF ends at 4 GiB; at three bits a pixel and four thirds for the levels that is 8 thousand million.
    with tifffile.TiffWriter(path, bigtiff=width * height > 6_000_000_000) as tiff:
        bands = _bands(blocks, columns, rows)

        def base_tiles() -> Iterator[bytes]:
            for row, band in enumerate(bands):
                for column, block in enumerate(band):
                    y, x = row * small_side, column * small_side
                    canvas[y : y + small_side, x : x + small_side] = block.rest
                # The lower levels are stored after level 0, whose tiles go to disk now and need not be kept.
                kept.append([EncodedBlock(((), *block.tiles[1:]), block.rest[:0]) for block in band])
                yield from _ordered([band], 0, sizes[0], first_row=row * (BLOCK // TILE))

        for level, size in enumerate(sizes):
            if level == 0:
                tiles: Iterator[bytes] = base_tiles()
            elif level < BLOCK_LEVELS:
                tiles = _ordered(kept, level, size)
            else:
                canvas = canvas[: size[1], : size[0]] if level == BLOCK_LEVELS else halve(canvas)
                tiles = _canvas_tiles(canvas)
            tiff.write(
                tiles,
                shape=(size[1], size[0], 3),
                dtype=np.uint8,
                tile=(TILE, TILE),
                photometric="ycbcr",
                compression="jpeg",
                subsampling=(2, 2),
                subfiletype=0 if level == 0 else 1,
                resolution=(1e4 / mpp / 2**level, 1e4 / mpp / 2**level),
                resolutionunit="CENTIMETER",
                description=description if level == 0 else None,
                metadata=None,
                software=False,
            )


def _bands(blocks: Iterable[EncodedBlock], columns: int, rows: int) -> Iterator[list[EncodedBlock]]:
    """The blocks, one row of blocks at a time."""
    source = iter(blocks)
    for _ in range(rows):
        band = [block for _, block in zip(range(columns), source)]  # noqa: B905 (a short end is reported below)
        if len(band) < columns:
            raise ValueError(f"the pyramid needs {columns * rows} blocks and the source ended before")
        yield band


def _ordered(
    bands: list[list[EncodedBlock]], level: int, size: tuple[int, int], *, first_row: int = 0
) -> Iterator[bytes]:
    """The stored tiles of one level, row by row, without those that lie wholly beyond its border."""
    per_side = BLOCK // TILE >> level
    across, down = -(-size[0] // TILE), -(-size[1] // TILE)
    for row in range(first_row, min(down, first_row + per_side * len(bands))):
        band, inner = divmod(row - first_row, per_side)
        for column in range(across):
            block, place = divmod(column, per_side)
            yield bands[band][block].tiles[level][inner * per_side + place]


def _canvas_tiles(canvas: RgbArray) -> Iterator[bytes]:
    """Encoded tiles of a whole level, its last row and column repeated to fill the tiles on the border."""
    below, right = -canvas.shape[0] % TILE, -canvas.shape[1] % TILE
    yield from (
        encode_tile(tile) for tile in _cut(np.pad(canvas, ((0, below), (0, right), (0, 0)), mode="edge"))
    )


def _cut(rgb: RgbArray) -> Iterator[RgbArray]:
    """Tiles of a picture whose sides are whole numbers of tiles, row by row."""
    for y in range(0, rgb.shape[0], TILE):
        for x in range(0, rgb.shape[1], TILE):
            yield rgb[y : y + TILE, x : x + TILE]


def halve(rgb: RgbArray) -> RgbArray:
    """Half the size, rounded up, each pixel the mean of four."""
    even = np.pad(rgb, ((0, rgb.shape[0] % 2), (0, rgb.shape[1] % 2), (0, 0)), mode="edge")
    return np.asarray(
        cv2.resize(even, (even.shape[1] // 2, even.shape[0] // 2), interpolation=cv2.INTER_AREA), np.uint8
    )
