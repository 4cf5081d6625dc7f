"""JPEG tiles of a TIFF-based slide decoded one by one, without OpenSlide's compositing: several times as fast.

OpenSlide paints every read on a canvas of premultiplied colour, also where it hits stored tiles exactly. Here a
tile's bytes are fetched and decoded as they are, with the same library at the same settings. Whatever is out of the
ordinary (a missing tile, a damaged one, another compression) is left to OpenSlide, so that one of them judges it.
"""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import simplejpeg
import tifffile
from numpy.typing import NDArray

from inference.errors import UnreadableTileError
from inference.slides.reads import BoxLv, fits_one_read, part_inside, put
from inference.slides.shared_file import SharedFile
from inference.slides.slide import Level, RgbImage
from inference.slides.tiff_claims import UNPARSABLE

KEPT_BYTES = 48 * 2**20
"""Decoded tiles kept for the next read: a scan's inputs overlap by 64 px, and tiles of 240 px do not divide a
display tile. It holds the row of tiles across two screens, or four scan inputs at once with all their neighbours."""
START_OF_IMAGE, END_OF_IMAGE = b"\xff\xd8", b"\xff\xd9"
ADOBE = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"
"""Segment APP14 but for its last byte, which says how colours are stored: 0 as RGB, 1 as YCbCr. TIFF says it in a tag
of its own, which a JPEG decoder does not see."""
RGB, YCBCR, JPEG = 2, 6, 7
"""Values of PhotometricInterpretation and Compression (TIFF 6.0; JPEG: TIFF technical note 2)."""
SAMPLES = (0.0, 0.5, 1.0)
"""Which tiles of a level, as parts of their number, are compared with OpenSlide's when a slide is opened."""
CLOSE = 12.0
"""Mean difference (0..255) from OpenSlide up to which a level of fractional downsample counts as the same: there
OpenSlide interpolates, with a shift of up to half a level-0 pixel; another place of the slide differs far more."""

ReadByOpenSlide = Callable[[int, BoxLv], RgbImage]


@dataclass(frozen=True, slots=True, eq=False)
class TileTable:
    """Where the tiles of one level lie in the file.

    Attributes:
        level: the level's size.
        tile_width, tile_height: px of a stored tile, also at the right and bottom edge.
        offsets, lengths: (tiles,) bytes, row by row; a length of 0 is a missing tile.
        beginning: what the tiles' JPEG streams need before their own bytes: tables and how colours are stored.
    """

    level: Level
    tile_width: int
    tile_height: int
    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    beginning: bytes

    @property
    def columns(self) -> int:
        """Tiles across."""
        return -(-self.level.width // self.tile_width)

    def box(self, index: int) -> BoxLv:
        """The place of a stored tile; it may reach beyond the level."""
        row, column = divmod(index, self.columns)
        return BoxLv(column * self.tile_width, row * self.tile_height, self.tile_width, self.tile_height)

    def tiles_of(self, box: BoxLv) -> list[int]:
        """The tiles that cover a box lying on the level, row by row."""
        rows = range(box.y // self.tile_height, (box.y + box.height - 1) // self.tile_height + 1)
        columns = range(box.x // self.tile_width, (box.x + box.width - 1) // self.tile_width + 1)
        return [row * self.columns + column for row, column in itertools.product(rows, columns)]


class DirectTiles:
    """Reads levels of a slide tile by tile. Safe to use from several threads; close it once."""

    def __init__(self, path: Path, tables: Mapping[int, TileTable]) -> None:
        self._file = SharedFile(path)
        self._tables = dict(tables)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, int], RgbImage] = OrderedDict()
        self._kept_bytes = 0

    @property
    def levels(self) -> tuple[int, ...]:
        """The levels that are read here."""
        return tuple(sorted(self._tables))

    def read(self, level: int, box: BoxLv) -> RgbImage | None:
        """Pixels of a box that lies on the level; None where OpenSlide must be asked. Read-only for the caller."""
        table = self._tables.get(level)
        if table is None:
            return None
        tiles = table.tiles_of(box)
        if len(tiles) == 1 and table.box(tiles[0]) == box:
            return self._tile(level, table, tiles[0])
        pixels = np.empty((box.height, box.width, 3), np.uint8)
        for index in tiles:
            tile = self._tile(level, table, index)
            if tile is None:
                return None
            put(pixels, box, pixels=tile, pixels_box=table.box(index))
        return pixels

    def keep_agreeing(self, openslide_read: ReadByOpenSlide, downsamples: tuple[float, ...]) -> None:
        """Drops the levels whose sample tiles differ from OpenSlide's."""
        self._tables = {
            level: table
            for level, table in self._tables.items()
            if self._agrees(level, table, openslide_read, downsamples[level])
        }

    def close(self) -> None:
        """Lets the file go, once the reads under way have ended."""
        self._file.close()
        with self._lock:
            self._kept.clear()
            self._kept_bytes = 0

    def _agrees(
        self, level: int, table: TileTable, openslide_read: ReadByOpenSlide, downsample: float
    ) -> bool:
        stored = np.flatnonzero(table.lengths)
        compared = 0
        for part in SAMPLES:
            # The coarser levels come from the same encoder: one tile each, so that opening stays fast.
            if not stored.size or (level > 0 and compared):
                break
            box = part_inside(table.level, table.box(int(stored[round(part * (stored.size - 1))])))
            ours = None if box is None else self.read(level, box)
            if box is None or ours is None:
                continue
            try:
                theirs = openslide_read(level, box)
            except UnreadableTileError:
                return False
            compared += 1
            exact = all((place * downsample).is_integer() for place in (box.x, box.y))
            if exact and not np.array_equal(ours, theirs):
                return False
            if float(np.abs(ours.astype(np.int16) - theirs).mean()) > CLOSE:
                return False
        return compared > 0

    def _tile(self, level: int, table: TileTable, index: int) -> RgbImage | None:
        """A stored tile as a whole, or None where it is missing or cannot be decoded."""
        with self._lock:
            found = self._kept.get((level, index))
            if found is not None:
                self._kept.move_to_end((level, index))
                return found
        pixels = self._decoded(table, index)
        if pixels is not None:
            self._keep((level, index), pixels)
        return pixels

    def _decoded(self, table: TileTable, index: int) -> RgbImage | None:
        length = int(table.lengths[index])
        if length <= len(START_OF_IMAGE):
            return None
        try:
            data = self._file.read(int(table.offsets[index]), length)
            stream = table.beginning + data[len(START_OF_IMAGE) :]
            # Looked at first, since the decoder takes the memory that the stream's own header claims.
            height, width, _, _ = simplejpeg.decode_jpeg_header(stream)
            if (height, width) != (table.tile_height, table.tile_width):
                return None
            # It refuses streams that other decoders only warn of, and so does OpenSlide.
            pixels: RgbImage = simplejpeg.decode_jpeg(stream, colorspace="RGB", strict=True)
        except (OSError, ValueError):
            return None
        pixels.flags.writeable = False
        return pixels

    def _keep(self, key: tuple[int, int], pixels: RgbImage) -> None:
        with self._lock:
            if key in self._kept or self._file.is_closed:
                return
            self._kept[key] = pixels
            self._kept_bytes += pixels.nbytes
            while self._kept_bytes > KEPT_BYTES:
                self._kept_bytes -= self._kept.popitem(last=False)[1].nbytes


def find_tables(path: Path, levels: tuple[Level, ...]) -> dict[int, TileTable]:
    """The levels of a slide that are stored as baseline JPEG tiles of a TIFF file; none where the file is no TIFF."""
    try:
        with tifffile.TiffFile(path) as file:
            pages: dict[tuple[int, int], list[tifffile.TiffPage]] = {}
            for page in file.pages:
                if not isinstance(page, tifffile.TiffPage):
                    continue
                pages.setdefault((page.imagewidth, page.imagelength), []).append(page)
            found = {}
            for index, level in enumerate(levels):
                # Two pages of one size could be a level and something else.
                candidates = pages.get((level.width, level.height), [])
                table = _jpeg_table(candidates[0], level) if len(candidates) == 1 else None
                if table is not None:
                    found[index] = table
            return found
    except UNPARSABLE:
        return {}


def tile_table(page: tifffile.TiffPage, level: Level) -> TileTable | None:
    """The table of a tiled page whatever its compression, or None where it is incomplete or its tiles too large."""
    if not (min(page.tilewidth, page.tilelength) > 0 and fits_one_read(page.tilewidth, page.tilelength)):
        return None
    tiles = -(-page.imagewidth // page.tilewidth) * -(-page.imagelength // page.tilelength)
    if not len(page.dataoffsets) == len(page.databytecounts) == tiles:
        return None
    tables = page.jpegtables or START_OF_IMAGE + END_OF_IMAGE
    return TileTable(
        level,
        page.tilewidth,
        page.tilelength,
        np.asarray(page.dataoffsets, np.int64),
        np.asarray(page.databytecounts, np.int64),
        tables.removesuffix(END_OF_IMAGE) + ADOBE + (b"\x00" if page.photometric == RGB else b"\x01"),
    )


def _jpeg_table(page: tifffile.TiffPage, level: Level) -> TileTable | None:
    """The table of a page, or None if its tiles are not such that can be decoded here."""
    usual = (
        page.is_tiled
        and page.compression == JPEG
        and page.photometric in (RGB, YCBCR)
        and page.samplesperpixel == 3
        and page.bitspersample == 8
        and page.planarconfig == 1
        and page.tiledepth == page.imagedepth == 1
    )
    return tile_table(page, level) if usual else None
