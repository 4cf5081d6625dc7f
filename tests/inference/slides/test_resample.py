"""Resampling: exact weights, and results that do not depend on how a picture is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.slides.resample import WEIGHT_UNITS, AxisSpan, resample
from tests.support.make_slide import textured

STEPS = st.one_of(
    st.floats(0.1, 40), st.sampled_from([1.0, 2.0, 2.5, 3.888, 1.944, 0.5, 1.0000001, 0.9999999])
)


@given(first=st.integers(-1000, 200_000), count=st.integers(1, 60), step=STEPS)
def test_weights_sum_to_one_exactly(first: int, count: int, step: float) -> None:
    _, weights = AxisSpan(first, count, step).taps()
    assert (weights.sum(axis=1) == WEIGHT_UNITS).all()


@given(first=st.integers(-50, 100_000), step=st.floats(1, 40))
def test_shrinking_weighs_pixels_by_the_length_covered(first: int, step: float) -> None:
    (start,), (weights,) = AxisSpan(first, 1, step).taps()
    low, high = first * step, (first + 1) * step
    for tap, weight in enumerate(weights):
        covered = max(0.0, min(start + tap + 1, high) - max(start + tap, low))
        assert abs(weight / WEIGHT_UNITS - covered / step) <= 1.01 / WEIGHT_UNITS


@settings(max_examples=60, deadline=None)
@given(
    step_x=st.floats(0.2, 9),
    step_y=st.floats(0.2, 9),
    first=st.integers(-40, 50_000),
    count=st.integers(2, 40),
    cut=st.data(),
)
def test_parts_equal_the_whole(
    step_x: float, step_y: float, first: int, count: int, cut: st.DataObject
) -> None:
    middle = cut.draw(st.integers(1, count - 1))
    rows, columns = AxisSpan(7, 5, step_y), AxisSpan(first, count, step_x)
    (top, bottom), (left, right) = rows.needed, columns.needed
    source = textured(bottom - top, right - left, seed=abs(first))
    whole = resample(source, rows=rows, columns=columns)
    parts = []
    for part in (AxisSpan(first, middle, step_x), AxisSpan(first + middle, count - middle, step_x)):
        start, stop = part.needed
        parts.append(resample(source[:, start - left : stop - left], rows=rows, columns=part))
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)


@pytest.mark.parametrize("factor", [2, 4])
def test_whole_factors_are_block_means(factor: int) -> None:
    image = textured(8 * factor, 6 * factor)
    rows, columns = AxisSpan(0, 8, factor), AxisSpan(0, 6, factor)
    padded = np.pad(image, ((0, rows.needed[1] - 8 * factor), (0, columns.needed[1] - 6 * factor), (0, 0)))
    mean = image.reshape(8, factor, 6, factor, 3).mean(axis=(1, 3))
    # Half a grey step of rounding at the end and a sixteenth between the passes.
    assert np.abs(resample(padded, rows=rows, columns=columns) - mean).max() <= 0.5 + 1 / 16


def test_a_ramp_stays_a_ramp_when_enlarged() -> None:
    ramp = np.repeat(np.arange(0, 200, 10, dtype=np.uint8)[None, :, None], 3, axis=2)
    rows, columns = AxisSpan(0, 1, 1), AxisSpan(8, 20, 0.25)
    start, stop = columns.needed
    enlarged = resample(np.repeat(ramp, 2, axis=0)[:, start:stop], rows=rows, columns=columns)
    # The centre of pixel i lies at (i + 1/2)/4 of the ramp, whose value is 10 at the centre of pixel 1.
    expected = ((np.arange(8, 28) + 0.5) * 0.25 - 0.5) * 10
    assert np.abs(enlarged[0, :, 0] - expected).max() <= 0.51


def test_white_stays_white_and_overshoot_is_clipped() -> None:
    rows, columns = AxisSpan(0, 9, 0.3), AxisSpan(0, 9, 0.7)
    shape = (rows.needed[1] - rows.needed[0], columns.needed[1] - columns.needed[0], 3)
    assert (resample(np.full(shape, 255, np.uint8), rows=rows, columns=columns) == 255).all()
    edge = np.full(shape, 255, np.uint8)
    edge[:, : shape[1] // 2] = 0
    sharpened = resample(edge, rows=rows, columns=columns)
    assert sharpened[0, 0, 0] == 0 and sharpened[0, -1, 0] == 255


def test_an_image_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="needed"):
        resample(textured(5, 5), rows=AxisSpan(0, 5, 2), columns=AxisSpan(0, 5, 2))
