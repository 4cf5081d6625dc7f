"""Viewport maths: mappings are exact inverses, zooming holds its point, a slide cannot be lost."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.state.viewport import MAX_ENLARGEMENT, PointView, Viewport
from inference.slides.frames import PointL0, SizeL0

coordinates = st.floats(-1e6, 1e6)
viewports = st.builds(
    Viewport,
    centre_l0=st.builds(PointL0, coordinates, coordinates),
    downsample=st.floats(1 / 32, 512),
    width_view=st.integers(1, 4000).map(float),
    height_view=st.integers(1, 3000).map(float),
    device_pixel_ratio=st.sampled_from([1.0, 1.25, 1.5, 2.0]),
)
points_view = st.builds(PointView, st.floats(-100, 4000), st.floats(-100, 4000))
sizes = st.builds(SizeL0, st.integers(1, 200_000), st.integers(1, 200_000))


@given(viewports, points_view)
def test_view_and_level_0_are_inverse(viewport: Viewport, point: PointView) -> None:
    there_and_back = viewport.to_view(viewport.to_l0(point))
    assert there_and_back.x == pytest.approx(point.x, abs=1e-4)
    assert there_and_back.y == pytest.approx(point.y, abs=1e-4)


@given(viewports, points_view, st.floats(0.1, 10))
def test_zoom_holds_the_place_under_the_cursor(viewport: Viewport, point: PointView, factor: float) -> None:
    held, zoomed = viewport.to_l0(point), viewport.zoomed_about(point, factor)
    assert zoomed.downsample == pytest.approx(viewport.downsample / factor)
    assert zoomed.to_l0(point).x == pytest.approx(held.x, abs=1e-3)
    assert zoomed.to_l0(point).y == pytest.approx(held.y, abs=1e-3)


@given(viewports, st.floats(-500, 500), st.floats(-500, 500))
def test_panning_moves_every_place_by_the_same_view_px(viewport: Viewport, dx: float, dy: float) -> None:
    before = viewport.to_l0(PointView(17, 23))
    after = viewport.panned(dx, dy).to_view(before)
    assert (after.x, after.y) == (pytest.approx(17 + dx, abs=1e-3), pytest.approx(23 + dy, abs=1e-3))


@given(viewports, sizes)
def test_fit_shows_the_whole_slide_and_fills_one_axis(viewport: Viewport, size: SizeL0) -> None:
    region = viewport.fit(size).region_l0
    slack = 1e-9 * max(size.width, size.height)
    assert region.x <= slack and region.y <= slack
    assert region.x + region.width >= size.width - slack and region.y + region.height >= size.height - slack
    tightest = min(region.width / size.width, region.height / size.height)
    assert tightest == pytest.approx(1.04)


@given(viewports, sizes)
def test_a_clamped_view_still_shows_some_slide_at_an_allowed_zoom(viewport: Viewport, size: SizeL0) -> None:
    clamped = viewport.clamped(size)
    fitting = viewport.fit_downsample(size)
    assert min(1 / MAX_ENLARGEMENT, fitting) * 0.999 <= clamped.downsample <= 2 * fitting * 1.001
    region = clamped.region_l0
    across = min(region.x + region.width, size.width) - max(region.x, 0)
    down = min(region.y + region.height, size.height) - max(region.y, 0)
    assert across >= min(0.1 * region.width, size.width) - 1e-6 * region.width - 1e-6
    assert down >= min(0.1 * region.height, size.height) - 1e-6 * region.height - 1e-6


@given(viewports, sizes)
def test_clamping_twice_is_clamping_once(viewport: Viewport, size: SizeL0) -> None:
    once = viewport.clamped(size)
    twice = once.clamped(size)
    assert twice.downsample == pytest.approx(once.downsample, rel=1e-9)
    assert twice.centre_l0.x == pytest.approx(once.centre_l0.x, abs=1e-3)


def test_known_places() -> None:
    viewport = Viewport(PointL0(1000, 500), 4.0, 800, 600)
    assert viewport.to_l0(PointView(0, 0)) == PointL0(1000 - 1600, 500 - 1200)
    assert viewport.to_l0(PointView(400, 300)) == PointL0(1000, 500)
    assert viewport.to_view(PointL0(1004, 508)) == PointView(401, 302)


@pytest.mark.parametrize("downsample", [0.0, -1.0, math.nan, math.inf])
def test_a_downsample_that_is_none_is_refused(downsample: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        Viewport(PointL0(0, 0), downsample, 100, 100)
