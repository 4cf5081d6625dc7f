"""Display levels halve, tiles cover every view without gap or overlap, the nearest come first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.display_pyramid import (
    MAX_SHRINK,
    SOFTNESS,
    TILE,
    best_level,
    display_levels,
    level_within,
    ring_around,
    tile_region_l0,
    tiles_covering,
)
from inference.slides.frames import RegionL0
from inference.slides.slide import Level


def pyramid(width: int, height: int, *factors: float) -> tuple[Level, ...]:
    return tuple(
        Level(round(width / f), round(height / f), width / round(width / f), height / round(height / f))
        for f in factors
    )


def test_levels_of_factor_two_are_taken_as_they_are() -> None:
    levels = display_levels(pyramid(4096, 4096, 1, 2, 4, 8))
    assert [(level.source_level, level.shrink) for level in levels] == [(0, 1), (1, 1), (2, 1), (3, 1)]


def test_levels_are_made_in_gaps_and_down_to_one_tile() -> None:
    levels = display_levels(pyramid(40_000, 20_000, 1, 4, 16))
    made = [(level.source_level, level.shrink) for level in levels]
    assert made == [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2), (2, 4), (2, 8)]
    assert (levels[-1].columns, levels[-1].rows) == (1, 1)


def test_the_cost_of_a_made_level_is_bounded() -> None:
    levels = display_levels(pyramid(200_000, 100_000, 1))
    assert max(level.shrink for level in levels) == MAX_SHRINK


@given(st.floats(0.01, 500))
def test_the_best_level_is_sharp_and_no_finer_than_needed(downsample: float) -> None:
    levels = display_levels(pyramid(80_000, 60_000, 1, 4, 16))
    best = best_level(levels, downsample_device=downsample)
    assert best == 0 or levels[best].downsample <= downsample * SOFTNESS
    assert best == len(levels) - 1 or levels[best + 1].downsample > downsample * SOFTNESS


@given(
    x=st.floats(-3000, 9000), y=st.floats(-3000, 7000), width=st.floats(1, 6000), height=st.floats(1, 6000),
    level=st.integers(0, 4),
)  # fmt: skip
def test_tiles_cover_the_view_exactly_once(
    x: float, y: float, width: float, height: float, level: int
) -> None:
    levels = display_levels(pyramid(7001, 5003, 1, 2.003, 8))
    at = levels[level]
    keys = tiles_covering(levels, RegionL0(x, y, width, height), level=level)
    assert len(set(keys)) == len(keys)
    # Every corner and middle of the view's part of the slide lies in exactly one tile.
    left, right = max(x, 0), min(x + width, at.width * at.downsample_x)
    top, bottom = max(y, 0), min(y + height, at.height * at.downsample_y)
    if left >= right or top >= bottom:
        return
    regions = [tile_region_l0(at, key) for key in keys]
    for px in (left, (left + right) / 2, right - 1e-6 * width):
        for py in (top, (top + bottom) / 2, bottom - 1e-6 * height):
            holding = [
                r for r in regions if r.x <= px < r.x + r.width + 1e-6 and r.y <= py < r.y + r.height + 1e-6
            ]
            assert holding, (px, py)


def test_the_nearest_tile_comes_first_and_the_ring_lies_outside() -> None:
    levels = display_levels(pyramid(20_000, 20_000, 1, 2, 4))
    region = RegionL0(5 * TILE, 5 * TILE, 3 * TILE, 3 * TILE)
    keys = tiles_covering(levels, region, level=0)
    assert keys[0] == (0, 6, 6) and len(keys) == 9
    ring = ring_around(levels, region, level=0)
    assert len(ring) == 5 * 5 - 9 and not set(ring) & set(keys)


def test_a_view_of_too_many_tiles_takes_a_coarser_level() -> None:
    levels = display_levels(pyramid(20_000, 20_000, 1, 2, 4))
    region = RegionL0(0, 0, 20_000, 20_000)
    level = level_within(levels, region, downsample_device=1.0, max_tiles=100)
    assert len(tiles_covering(levels, region, level=level)) <= 100
    assert len(tiles_covering(levels, region, level=level - 1)) > 100


def test_edge_tiles_are_no_larger_than_their_level() -> None:
    levels = display_levels(pyramid(700, 600, 1))
    region = tile_region_l0(levels[0], tiles_covering(levels, RegionL0(690, 590, 1, 1), level=0)[0])
    assert (region.x, region.y) == (512, 512)
    assert (region.width, region.height) == (pytest.approx(188), pytest.approx(88))
