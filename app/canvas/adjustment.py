"""How the slide's colours are changed for the eye: brightness, contrast, gamma, and one stain alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.canvas.image_pixels import bgra_of, bgra_to_write

BOTH_STAINS = "both"
STAINS: dict[str, str] = {
    BOTH_STAINS: "As scanned",
    "hematoxylin": "Hematoxylin only",
    "eosin": "Eosin only",
}
"""Name -> label of what can be seen of the stains."""
_ABSORPTION = np.array([(0.65, 0.70, 0.29), (0.07, 0.99, 0.11)])
"""Red, green, blue of hematoxylin and of eosin: Ruifrok and Johnston, Anal. Quant. Cytol. Histol. 23 (2001)."""
_STEPS_PER_DENSITY = 64.0
"""A density of one stain is kept as a byte, so up to 4: what is denser is black."""

LEAST_GAMMA, MOST_GAMMA = 0.3, 3.0


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A change of colours; the default changes nothing.

    Attributes:
        brightness: -1 (black) .. 1 (white), added.
        contrast: -1 (grey) .. 1 (steep), about the middle grey.
        gamma: above 1 brightens the dark parts, below 1 darkens the bright ones.
        stain: a name of `STAINS`.
    """

    brightness: float = 0.0
    contrast: float = 0.0
    gamma: float = 1.0
    stain: str = BOTH_STAINS

    def __post_init__(self) -> None:
        if self.stain not in STAINS:
            raise ValueError(f"no stain {self.stain!r}")
        if not (abs(self.brightness) <= 1 and abs(self.contrast) <= 1):
            raise ValueError("brightness and contrast lie within -1 .. 1")
        if not LEAST_GAMMA <= self.gamma <= MOST_GAMMA:
            raise ValueError(f"gamma lies within {LEAST_GAMMA} .. {MOST_GAMMA}, not {self.gamma}")

    @property
    def is_neutral(self) -> bool:
        """Whether nothing is changed."""
        return self == Adjustment()

    @property
    def curve(self) -> NDArray[np.uint8]:
        """(256,) new value of each old one: gamma first, then contrast, then brightness."""
        values = np.linspace(0.0, 1.0, 256) ** (1.0 / self.gamma)
        # The slope runs from 0 through 1 to almost upright, evenly to the eye.
        slope = np.tan((self.contrast * 0.99 + 1.0) * np.pi / 4)
        values = (values - 0.5) * slope + 0.5 + self.brightness
        return np.round(np.clip(values, 0.0, 1.0) * 255).astype(np.uint8)


def adjusted(image: QImage, adjustment: Adjustment) -> QImage:
    """A changed copy of an RGB32 image."""
    pixels = bgra_of(image)
    made = QImage(image.size(), QImage.Format.Format_RGB32)
    target = bgra_to_write(made)
    if adjustment.stain == BOTH_STAINS:
        cv2.LUT(pixels, _table(adjustment), dst=target)
        return made
    parts, shown = _stain_tables(adjustment)
    blue, green, red = (
        cv2.LUT(channel, part) for channel, part in zip(cv2.split(pixels)[:3], parts, strict=True)
    )
    density = cv2.add(cv2.add(blue, green), red)
    # Saturating: negative densities, which pure dyes do not have, are none.
    steps = np.asarray(np.clip(density, 0, 255), np.uint8)
    cv2.LUT(cv2.merge([steps] * 4), shown, dst=target)
    return made


@lru_cache(maxsize=8)
def _table(adjustment: Adjustment) -> NDArray[np.uint8]:
    """(1, 256, 4) for the bytes blue, green, red, unused of RGB32."""
    curve = adjustment.curve
    return np.stack([curve, curve, curve, np.full(256, 255, np.uint8)], axis=-1)[None]


@lru_cache(maxsize=8)
def _stain_tables(adjustment: Adjustment) -> tuple[tuple[NDArray[np.int16], ...], NDArray[np.uint8]]:
    """The share of each byte (blue, green, red) in the stain's density, and the colour of each density.

    Beer and Lambert: optical densities add up, so the densities of the dyes follow from those of the channels by the
    inverse of the absorption matrix, whose third row is what neither dye explains.
    """
    index = list(STAINS).index(adjustment.stain) - 1
    unit = _ABSORPTION / np.linalg.norm(_ABSORPTION, axis=1, keepdims=True)
    rest = np.cross(unit[0], unit[1])
    inverse = np.linalg.inv(np.vstack([unit, rest / np.linalg.norm(rest)]))
    optical = -np.log(np.maximum(np.arange(256), 1) / 255.0)
    parts = tuple(
        np.round(optical * inverse[channel, index] * _STEPS_PER_DENSITY).astype(np.int16)
        for channel in (2, 1, 0)
    )
    light = np.exp(-np.arange(256)[:, None] / _STEPS_PER_DENSITY * unit[index])
    shown = adjustment.curve[np.round(light * 255).astype(np.uint8)]
    return parts, np.concatenate([shown[:, ::-1], np.full((256, 1), 255, np.uint8)], axis=1)[None]
