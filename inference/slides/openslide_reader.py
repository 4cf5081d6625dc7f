"""Slides read with OpenSlide, which goes on after a tile that cannot be decoded."""

from __future__ import annotations

import dataclasses
import itertools
import math
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import openslide
from PIL import ImageCms

from inference.errors import SlideError, SlideGoneError, UnreadableTileError
from inference.slides.colour_profile import DAMAGED, ColourProfile, read_profile
from inference.slides.direct_tiles import DirectTiles, find_tables
from inference.slides.fingerprint import FINGERPRINT_DIGITS, file_fingerprint
from inference.slides.frames import Mpp, SizeL0
from inference.slides.reader import SYNTHETIC_MARK
from inference.slides.reads import (
    BoxLv,
    check_read,
    fits_one_read,
    over_white,
    part_inside,
    put,
    white_canvas,
)
from inference.slides.resolution import settle_resolution
from inference.slides.slide import Level, RgbImage, Slide, SlideInfo
from inference.slides.stain import stain_notices
from inference.slides.tiff_claims import check_tile_claims

FORMATS = {
    "aperio": "Aperio SVS",
    "dicom": "DICOM whole-slide image",
    "generic-tiff": "Tiled TIFF",
    "hamamatsu": "Hamamatsu",
    "leica": "Leica SCN",
    "mirax": "3DHISTECH MIRAX",
    "philips": "Philips TIFF",
    "sakura": "Sakura SVSLIDE",
    "trestle": "Trestle TIFF",
    "ventana": "Ventana BIF",
    "zeiss": "Zeiss CZI",
}
"""OpenSlide's vendors in plain words."""

SHOWN_PROPERTIES = (
    openslide.PROPERTY_NAME_VENDOR,
    openslide.PROPERTY_NAME_OBJECTIVE_POWER,
    openslide.PROPERTY_NAME_MPP_X,
    openslide.PROPERTY_NAME_MPP_Y,
    "openslide.level-count",
    "openslide.level[0].tile-width",
    "openslide.level[0].tile-height",
)
"""The only properties that leave the reader: the others hold dates, barcodes, names and paths."""

PLAIN_TILES = ("aperio", "generic-tiff", "philips")
"""Vendors whose levels are their stored tiles side by side, without overlap."""

ANCHORED_BLOCK = 256
"""Side, in level pixels, of the blocks in which a level of fractional downsample is read; a usual tile
side."""


class OpenSlideReader:
    """The reader for everything OpenSlide knows."""

    name = "OpenSlide"

    def detect(self, path: Path) -> bool:
        """Whether OpenSlide knows the format."""
        return openslide.OpenSlide.detect_format(path) is not None

    def open(self, path: Path, *, mpp: Mpp | None = None) -> Slide:
        """Opens a slide; raises SlideError for a damaged one."""
        return OpenSlideSlide(path, mpp=mpp)


class OpenSlideSlide:
    """An open slide behind OpenSlide; implements the `Slide` protocol.

    Levels stored as JPEG tiles are decoded directly where that gives OpenSlide's pixels, which is tried out on
    opening; `info.reading` says so.

    One OpenSlide handle serves all threads. An error in any read makes a handle useless for good, for every
    thread. A read that fails is therefore repeated alone on a fresh handle, which tells the bad tile from its
    victims, and the dead handle is replaced.
    """

    def __init__(self, path: Path, *, mpp: Mpp | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._handle: openslide.OpenSlide | None = self._open_handle()
        self._downsamples = tuple(self._handle.level_downsamples)
        self._info = _describe(path, self._handle, given=mpp)
        self._direct = self._open_direct()
        self._info = dataclasses.replace(self._info, reading=self._reading())
        self._info = dataclasses.replace(self._info, notices=(*self._info.notices, *self._look_at_stain()))

    @property
    def info(self) -> SlideInfo:
        """The slide's description."""
        return self._info

    def read_region(self, level: int, *, x_lv: int, y_lv: int, width: int, height: int) -> RgbImage:
        """Pixels of a level as the protocol says.

        OpenSlide is asked for places in whole level-0 pixels. On a level whose downsample is a fraction they
        do not hit a level pixel exactly; it then interpolates, with a shift of at most half a level-0 pixel.
        Such a level is read in blocks with fixed corners, so that a pixel does not depend on the request that
        it is part of.
        """
        check_read(self._info.levels, level, width=width, height=height)
        wanted = BoxLv(x_lv, y_lv, width, height)
        inside = part_inside(self._info.levels[level], wanted)
        if inside is None:
            self._living_handle()
            return white_canvas(width, height)
        pixels = self._pixels(level, inside)
        if inside == wanted:
            return pixels
        canvas = white_canvas(width, height)
        put(canvas, wanted, pixels=pixels, pixels_box=inside)
        return canvas

    def close(self) -> None:
        """Lets the file go, once the reads under way have ended."""
        # OpenSlide frees a handle when its last user drops it; closing it under a reading thread would crash.
        with self._lock:
            self._handle = None
        if self._direct is not None:
            self._direct.close()

    def _pixels(self, level: int, box: BoxLv) -> RgbImage:
        """Pixels of a box that lies on the level, whichever way they are to be had."""
        self._living_handle()
        direct = None if self._direct is None else self._direct.read(level, box)
        if direct is not None:
            return direct
        if self._downsamples[level].is_integer():
            return self._read(level, box)
        canvas = white_canvas(box.width, box.height)
        for part in self._boxes(level, box):
            put(canvas, box, pixels=self._read(level, part), pixels_box=part)
        return canvas

    def _boxes(self, level: int, inside: BoxLv) -> Iterator[BoxLv]:
        """The blocks with fixed corners that cover a box lying on the level."""
        size = self._info.levels[level]
        rows = range(inside.y // ANCHORED_BLOCK, -(-(inside.y + inside.height) // ANCHORED_BLOCK))
        columns = range(inside.x // ANCHORED_BLOCK, -(-(inside.x + inside.width) // ANCHORED_BLOCK))
        for row, column in itertools.product(rows, columns):
            x, y = column * ANCHORED_BLOCK, row * ANCHORED_BLOCK
            yield BoxLv(x, y, min(ANCHORED_BLOCK, size.width - x), min(ANCHORED_BLOCK, size.height - y))

    def _read(self, level: int, box: BoxLv) -> RgbImage:
        """Pixels of a box that lies on the level."""
        handle = self._living_handle()
        try:
            return self._decode(handle, level, box)
        except openslide.OpenSlideError:
            return self._read_alone(handle, level, box)

    def _read_alone(self, dead: openslide.OpenSlide, level: int, box: BoxLv) -> RgbImage:
        """Repeats a failed read on a handle nobody else uses, and replaces the dead one."""
        with self._lock:
            if self._handle is None:
                raise ValueError("the slide is closed")
            try:
                fresh = self._open_handle()
            except SlideError as error:
                raise SlideGoneError(
                    "The slide can no longer be read",
                    where=str(self._path),
                    advice="Check that its drive is still there, then start again: nothing computed is lost",
                ) from error
            try:
                pixels = self._decode(fresh, level, box)
            except openslide.OpenSlideError as error:
                # The next reader opens the handle anew, so that a slide that has vanished can come back.
                raise UnreadableTileError(
                    "A part of the slide cannot be decoded",
                    where=f"{self._path}, level {level}, x {box.x}, y {box.y}, {box.width} x {box.height} px",
                    advice="The rest of the slide can be used; copy the file again from its source",
                ) from error
            if self._handle is dead:
                self._handle = fresh
            return pixels

    def _decode(self, handle: openslide.OpenSlide, level: int, box: BoxLv) -> RgbImage:
        downsample = self._downsamples[level]
        location_l0 = (round(box.x * downsample), round(box.y * downsample))
        return over_white(handle.read_region(location_l0, level, (box.width, box.height)))

    def _living_handle(self) -> openslide.OpenSlide:
        handle = self._handle
        if handle is None:
            raise ValueError("the slide is closed")
        return handle

    def _open_handle(self) -> openslide.OpenSlide:
        try:
            return openslide.OpenSlide(self._path)
        except (openslide.OpenSlideError, OSError) as error:
            raise SlideError(
                "The slide is damaged or incomplete",
                where=str(self._path),
                advice="Copy it again from its source and compare the file sizes",
            ) from error

    def _open_direct(self) -> DirectTiles | None:
        """The way around OpenSlide for the levels where it gives the same pixels, or None."""
        if self._living_handle().properties.get(openslide.PROPERTY_NAME_VENDOR) not in PLAIN_TILES:
            return None
        tables = find_tables(self._path, self._info.levels)
        if not tables:
            return None
        try:
            direct = DirectTiles(self._path, tables)
        except OSError:
            return None
        direct.keep_agreeing(self._read, self._downsamples)
        return direct

    def _reading(self) -> str:
        """How pixels are read, in plain words."""
        direct = () if self._direct is None else self._direct.levels
        if not direct:
            return "Through OpenSlide"
        if len(direct) == len(self._info.levels):
            return "JPEG tiles decoded directly"
        return (
            f"JPEG tiles decoded directly on {len(direct)} of {len(self._info.levels)} levels, else OpenSlide"
        )

    def _look_at_stain(self) -> tuple[str, ...]:
        """Notices from nine squares spread over the coarsest level: little to read, however large it is."""
        level = len(self._info.levels) - 1
        size = self._info.levels[level]
        side = min(64, size.width, size.height)
        samples = []
        for row, column in itertools.product(range(3), range(3)):
            # Multiples of 64 lie within one stored tile, so that no square needs four of them decoded.
            x_lv = (size.width - side) * column // 2 // 64 * 64
            y_lv = (size.height - side) * row // 2 // 64 * 64
            try:
                samples.append(self.read_region(level, x_lv=x_lv, y_lv=y_lv, width=side, height=side))
            except UnreadableTileError:
                return ("A part of the slide's overview cannot be decoded: the file is damaged.",)
        return stain_notices(np.concatenate(samples))


def _describe(path: Path, handle: openslide.OpenSlide, *, given: Mpp | None) -> SlideInfo:
    """The description of a slide, without a look at its pixels."""
    properties = handle.properties
    vendor = properties.get(openslide.PROPERTY_NAME_VENDOR, "")
    _check_tiles(path, properties, levels=handle.level_count)
    if vendor != "hamamatsu":
        # Hamamatsu's files are no ordinary TIFF: a level is one strip, whose length may overflow its field.
        check_tile_claims(path)
    mpp, source, notices = settle_resolution(_stated_mpp(properties), given=given)
    profile, profile_notices = _profile_of(handle)
    width, height = handle.dimensions
    power = _number(properties.get(openslide.PROPERTY_NAME_OBJECTIVE_POWER))
    quickhash = properties.get(openslide.PROPERTY_NAME_QUICKHASH1)
    return SlideInfo(
        path=path,
        # OpenSlide hashes the coarsest level and the metadata. It has no hash where that level is too large.
        fingerprint=quickhash[:FINGERPRINT_DIGITS] if quickhash else file_fingerprint(path),
        format=f"{FORMATS.get(vendor, vendor or 'Slide')} (OpenSlide)",
        size_l0=SizeL0(width, height),
        levels=tuple(
            Level(
                width_lv,
                height_lv,
                downsample_x=settle_downsample(width, width_lv),
                downsample_y=settle_downsample(height, height_lv),
            )
            for width_lv, height_lv in handle.level_dimensions
        ),
        mpp=mpp,
        mpp_source=source,
        objective_power=power if power is not None and math.isfinite(power) else None,
        synthetic=properties.get("tiff.ImageDescription", "").startswith(SYNTHETIC_MARK),
        associated_images=tuple(sorted(handle.associated_images)),
        notices=(*notices, *profile_notices),
        colour_profile=profile,
        properties={name: properties[name] for name in SHOWN_PROPERTIES if name in properties},
    )


def _profile_of(handle: openslide.OpenSlide) -> tuple[ColourProfile | None, tuple[str, ...]]:
    """The profile and the notices on it."""
    try:
        profile = handle.color_profile
    except (ImageCms.PyCMSError, OSError):
        return None, (DAMAGED,)
    return read_profile(None if profile is None else profile.tobytes())


def settle_downsample(size_l0: int, size_lv: int) -> float:
    """Level-0 pixels per level pixel along one axis, from both sizes.

    Scanners halve an odd size to a whole number by dropping or completing the last pixel, so the quotient of
    the sizes is a little off the factor that was used. A whole factor is taken where it explains the size to
    within one pixel.
    """
    quotient = size_l0 / size_lv
    whole = max(1, round(quotient))
    return float(whole) if abs(size_l0 / whole - size_lv) < 1 else quotient


def _check_tiles(path: Path, properties: Mapping[str, str], *, levels: int) -> None:
    """Raises SlideError for a file whose tiles are claimed larger than one read may be."""
    for level in range(levels):
        # Formats that are not tiled have no such property; their decoders take what they need bit by bit.
        width = int(properties.get(f"openslide.level[{level}].tile-width", "0"))
        height = int(properties.get(f"openslide.level[{level}].tile-height", "0"))
        if not fits_one_read(width, height):
            raise SlideError(
                f"The slide claims tiles of {width} x {height} pixels",
                where=str(path),
                advice="The file is damaged, or has to be saved with smaller tiles",
            )


def _stated_mpp(properties: Mapping[str, str]) -> tuple[float, float] | None:
    x = _number(properties.get(openslide.PROPERTY_NAME_MPP_X))
    y = _number(properties.get(openslide.PROPERTY_NAME_MPP_Y))
    return None if x is None or y is None else (x, y)


def _number(text: str | None) -> float | None:
    """A number in a property, or None if it is absent or none."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


READER = OpenSlideReader()
