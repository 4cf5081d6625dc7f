"""From stain densities to what a scanner sees (Beer-Lambert law)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.synthetic.noise import Field

HEMATOXYLIN = (0.59, 0.70, 0.41)
EOSIN = (0.18, 0.90, 0.39)
"""Absorption in red, green, blue. Ruifrok and Johnston's vectors (0.65, 0.70, 0.29) and (0.07, 0.99, 0.11), moved
towards what is measured on Camelyon16, where both dyes are less pure."""

GLASS = (244, 242, 245)
"""Colour of empty glass: bright and nearly neutral, as scanners leave it."""

BLUR_PX = 0.7
"""Deviation of the optical blur: 0.17 um, about what a 20x lens of aperture 0.75 resolves."""

LEVELS_PER_DENSITY = 72.0
"""Densities are rounded to 1/72 (so 3.5 is the darkest), one grey level where the picture is brightest; in bytes the
law is a look-up and a product, ten times faster than exponentials."""

NOISE_OFFSET = 5
"""Sensor noise is kept as bytes about this value, which the tables take off again."""


def develop(density: Field, noise: NDArray[np.uint8], *, margin: int) -> NDArray[np.uint8]:
    """Densities (height, width, 2) of hematoxylin and eosin to RGB (height - 2 margin, width - 2 margin, 3).

    `noise` has the shape of the result and a mean of `NOISE_OFFSET`. `margin` must be 2 pixels or more, the reach of
    the blur.
    """
    levels = cv2.convertScaleAbs(density, alpha=LEVELS_PER_DENSITY)
    hematoxylin, eosin = cv2.split(levels)
    steps = np.arange(256) / LEVELS_PER_DENSITY
    channels = []
    for channel in range(3):
        # The first factor runs to 255 so that no grey level is lost before the product is scaled to the glass.
        first = np.round(255 * np.exp(-HEMATOXYLIN[channel] * steps)).astype(np.uint8)
        second = np.round(255 * np.exp(-EOSIN[channel] * steps)).astype(np.uint8)
        scale = (GLASS[channel] - NOISE_OFFSET) / 255**2
        channels.append(cv2.multiply(cv2.LUT(hematoxylin, first), cv2.LUT(eosin, second), scale=scale))
    light = cv2.GaussianBlur(cv2.merge(channels), (5, 5), BLUR_PX)
    return np.asarray(cv2.add(light[margin:-margin, margin:-margin], noise), np.uint8)
