"""Between painted frames a moving view shows its last picture enlarged or turned: everything where it belongs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QImage, QPainter

from app.canvas import view_painter
from app.canvas.candidate_points import CandidatePoints
from app.canvas.device_frame import DeviceFrame
from app.canvas.display_pyramid import best_level
from app.canvas.frame_pace import PAINTING_MS, Quality
from app.canvas.heatmap_image import HeatmapImage
from app.canvas.layer_look import LayerLook
from app.canvas.moved_picture import covered_part, paint_moved, uncovered_parts
from app.canvas.paint_view import Layers, paint_view, view_steps
from app.canvas.picture import MARGIN, Paint, Picture
from app.canvas.sketch import Sketch
from app.canvas.view_painter import ViewPainter
from app.state.viewport import PointView, Viewport
from inference.slides.frames import PointL0, RegionL0
from tests.app.canvas.test_turned_views import HEIGHT, WIDTH, centroid, dotted, painted, rgb, source_of
from tests.support.fake_slide import FakeSlide

pytestmark = pytest.mark.usefixtures("qapp")

START = Viewport(PointL0(1500, 1200), 3.0, WIDTH, HEIGHT, 1.0)


@pytest.fixture(autouse=True, scope="module")
def never_late() -> Iterator[None]:
    """How busy the machine is shall not say which frame a layer is painted in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view_painter, "LATE_MS", math.inf)
        yield


def heated() -> Layers:
    rng = np.random.default_rng(2)
    heatmap = HeatmapImage.of_values(
        rng.random((40, 50), np.float32), origin_l0=PointL0(0, 0), stride_x_l0=60, stride_y_l0=60
    )
    points = CandidatePoints(rng.uniform(0, 2400, (60, 2)), rng.uniform(0.5, 1, 60).astype(np.float32))
    return Layers(LayerLook(), heatmap, points)


def painting(slide: FakeSlide, layers: Layers, parts: list[QRect] | None = None) -> Paint:
    """Paints parts of a slide at `START`'s zoom as quickly as can be, and notes them."""
    source = source_of(slide)

    def paint(image: QImage, of: DeviceFrame, part: QRect) -> None:
        assert image.rect().contains(part)
        if parts is not None:
            parts.append(part)
        paint_view(
            image,
            of,
            source,
            layers,
            level=best_level(source.levels, downsample_device=START.downsample),
            size_l0=slide.info.size_l0,
            exposed=part,
            quality=Quality.NEAREST,
            font=QFont(),
        )

    return paint


class Painted:
    """A view's painter that is always late when it moves, and what it painted."""

    def __init__(self, slide: FakeSlide, layers: Layers) -> None:
        self.slide, self.source = slide, source_of(slide)
        self.painter = ViewPainter()
        self.painter.layers = layers
        for upright in (True, False):
            self.painter._pace.note(9 * PAINTING_MS, Quality.SMOOTH, upright=upright)

    def frame(self, viewport: Viewport, *, moving: bool) -> NDArray[np.uint8]:
        frame = DeviceFrame.of(viewport)
        screen = QImage(frame.width, frame.height, QImage.Format.Format_RGB32)
        painter = QPainter(screen)
        self.painter.paint(
            painter,
            frame,
            self.source,
            level=best_level(self.source.levels, downsample_device=viewport.downsample_device),
            size_l0=self.slide.info.size_l0,
            exposed=screen.rect(),
            moving=moving,
            font=QFont(),
        )
        painter.end()
        return rgb(screen)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0, 359.9),
    st.booleans(),
    st.floats(0.67, 1.5),
    st.floats(0, 359.9),
    st.tuples(st.floats(-150, 150), st.floats(-100, 100)),
)
def test_what_is_moved_lands_where_it_belongs(
    angle: float, flipped: bool, zoom: float, turned: float, aside: tuple[float, float]
) -> None:
    here = replace(START, angle_deg=angle, flipped=flipped)
    there = replace(here.turned_about(PointView(200, 140), turned), downsample=START.downsample / zoom)
    there = there.panned(*aside)
    place = there.to_l0(PointView(WIDTH / 2, HEIGHT / 2))
    here = here.centred_on(place).panned(20, -10)
    slide = dotted((place.x, place.y), 24.0, (1, 2, 4, 8))
    kept = Picture()
    painted(here, slide, Layers(), picture=kept)
    frame = DeviceFrame.of(there)
    screen = QImage(frame.width, frame.height, QImage.Format.Format_RGB32)
    screen.fill(0)
    assert kept.frame is not None
    paint_moved(screen, frame, kept.image, kept.frame, painted=kept.painted, exposed=screen.rect())
    x, y = centroid(rgb(screen).min(axis=-1) > 128)
    expected = frame.to_device(place)
    # Half a px of the picture, and half of the frame.
    assert np.hypot(x - expected[0], y - expected[1]) <= 0.5 + zoom


def test_it_is_known_how_much_is_covered() -> None:
    kept = Picture()
    painted(START, FakeSlide(3000, 2400), Layers(), picture=kept)
    assert kept.frame is not None

    def covered(viewport: Viewport) -> float:
        assert kept.frame is not None
        return covered_part(DeviceFrame.of(viewport), kept.frame, kept.painted)

    assert covered(START) == 1.0
    assert covered(replace(START, downsample=2.5)) == 1.0
    assert covered(replace(START, downsample=6.0)) == pytest.approx(0.25, abs=0.01)
    assert covered(replace(START, angle_deg=90.0)) == pytest.approx(HEIGHT / WIDTH, abs=0.01)
    assert covered(replace(START, flipped=True)) == pytest.approx(1.0, abs=0.01)
    assert covered(START.panned(0, 5000)) == 0.0


def test_a_moving_view_shows_the_slide_everywhere_and_at_rest_the_picture_painted_anew() -> None:
    slide, layers = FakeSlide(30_000, 24_000), heated()
    view = Painted(slide, layers)
    start = START.centred_on(PointL0(15_000, 12_000))
    view.frame(start, moving=False)
    assert view.painter.is_smooth
    for moved in (
        replace(start, downsample=2.4),
        replace(start, downsample=3.5),
        replace(start, angle_deg=8.0),
        replace(start, angle_deg=8.0, downsample=3.3),
    ):
        assert (view.frame(moved, moving=True) != [0x1E, 0x21, 0x24]).any(axis=-1).all(), "nothing is blank"
        assert not view.painter.is_smooth, "it has to be painted at rest"
    resting = view.frame(moved, moving=False)
    assert view.painter.is_smooth
    assert np.array_equal(resting, painted(moved, slide, layers))


def _are_alike(one: NDArray[np.uint8], other: NDArray[np.uint8], viewport: Viewport) -> bool:
    """Whether two coarse pictures, painted in different parts, are the same; turned, all but for px along edges."""
    differing = float((one != other).any(axis=-1).mean())
    return differing == 0 if DeviceFrame.of(viewport).is_upright else differing < 0.02


MOST_FRAMES = 10
"""A picture is painted anew beside a moving view in no more frames than it has layers and parts of them."""


@pytest.mark.parametrize(
    "other",
    [
        replace(START, downsample=START.downsample * 1.6),
        replace(START, downsample=START.downsample * 1.1).panned(150, 0),
        replace(START, angle_deg=77.0, flipped=True),
    ],
)
def test_a_picture_that_no_longer_serves_is_painted_anew_beside_the_moving_view(other: Viewport) -> None:
    slide, layers = FakeSlide(3000, 2400), heated()
    view = Painted(slide, layers)
    view.frame(START, moving=False)
    first = view.frame(other, moving=True)
    assert view.painter.is_coming
    for _ in range(MOST_FRAMES):
        last = view.frame(other, moving=True)
    for _ in range(MOST_FRAMES):
        assert not view.painter.is_coming, "what shows the view as it is serves on"
        view.frame(other, moving=True)
    assert (first != last).any()
    assert _are_alike(last, painted(other, slide, layers, quality=Quality.COARSE), other)


@pytest.mark.parametrize("part", [0.6, 0.75, 0.9])
def test_one_long_step_aside_is_not_taken_for_the_picture_at_rest(part: float) -> None:
    slide, layers = FakeSlide(30_000, 24_000), heated()
    view = Painted(slide, layers)
    there = START.panned(part * WIDTH, 0)
    view.frame(START, moving=False)
    for _ in range(MOST_FRAMES):
        shown = view.frame(there, moving=True)
    assert not view.painter.is_smooth, "it has to be painted at rest"
    assert _are_alike(shown, painted(there, slide, layers, quality=Quality.COARSE), there)
    resting = view.frame(there, moving=False)
    assert view.painter.is_smooth
    assert np.array_equal(resting, painted(there, slide, layers))


def test_what_changed_while_a_sketch_was_shown_is_painted_once_it_is_panned() -> None:
    view = Painted(FakeSlide(30_000, 24_000), heated())
    start = START.centred_on(PointL0(9000, 9000))
    view.frame(start, moving=False)
    zoomed = replace(start, downsample=1.8)
    for _ in range(MOST_FRAMES):
        view.frame(zoomed, moving=True)
    view.painter.mark_dirty(RegionL0(9000, 9000, 100, 100))
    picture, seen = view.painter._picture, []
    for step in range(1, 6):
        view.frame(zoomed.panned(5.0 * step, 0), moving=True)
        seen.append(picture.can_pan_to(DeviceFrame.of(zoomed)) and picture.is_dirty)
    # Left to the next frame while there are strips to paint, and then painted.
    assert any(seen)
    assert not seen[-1]


def test_a_long_zoom_is_never_painted_in_one_frame_and_stays_sharp_enough() -> None:
    view = Painted(FakeSlide(30_000, 24_000), heated())
    viewport = START.centred_on(PointL0(15_000, 12_000))
    view.frame(viewport, moving=False)
    for _ in range(40):
        viewport = replace(viewport, downsample=viewport.downsample * 1.05)
        view.frame(viewport, moving=True)
        shown = view.painter._latest(DeviceFrame.of(viewport)).frame
        assert viewport.downsample / (shown.downsample * shown.ratio) < 1.25 * 1.05**MOST_FRAMES
        assert not view.painter._picture.can_pan_to(DeviceFrame.of(viewport)), (
            "all layers were painted at once"
        )


def test_frames_that_are_late_put_off_the_picture_to_come_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(view_painter, "LATE_MS", 0.0)
    slide, layers = FakeSlide(3000, 2400), heated()
    view, other = Painted(slide, layers), replace(START, downsample=6.0)
    view.frame(START, moving=False)
    for _ in range(view_painter.MOST_PUT_OFF):
        view.frame(other, moving=True)
        assert not view.painter.is_coming
    view.frame(other, moving=True)
    assert view.painter.is_coming
    for _ in range(MOST_FRAMES * (view_painter.MOST_PUT_OFF + 1)):
        last = view.frame(other, moving=True)
    assert not view.painter.is_coming
    assert _are_alike(last, painted(other, slide, layers, quality=Quality.COARSE), other)


def test_a_change_of_everything_gives_up_the_picture_to_come() -> None:
    view = Painted(FakeSlide(3000, 2400), heated())
    view.frame(START, moving=False)
    view.frame(replace(START, downsample=6.0), moving=True)
    assert view.painter.is_coming
    view.painter.mark_dirty()
    assert not view.painter.is_coming


def test_a_slide_dragged_on_after_a_zoom_is_painted_once_and_panned() -> None:
    view = Painted(FakeSlide(3000, 2400), heated())
    view.frame(START, moving=False)
    viewport = replace(START, downsample=2.5)
    view.frame(viewport, moving=True)
    assert not view.painter._picture.can_pan_to(DeviceFrame.of(viewport))
    for _ in range(MOST_FRAMES):
        viewport = viewport.panned(5, 3)
        view.frame(viewport, moving=True)
    assert view.painter._picture.can_pan_to(DeviceFrame.of(viewport))
    assert view.painter._picture.missing_part(DeviceFrame.of(viewport)) == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(-7, 7), st.integers(-7, 7), st.floats(0, 359.9), st.booleans())
def test_an_adopted_sketch_is_the_coarse_picture(dx: int, dy: int, angle: float, flipped: bool) -> None:
    slide, layers = FakeSlide(3000, 2400), heated()
    viewport = replace(START.panned(dx, dy), angle_deg=angle, flipped=flipped)
    frame, source = DeviceFrame.of(viewport), source_of(slide)
    sketch = Sketch()

    def steps_of(image: QImage, of: DeviceFrame, part: QRect) -> list[Callable[[], None]]:
        return view_steps(
            image,
            of,
            source,
            layers,
            level=best_level(source.levels, downsample_device=3.0),
            size_l0=slide.info.size_l0,
            exposed=part,
            quality=Quality.COARSE,
            font=QFont(),
        )

    sketch.begin(frame, steps_of)
    layers_painted = 0
    while sketch.is_coming:
        sketch.go_on(0)
        layers_painted += 1
    assert sketch.is_whole
    assert layers_painted == 4
    kept = Picture()
    kept.adopt(sketch.image, frame)
    adopted = rgb(kept.image.copy(kept.view))
    assert _are_alike(adopted, painted(viewport, slide, layers, quality=Quality.COARSE), viewport)


@settings(max_examples=30, deadline=None)
@given(
    st.floats(0, 359.9),
    st.sampled_from([0.0, 5.0]),
    st.floats(0.5, 2.0),
    st.tuples(st.floats(-300, 300), st.floats(-300, 300)),
)
def test_what_a_moved_picture_does_not_cover_is_known(
    angle: float, turned: float, zoom: float, aside: tuple[float, float]
) -> None:
    here = replace(START, angle_deg=angle)
    there = replace(here, angle_deg=(angle + turned) % 360, downsample=START.downsample / zoom).panned(*aside)
    picture, frame = DeviceFrame.of(here), DeviceFrame.of(there)
    source = QImage(picture.width, picture.height, QImage.Format.Format_RGB32)
    screen = QImage(frame.width, frame.height, QImage.Format.Format_RGB32)
    source.fill(0xFFFFFF)
    screen.fill(0)
    paint_moved(screen, frame, source, picture, painted=source.rect(), exposed=screen.rect())
    painter = QPainter(screen)
    for part in uncovered_parts(frame, picture, source.rect()):
        painter.fillRect(part, 0xFFFFFF)
    painter.end()
    assert (rgb(screen) == 255).all()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(-90, 90), st.integers(-60, 60)), min_size=3, max_size=8))
def test_a_pan_in_pieces_is_the_one_painted_anew(steps: list[tuple[int, int]]) -> None:
    slide, layers = FakeSlide(9000, 9000), heated()
    paint, kept = painting(slide, layers), Picture()
    viewport = START.centred_on(PointL0(4500, 4500))
    for dx, dy in [(0, 0), *steps]:
        viewport = viewport.panned(dx, dy)

        kept.bring_to(DeviceFrame.of(viewport), paint, smooth=False, most_px=12_000)
        assert kept.painted.contains(kept.view)
    anew = painted(viewport, slide, layers, quality=Quality.NEAREST)
    assert (rgb(kept.image.copy(kept.view)) != anew).any(axis=-1).mean() < 0.01


@pytest.mark.parametrize("angle", [0.0, 30.0])
def test_a_steady_zoom_out_shows_marks_nearly_everywhere(angle: float) -> None:
    view = Painted(FakeSlide(300_000, 240_000), heated())
    viewport = replace(START.centred_on(PointL0(150_000, 120_000)), angle_deg=angle)
    view.frame(viewport, moving=False)
    cursor, parts = PointView(WIDTH * 0.7, HEIGHT * 0.4), []
    for _ in range(40):
        viewport = viewport.zoomed_about(cursor, 1 / 1.05)
        view.frame(viewport, moving=True)
        parts.append(view.painter._latest(DeviceFrame.of(viewport)).covered)
    # A sketch takes as many frames as there are layers: the first ones still show the picture at rest.
    assert min(parts[MOST_FRAMES:]) > 0.6
    assert np.mean(parts[MOST_FRAMES:]) > 0.8


def test_a_steady_pan_paints_one_strip_a_frame() -> None:
    kept, parts = Picture(), []

    def paint(_image: QImage, _of: DeviceFrame, part: QRect) -> None:
        parts.append(part)

    viewport = START
    kept.bring_to(DeviceFrame.of(viewport), paint, smooth=True)
    numbers = []
    for _ in range(40):
        viewport = viewport.panned(-11, -4)
        parts.clear()
        kept.bring_to(DeviceFrame.of(viewport), paint, smooth=True, most_px=40_000)
        numbers.append(len(parts))
    # The first one finds nothing ahead of it on two sides.
    assert max(numbers[1:]) == 1
    assert numbers.count(0) > len(numbers) / 2


def test_a_pan_within_the_margin_paints_once_for_many_frames() -> None:
    slide, layers = FakeSlide(9000, 9000), heated()
    kept, parts = Picture(), []
    paint = painting(slide, layers, parts)
    viewport = START.centred_on(PointL0(4500, 4500))
    kept.bring_to(DeviceFrame.of(viewport), paint, smooth=False)
    parts.clear()
    steps = 40
    for _ in range(steps):
        viewport = viewport.panned(-11, 4)
        kept.bring_to(DeviceFrame.of(viewport), paint, smooth=False)
        anew = painted(viewport, slide, layers, quality=Quality.NEAREST)
        differing = (rgb(kept.image.copy(kept.view)) != anew).any(axis=-1)
        assert differing.mean() < 0.01
    assert 0 < len(parts) <= 2 * (1 + 11 * steps / MARGIN) + 2 * (1 + 4 * steps / MARGIN)


def test_what_changed_is_painted_a_piece_at_a_time_while_moving_and_whole_at_rest() -> None:
    kept, parts = Picture(), []

    def paint(_image: QImage, _of: DeviceFrame, part: QRect) -> None:
        parts.append(part)

    frame = DeviceFrame.of(START)
    kept.bring_to(frame, paint, smooth=True)
    parts.clear()
    for number in range(5):
        kept.mark_dirty(RegionL0(1200 + 120 * number, 1000 + 90 * number, 60, 60))
    kept.bring_to(frame, paint, smooth=True, most_dirty=2)
    assert len(parts) == 2
    assert kept.is_dirty
    kept.bring_to(frame, paint, smooth=True)
    assert len(parts) == 5
    assert not kept.is_dirty
