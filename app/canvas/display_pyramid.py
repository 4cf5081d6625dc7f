"""Which display tiles cover a view: the slide's levels and made ones, so that each halves the last."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from inference.slides.frames import PointL0, RegionL0, SizeL0
from inference.slides.slide import Level

TILE = 512
"""Side of a display tile in px of its level: half the painter calls of 256 px tiles, still 1 MiB each."""
MAX_SHRINK = 32
"""Largest factor between a made level and the file's level it is read from.

A tile then reads at most (32 * 512)^2 px, some seconds of decoding on one core; it is read in blocks and can
be given up between them.
"""
SOFTNESS = 1.1
"""How far a level may be enlarged before the finer one is taken: 10 % is not seen, and saves tiles."""


class TileKey(NamedTuple):
    """A display tile by whole numbers: level of the display pyramid, column, row."""

    level: int
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class DisplayLevel:
    """One level of the display pyramid.

    Attributes:
        width, height: px of this level.
        downsample_x, downsample_y: level-0 px per px of this level.
        source_level: the file's level it is read from.
        shrink: px of the source level per px of this level along each axis; 1 for the file's own levels.
    """

    width: int
    height: int
    downsample_x: float
    downsample_y: float
    source_level: int
    shrink: int

    @property
    def downsample(self) -> float:
        """One number for both axes."""
        return math.sqrt(self.downsample_x * self.downsample_y)

    @property
    def columns(self) -> int:
        """Tiles across."""
        return -(-self.width // TILE)

    @property
    def rows(self) -> int:
        """Tiles down."""
        return -(-self.height // TILE)


def display_levels(levels: Sequence[Level]) -> tuple[DisplayLevel, ...]:
    """The display pyramid of a slide's levels, finest first.

    Levels are made by halving wherever the file's next level is more than about twice as coarse, and after
    its coarsest one until a single tile holds the slide or `MAX_SHRINK` is reached.
    """
    found: list[DisplayLevel] = []
    for index, level in enumerate(levels):
        found.append(_made(level, source_level=index, shrink=1))
        coarser = levels[index + 1] if index + 1 < len(levels) else None
        shrink = 2
        while shrink <= MAX_SHRINK:
            if coarser is not None:
                # A made level this close to the file's next one would not save anything.
                wanted = level.downsample_x * shrink * 1.5 <= coarser.downsample_x
            else:
                wanted = max(found[-1].width, found[-1].height) > TILE
            if not wanted:
                break
            found.append(_made(level, source_level=index, shrink=shrink))
            shrink *= 2
    return tuple(found)


def _made(level: Level, *, source_level: int, shrink: int) -> DisplayLevel:
    return DisplayLevel(
        width=-(-level.width // shrink),
        height=-(-level.height // shrink),
        downsample_x=level.downsample_x * shrink,
        downsample_y=level.downsample_y * shrink,
        source_level=source_level,
        shrink=shrink,
    )


def best_level(levels: Sequence[DisplayLevel], *, downsample_device: float) -> int:
    """The coarsest level that is still sharp at so many level-0 px per device px."""
    best = 0
    for index, level in enumerate(levels):
        if level.downsample <= downsample_device * SOFTNESS:
            best = index
    return best


def level_within(
    levels: Sequence[DisplayLevel], region_l0: RegionL0, *, downsample_device: float, max_tiles: int
) -> int:
    """The best level whose tiles for a region number at most `max_tiles`, so that they fit the cache."""
    index = best_level(levels, downsample_device=downsample_device)
    while index + 1 < len(levels) and _count(tile_span(levels[index], region_l0)) > max_tiles:
        index += 1
    return index


class TileSpan(NamedTuple):
    """Columns [first_column, end_column) and rows [first_row, end_row) of a level's tiles."""

    first_column: int
    end_column: int
    first_row: int
    end_row: int


def _count(span: TileSpan) -> int:
    return max(0, span.end_column - span.first_column) * max(0, span.end_row - span.first_row)


def tile_span(level: DisplayLevel, region_l0: RegionL0, *, ring: int = 0) -> TileSpan:
    """The tiles of a level that meet a region, with `ring` more on every side, kept on the slide."""
    side_x_l0, side_y_l0 = TILE * level.downsample_x, TILE * level.downsample_y
    return TileSpan(
        max(0, math.floor(region_l0.x / side_x_l0) - ring),
        min(level.columns, math.ceil((region_l0.x + region_l0.width) / side_x_l0) + ring),
        max(0, math.floor(region_l0.y / side_y_l0) - ring),
        min(level.rows, math.ceil((region_l0.y + region_l0.height) / side_y_l0) + ring),
    )


def tiles_covering(
    levels: Sequence[DisplayLevel], region_l0: RegionL0, *, level: int, ring: int = 0
) -> list[TileKey]:
    """Tiles of a level that cover a region's part of the slide, nearest to the region's centre first.

    With a ring, the tiles around the region are added; they come last because they are farther.
    """
    at = levels[level]
    span = tile_span(at, region_l0, ring=ring)
    centre_l0 = region_l0.centre
    column_centre = centre_l0.x / (TILE * at.downsample_x) - 0.5
    row_centre = centre_l0.y / (TILE * at.downsample_y) - 0.5
    keys = [
        TileKey(level, column, row)
        for row in range(span.first_row, span.end_row)
        for column in range(span.first_column, span.end_column)
    ]
    keys.sort(key=lambda key: (key.column - column_centre) ** 2 + (key.row - row_centre) ** 2)
    return keys


def ring_around(levels: Sequence[DisplayLevel], region_l0: RegionL0, *, level: int) -> list[TileKey]:
    """The one ring of tiles just outside a view, for reading ahead while the view rests; nearest first."""
    inside = set(tiles_covering(levels, region_l0, level=level))
    return [key for key in tiles_covering(levels, region_l0, level=level, ring=1) if key not in inside]


def all_tiles(levels: Sequence[DisplayLevel], *, level: int) -> list[TileKey]:
    """Every tile of a level in reading order."""
    at = levels[level]
    return [TileKey(level, column, row) for row in range(at.rows) for column in range(at.columns)]


def tile_region_l0(level: DisplayLevel, key: TileKey) -> RegionL0:
    """The level-0 rectangle of a tile; smaller at the right and bottom edges of its level."""
    left, top = key.column * TILE, key.row * TILE
    right, bottom = min(left + TILE, level.width), min(top + TILE, level.height)
    return RegionL0(
        left * level.downsample_x,
        top * level.downsample_y,
        (right - left) * level.downsample_x,
        (bottom - top) * level.downsample_y,
    )


def is_on_slide(point_l0: PointL0, size_l0: SizeL0) -> bool:
    """Whether a place lies on the slide."""
    return 0 <= point_l0.x < size_l0.width and 0 <= point_l0.y < size_l0.height
