"""A picture of a part of a slide at a size fit for showing or printing."""

from __future__ import annotations

import math

from inference.slides.frames import Mpp, RegionL0
from inference.slides.plane import ModelPlane
from inference.slides.slide import RgbImage, Slide

LONGEST_PX = 1600
"""Longer side of a picture at most: 300 dots per inch over 13 cm."""


def read_picture(slide: Slide, mpp: Mpp, region_l0: RegionL0, *, longest: int = LONGEST_PX) -> RgbImage:
    """The pixels of a rectangle, never finer than level 0: (height, width, 3), white beyond the slide.

    Raises UnreadableTileError for pixels that cannot be decoded.
    """
    shrink = max(region_l0.width / longest, region_l0.height / longest, 1.0)
    plane = ModelPlane(slide, mpp, mpp.mean * shrink)
    left, top = math.floor(region_l0.x / plane.scale.x), math.floor(region_l0.y / plane.scale.y)
    right = math.ceil((region_l0.x + region_l0.width) / plane.scale.x)
    bottom = math.ceil((region_l0.y + region_l0.height) / plane.scale.y)
    return plane.read(left, top, max(1, right - left), max(1, bottom - top))
