"""Colour maps by name, and the 256-entry colour table that paints a heatmap."""

from __future__ import annotations

import math
from functools import lru_cache

import cmap
import numpy as np
from numpy.typing import NDArray

NOT_COMPUTED = 0
"""Index of a cell without a value; 1..255 are the probabilities 0..1."""
STEPS = 254
"""Index = 1 + floor(probability * 254): 0 is 1 and 1 is 255."""

_SOURCES: dict[str, str | list[str]] = {
    "inferno": "inferno",
    "viridis": "viridis",
    "cividis": "cividis",
    "traffic_light": ["#2e9e5b", "#f2c94c", "#d6323e"],
    "mako": "seaborn:mako",
}
PROBABILITY_COLORMAPS: dict[str, str] = {
    "inferno": "Inferno",
    "viridis": "Viridis (colour-blind safe)",
    "cividis": "Cividis (colour-blind safe)",
    "traffic_light": "Traffic light",
}
"""Name -> label of the maps offered for probabilities."""
DEFAULT_COLORMAP = "inferno"
"""Perceptually even, and its yellow end occurs in no stained tissue."""
STD_COLORMAP = "mako"
"""For standard deviations: another family, so that they are never taken for probabilities."""


@lru_cache(maxsize=16)
def rgba_of(name: str) -> NDArray[np.uint8]:
    """A colour map as (256, 4) uint8 RGBA, opaque, read-only. Raises KeyError for an unknown name."""
    table = np.round(cmap.Colormap(_SOURCES[name]).lut(256) * 255).astype(np.uint8)
    table[:, 3] = 255
    table.setflags(write=False)
    return table


def first_visible_index(threshold: float) -> int:
    """The index of the lowest probability that is painted; a probability of exactly the threshold is."""
    return 1 + math.floor(min(max(threshold, 0.0), 1.0) * STEPS)


@lru_cache(maxsize=64)
def colour_table(name: str, *, opacity: float, threshold: float) -> tuple[int, ...]:
    """256 colours 0xAARRGGBB for the indices of a heatmap.

    Transparent where not computed (index 0) or below the threshold, else the map's colour for the probability
    on the fixed scale 0..1 at the given opacity (0..1).
    """
    rgba = rgba_of(name).astype(np.uint32)
    positions = np.round(np.clip((np.arange(256) - 1) / STEPS, 0, 1) * 255).astype(np.intp)
    red, green, blue = (rgba[positions, channel] for channel in range(3))
    alpha = np.full(256, round(min(max(opacity, 0.0), 1.0) * 255), np.uint32)
    alpha[: first_visible_index(threshold)] = 0
    return tuple(((alpha << 24) | (red << 16) | (green << 8) | blue).tolist())
