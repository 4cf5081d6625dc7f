"""Exported pictures say how large things are."""

from __future__ import annotations

import numpy as np
import pytest

from inference.export.pictures import Picture, round_length, with_scale_and_legend
from inference.slides.frames import RegionL0


@pytest.mark.parametrize(("mpp", "downsample"), [(0.25, 4.0), (0.5, 1.0), (0.243, 32.0)])
def test_the_scale_bar_is_as_long_as_it_says(mpp: float, downsample: float) -> None:
    picture = Picture(RegionL0(0, 0, 800 * downsample, 400 * downsample), downsample)
    image = np.full((400, 800, 3), 200, np.uint8)
    shown = with_scale_and_legend(image, picture, mpp=mpp, legend="", table=None)
    assert shown.shape[0] > 400
    np.testing.assert_array_equal(shown[:400, :800], image)
    rows = (shown[400:] == 0).all(axis=-1)
    (longest,) = {int(row.sum()) for row in rows if row.sum() == rows.sum(axis=1).max()}
    length_um = round_length(160 * downsample * mpp)
    assert longest == pytest.approx(length_um / (downsample * mpp), abs=2)
    # Without a resolution there is no bar that would say a length.
    none = with_scale_and_legend(image, picture, mpp=None, legend="", table=None)
    assert not (none[400:] == 0).all(axis=-1).any()
