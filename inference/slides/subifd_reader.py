"""Tiled RGB TIFF whose pyramid lies in sub-directories, as OME-TIFF keeps it: OpenSlide sees only its finest level."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from inference.errors import SlideError, UnreadableTileError
from inference.slides.colour_profile import read_profile
from inference.slides.direct_tiles import JPEG, DirectTiles, tile_table
from inference.slides.fingerprint import file_fingerprint
from inference.slides.frames import Mpp, SizeL0
from inference.slides.openslide_reader import settle_downsample
from inference.slides.reader import SYNTHETIC_MARK
from inference.slides.reads import BoxLv, check_read, part_inside, put, white_canvas
from inference.slides.resolution import settle_resolution
from inference.slides.shared_file import SharedFile
from inference.slides.slide import Level, RgbImage, Slide, SlideInfo
from inference.slides.stain import stain_notices
from inference.slides.tiff_claims import UNPARSABLE, check_tile_claims

OME_SIZE = re.compile(r'PhysicalSize([XY])(Unit)?="([^"]{1,40})"')
"""The attributes of OME-XML's Pixels that state the resolution. They are picked out as text, so that no XML of a
stranger is ever parsed."""
MICROMETRE = ("µm", "μm", "um", "&#181;m", "&#xb5;m")
OVERVIEW_SIDE = 2048
"""Largest side of a coarsest level that is looked at whole for its stain."""


class SubIfdReader:
    """The reader for pyramids in sub-directories."""

    name = "tifffile"

    def detect(self, path: Path) -> bool:
        """Whether the file is a TIFF with a first picture in 8-bit RGB tiles and coarser ones below it."""
        try:
            with tifffile.TiffFile(path) as file:
                return len(_pages(file)) > 1
        except UNPARSABLE:
            return False

    def open(self, path: Path, *, mpp: Mpp | None = None) -> Slide:
        """Opens a slide; raises SlideError for a damaged one."""
        return SubIfdSlide(path, mpp=mpp)


class SubIfdSlide:
    """An open slide with its levels in sub-directories; implements the `Slide` protocol.

    JPEG tiles go the way of `DirectTiles`, others through tifffile's decoders.
    """

    def __init__(self, path: Path, *, mpp: Mpp | None = None) -> None:
        check_tile_claims(path)
        try:
            with tifffile.TiffFile(path) as file:
                pages = _pages(file)
                description = str(pages[0].description)
                profile, profile_notices = read_profile(pages[0].iccprofile)
                stated = _stated_mpp(description)
                # Made now: tifffile builds a page's decoder on first use, which threads must not do at once.
                self._decoders: list[Callable[..., Any]] = [page.decode for page in pages]
        except (*UNPARSABLE, IndexError) as error:
            raise SlideError(
                "The slide is damaged or incomplete",
                where=str(path),
                advice="Copy it again from its source and compare the file sizes",
            ) from error
        width, height = pages[0].imagewidth, pages[0].imagelength
        levels = tuple(
            Level(
                page.imagewidth,
                page.imagelength,
                settle_downsample(width, page.imagewidth),
                settle_downsample(height, page.imagelength),
            )
            for page in pages
        )
        tables = {
            index: tile_table(page, level)
            for index, (page, level) in enumerate(zip(pages, levels, strict=True))
        }
        self._tables = {index: table for index, table in tables.items() if table is not None}
        if len(self._tables) < len(levels):
            raise SlideError(
                "The slide's tiles are not all there, or larger than can be read",
                where=str(path),
                advice="Save it again as a pyramidal TIFF with tiles of 256 or 512 px",
            )
        self._jpeg = tuple(page.compression == JPEG for page in pages)
        self._path = path
        self._file = SharedFile(path)
        self._direct = DirectTiles(path, self._tables)
        found, source, notices = settle_resolution(stated, given=mpp)
        self._info = SlideInfo(
            path=path,
            fingerprint=file_fingerprint(path),
            format="OME-TIFF" if "<OME" in description else "TIFF with sub-directories",
            size_l0=SizeL0(width, height),
            levels=levels,
            mpp=found,
            mpp_source=source,
            reading="JPEG tiles decoded directly" if all(self._jpeg) else "Tiles decoded by tifffile",
            synthetic=description.startswith(SYNTHETIC_MARK),
            notices=(*notices, *profile_notices),
            colour_profile=profile,
        )
        self._info = _with_stain(self)

    @property
    def info(self) -> SlideInfo:
        """The slide's description."""
        return self._info

    def read_region(self, level: int, *, x_lv: int, y_lv: int, width: int, height: int) -> RgbImage:
        """Pixels of a level as the protocol says."""
        check_read(self._info.levels, level, width=width, height=height)
        if self._file.is_closed:
            raise ValueError("the slide is closed")
        wanted = BoxLv(x_lv, y_lv, width, height)
        canvas = white_canvas(width, height)
        inside = part_inside(self._info.levels[level], wanted)
        if inside is None:
            return canvas
        table = self._tables[level]
        for index in table.tiles_of(inside):
            part = part_inside(self._info.levels[level], table.box(index))
            if part is not None and table.lengths[index]:
                put(canvas, wanted, pixels=self._tile(level, index, part), pixels_box=part)
        return canvas

    def close(self) -> None:
        """Lets the file go, once the reads under way have ended."""
        self._file.close()
        self._direct.close()

    def _tile(self, level: int, index: int, part: BoxLv) -> RgbImage:
        """The part of a stored tile that lies on the level."""
        pixels = self._direct.read(level, part) if self._jpeg[level] else self._decoded(level, index, part)
        if pixels is None:
            if self._file.is_closed:
                raise ValueError("the slide is closed")
            raise UnreadableTileError(
                "A part of the slide cannot be decoded",
                where=f"{self._path}, level {level}, x {part.x}, y {part.y}, {part.width} x {part.height} px",
                advice="The rest of the slide can be used; copy the file again from its source",
            )
        return pixels

    def _decoded(self, level: int, index: int, part: BoxLv) -> RgbImage | None:
        table = self._tables[level]
        try:
            data = self._file.read(int(table.offsets[index]), int(table.lengths[index]))
            pixels = np.asarray(self._decoders[level](data, index)[0])[0, : part.height, : part.width]
        except (*UNPARSABLE, RuntimeError, MemoryError):
            return None
        return pixels if pixels.shape == (part.height, part.width, 3) and pixels.dtype == np.uint8 else None


def _pages(file: tifffile.TiffFile) -> list[tifffile.TiffPage]:
    """The first picture and its sub-directories, finest first, as far as they are 8-bit RGB in tiles."""
    first = file.pages[0]
    if not isinstance(first, tifffile.TiffPage) or not first.subifds:
        return []
    below = [page for page in first.pages or () if isinstance(page, tifffile.TiffPage)]
    pages = [page for page in (first, *below) if _is_rgb_tiles(page)]
    pages.sort(key=lambda page: -page.imagewidth)
    return pages if pages and pages[0] is first else []


def _is_rgb_tiles(page: tifffile.TiffPage) -> bool:
    return bool(
        page.is_tiled
        and page.samplesperpixel == 3
        and page.bitspersample == 8
        and page.planarconfig == 1
        and min(page.imagewidth, page.imagelength) > 0
    )


def _stated_mpp(description: str) -> tuple[float, float] | None:
    """Micrometres per pixel along x and y as OME-XML states them."""
    found = {axis + (unit or ""): value for axis, unit, value in OME_SIZE.findall(description)}
    try:
        # Micrometres where no unit is named (OME schema).
        if all(found.get(axis + "Unit", MICROMETRE[0]) in MICROMETRE for axis in "XY"):
            return float(found["X"]), float(found["Y"])
    except (KeyError, ValueError):
        pass
    return None


def _with_stain(slide: SubIfdSlide) -> SlideInfo:
    """The description with what the coarsest level tells of the stain."""
    info, level = slide.info, len(slide.info.levels) - 1
    size = info.levels[level]
    side = (min(size.width, OVERVIEW_SIDE), min(size.height, OVERVIEW_SIDE))
    try:
        notices = stain_notices(slide.read_region(level, x_lv=0, y_lv=0, width=side[0], height=side[1]))
    except UnreadableTileError:
        notices = ("A part of the slide's overview cannot be decoded: the file is damaged.",)
    return dataclasses.replace(info, notices=(*info.notices, *notices))


READER = SubIfdReader()
