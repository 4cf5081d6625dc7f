"""Slides of any size in a few megabytes: a tiled pyramid whose tile entries share the same compressed data.

For measurements and tests of scale. Tissue is one drawn (or given) texture, repeated block by block over an oval part
of the slide; the rest is glass. Every level shows what level 0 shows, as on any slide.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from inference.synthetic.paint import make_palette, paint_block
from inference.synthetic.pyramid_tiff import RgbArray, encode_tile, halve, level_sizes
from inference.synthetic.spec import DemoSpec
from inference.synthetic.stain import GLASS

BLOCK = 2048
"""Side in level-0 px of the square that is tissue or glass as a whole, and of the texture that fills it."""
SHORT, LONG, RATIONAL, LONG8 = 3, 4, 5, 16
"""Types of TIFF fields (TIFF 6.0, section 2; BigTIFF)."""
FIELD_CODES = {SHORT: "H", LONG: "I", RATIONAL: "I", LONG8: "Q"}


@dataclass(frozen=True, slots=True)
class GiantTruth:
    """What is tissue on a made giant slide: (rows, columns) bool of blocks of `BLOCK` level-0 px."""

    tissue: NDArray[np.bool_]
    width: int
    height: int

    @property
    def tissue_fraction(self) -> float:
        """Tissue blocks over all blocks."""
        return float(self.tissue.mean())


def write_giant_slide(
    path: Path,
    *,
    width: int = 100_000,
    height: int = 200_000,
    mpp: float = 0.243,
    tissue_fraction: float = 0.2,
    tile: int = 512,
    texture: RgbArray | None = None,
) -> GiantTruth:
    """Writes a BigTIFF that OpenSlide opens as generic TIFF, JPEG 4:2:0, levels halved, and says where tissue is.

    Args:
        width, height: level-0 px.
        mpp: micrometres per level-0 px; the default makes level 2 PCam's 0.972 exactly.
        tissue_fraction: part of the blocks of 2048 px that is tissue, met to within one block.
        tile: side of the stored tiles, a power of two from 128 to 1024.
        texture: (2048, 2048, 3) uint8 RGB for a block of tissue; drawn if None (a few seconds).

    Raises ValueError for a side of tiles or a texture that does not fit, OSError where the file cannot be written.
    """
    if tile not in (128, 256, 512, 1024):
        raise ValueError(f"tiles of {tile} px do not divide a block of {BLOCK}")
    drawn = drawn_texture() if texture is None else texture
    if drawn.shape != (BLOCK, BLOCK, 3):
        raise ValueError(f"the texture must have the shape {(BLOCK, BLOCK, 3)}, not {drawn.shape}")
    truth = GiantTruth(_oval(width, height, tissue_fraction), width, height)
    blocks = (np.full((BLOCK, BLOCK, 3), GLASS, np.uint8), drawn)
    with path.open("wb") as file:
        file.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0))
        # Each directory's place is written where the one before it ends, the first one's into the header.
        link = file.tell() - 8
        for index, size in enumerate(level_sizes(width, height)):
            stored: dict[tuple[bytes, int, int], tuple[int, int]] = {}
            entries: list[tuple[int, int]] = []
            for name, picture in _tiles(blocks, truth.tissue, size=size, tile=tile):
                if name not in stored:
                    data = encode_tile(picture())
                    stored[name] = (file.tell(), len(data))
                    file.write(data)
                entries.append(stored[name])
            link = _write_directory(
                file, link, entries, size=size, tile=tile, mpp=mpp * 2**index, index=index
            )
            blocks = (halve(blocks[0]), halve(blocks[1]))
    return truth


def drawn_texture(seed: int = 7) -> RgbArray:
    """A block (2048, 2048, 3) from the middle of a drawn lymph node; takes some seconds."""
    spec = DemoSpec(seed=seed, width=4 * BLOCK, height=4 * BLOCK)
    return paint_block(make_palette(spec), 3 * BLOCK // 2, 3 * BLOCK // 2, side=BLOCK)


def _oval(width: int, height: int, fraction: float) -> NDArray[np.bool_]:
    """The blocks nearest to the middle of the slide, as a part of its width and height, that make up a fraction."""
    rows, columns = -(-height // BLOCK), -(-width // BLOCK)
    y, x = np.mgrid[:rows, :columns]
    distance = np.hypot((y + 0.5) / rows - 0.5, (x + 0.5) / columns - 0.5)
    nearest = np.argsort(distance, axis=None, kind="stable")[: round(fraction * rows * columns)]
    tissue = np.zeros(rows * columns, bool)
    tissue[nearest] = True
    return tissue.reshape(rows, columns)


def _tiles(
    blocks: tuple[RgbArray, RgbArray], tissue: NDArray[np.bool_], *, size: tuple[int, int], tile: int
) -> Iterator[tuple[tuple[bytes, int, int], Callable[[], RgbArray]]]:
    """The tiles of a level row by row: a name that equal tiles share, and what makes the pixels.

    Args:
        blocks: a block of glass and one of tissue at this level's size.
    """
    side = blocks[0].shape[0]
    per_tile, per_block = max(1, tile // side), max(1, side // tile)
    for row, column in itertools.product(range(-(-size[1] // tile)), range(-(-size[0] // tile))):
        # Below a block's size a tile is a part of one, above it is made of several; beyond the slide there is glass.
        top, left = row * tile // side, column * tile // side
        kinds = np.zeros((per_tile, per_tile), bool)
        part = tissue[top : top + per_tile, left : left + per_tile]
        kinds[: part.shape[0], : part.shape[1]] = part
        y, x = row % per_block * tile, column % per_block * tile

        def picture(kinds: NDArray[np.bool_] = kinds, y: int = y, x: int = x) -> RgbArray:
            if kinds.size == 1:
                return blocks[int(kinds[0, 0])][y : y + tile, x : x + tile]
            return np.concatenate(
                [np.concatenate([blocks[int(kind)] for kind in line], axis=1) for line in kinds]
            )

        # Glass has no places that could be told apart.
        yield (kinds.tobytes(), y, x) if kinds.any() else (b"", 0, 0), picture


def _write_directory(
    file: BinaryIO,
    link: int,
    entries: list[tuple[int, int]],
    *,
    size: tuple[int, int],
    tile: int,
    mpp: float,
    index: int,
) -> int:
    """Writes the directory of one level at the end of the file; returns where the next one's place belongs."""
    per_centimetre = (round(1e7 / mpp), 1000)
    description = (
        b"Equiscope synthetic slide: one texture many times over. No patient, no tissue, no diagnosis.\0"
    )
    fields: list[tuple[int, int, tuple[int, ...] | bytes]] = [
        (254, LONG, (1 if index else 0,)),  # NewSubfileType: reduced
        (256, LONG, (size[0],)),
        (257, LONG, (size[1],)),
        (258, SHORT, (8, 8, 8)),
        (259, SHORT, (7,)),  # JPEG
        (262, SHORT, (6,)),  # YCbCr
        (270, 2, description),
        (277, SHORT, (3,)),
        (282, RATIONAL, per_centimetre),
        (283, RATIONAL, per_centimetre),
        (284, SHORT, (1,)),
        (296, SHORT, (3,)),  # per centimetre
        (322, LONG, (tile,)),
        (323, LONG, (tile,)),
        (324, LONG8, tuple(offset for offset, _ in entries)),
        (325, LONG, tuple(length for _, length in entries)),
        (530, SHORT, (2, 2)),  # 4:2:0
    ]
    records = []
    for tag, kind, values in fields:
        packed = (
            values
            if isinstance(values, bytes)
            else struct.pack(f"<{len(values)}{FIELD_CODES[kind]}", *values)
        )
        count = len(values) // 2 if kind == RATIONAL else len(values)
        if len(packed) > 8:
            place = file.tell()
            file.write(packed)
            packed = struct.pack("<Q", place)
        records.append(struct.pack("<HHQ", tag, kind, count) + packed.ljust(8, b"\0"))
    start = file.tell()
    file.write(struct.pack("<Q", len(records)) + b"".join(records) + struct.pack("<Q", 0))
    end = file.tell()
    file.seek(link)
    file.write(struct.pack("<Q", start))
    file.seek(end)
    return end - 8
