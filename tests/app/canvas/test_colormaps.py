"""Colour tables: transparent where there is nothing to say, fixed scale, opacity in the alpha channel."""

from __future__ import annotations

import numpy as np
import pytest

from app.canvas.colormaps import PROBABILITY_COLORMAPS, STD_COLORMAP, colour_table, rgba_of
from app.canvas.heatmap_image import quantised


@pytest.mark.parametrize("name", [*PROBABILITY_COLORMAPS, STD_COLORMAP])
def test_every_map_has_256_opaque_colours(name: str) -> None:
    table = rgba_of(name)
    assert table.shape == (256, 4) and (table[:, 3] == 255).all()
    assert len(np.unique(table[:, :3], axis=0)) > 100


@pytest.mark.parametrize("name", ["inferno", "viridis", "cividis"])
def test_perceptual_maps_grow_brighter(name: str) -> None:
    luminance = rgba_of(name)[:, :3] @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance) > -1.5).all() and luminance[-1] - luminance[0] > 100


def test_below_the_threshold_and_not_computed_are_transparent() -> None:
    alpha = np.array(colour_table("inferno", opacity=0.5, threshold=0.3)) >> 24
    low, high, missing = quantised(np.array([0.29, 0.3, np.nan], np.float32))
    assert alpha[low] == 0 and alpha[missing] == 0 and alpha[high] == 128


def test_colours_do_not_depend_on_the_threshold() -> None:
    everything = np.array(colour_table("viridis", opacity=1.0, threshold=0.0)) & 0xFFFFFF
    some = np.array(colour_table("viridis", opacity=1.0, threshold=0.6)) & 0xFFFFFF
    assert (everything == some).all()
    red, green, blue, _alpha = rgba_of("viridis")[255].tolist()
    assert some[255] == red << 16 | green << 8 | blue


def test_an_unknown_map_is_an_error() -> None:
    with pytest.raises(KeyError):
        rgba_of("jet")
