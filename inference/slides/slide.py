"""What a slide is to the rest of the program: a frozen description and a way to read pixels of a level."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.slides.colour_profile import ColourProfile
from inference.slides.frames import Mpp, SizeL0

RgbImage = NDArray[np.uint8]
"""(height, width, 3) uint8 RGB."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the pyramid; level 0 is the finest.

    Attributes:
        width, height: pixels of this level.
        downsample_x, downsample_y: level-0 pixels per pixel of this level (1.0 at level 0, need not be integers).
    """

    width: int
    height: int
    downsample_x: float
    downsample_y: float


@dataclass(frozen=True, slots=True)
class SlideInfo:
    """Everything known of a slide without reading pixels.

    Attributes:
        path: the file as opened.
        fingerprint: 32 hex digits that name the slide's content, independent of its path.
        format: in plain words, e.g. "Aperio SVS (OpenSlide)".
        size_l0: level-0 size.
        levels: finest first, at least one.
        mpp: micrometres per level-0 pixel, or None where the file states none that can be trusted.
        mpp_source: "file", "given" (by the user, authoritative) or "missing".
        objective_power: as stated by the file, or None.
        reading: how pixels are read, in plain words.
        synthetic: drawn by a program, not scanned from glass.
        associated_images: names such as "macro", "label"; hidden until asked for.
        notices: what the user should know, one sentence each.
        colour_profile: how the stored colours are meant, or None; pixels are read without it.
        properties: whitelisted properties that carry no patient data.
    """

    path: Path
    fingerprint: str
    format: str
    size_l0: SizeL0
    levels: tuple[Level, ...]
    mpp: Mpp | None
    mpp_source: str
    objective_power: float | None = None
    reading: str = ""
    synthetic: bool = False
    associated_images: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    colour_profile: ColourProfile | None = None
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def given_mpp(self) -> float | None:
        """The resolution that the user gave, None where the file's own holds: what a request to the engine states."""
        return self.mpp.mean if self.mpp is not None and self.mpp_source == "given" else None


class Slide(Protocol):
    """An open slide. Safe to read from several threads; close it once.

    Errors: `read_region` raises `UnreadableTileError` for pixels that cannot be decoded, and `SlideGoneError` while the
    file cannot be reached at all; both leave the slide usable for what can be read, now or later.
    """

    @property
    def info(self) -> SlideInfo:
        """The slide's description."""
        ...

    def read_region(self, level: int, *, x_lv: int, y_lv: int, width: int, height: int) -> RgbImage:
        """Pixels [x_lv, x_lv + width) x [y_lv, y_lv + height) of a level, white outside the slide.

        Transparent pixels (never scanned) are white too. Raises ValueError for an empty or over-large request
        (more than 256 MB), `UnreadableTileError` for pixels that cannot be decoded, `SlideGoneError` for a
        vanished file.
        """
        ...

    def close(self) -> None:
        """Lets the file go; reading afterwards is an error."""
        ...
