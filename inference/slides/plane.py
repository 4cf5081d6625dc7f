"""The slide resampled to a model's resolution."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from inference.slides.frames import Mpp
from inference.slides.reads import BYTES_PER_PIXEL, MAX_READ_BYTES, WHITE, fits_one_read
from inference.slides.resample import AxisSpan, resample
from inference.slides.slide import Level, RgbImage, Slide, SlideInfo

MPP_TOLERANCE = 0.005
"""Relative difference of resolutions that counts as none: the last stated digit of 0.25 um per pixel is worth
2 %."""
FINE_ENOUGH = 0.75
"""Of a plane's micrometres per pixel: a slide that is coarser has no finer pixels to speak of."""
ALIGNED = 1e-9
"""Relative difference of a pixel's side that is only floating-point error: 0.0001 px over the longest
slide."""
MAX_SOURCE_PIXELS = MAX_READ_BYTES // BYTES_PER_PIXEL // 4
"""Level pixels read at once, a quarter of what one read may ask for, since resampling needs copies."""


@dataclass(frozen=True, slots=True)
class PlaneScale:
    """Level-0 pixels per plane pixel along x and y."""

    x: float
    y: float


class ModelPlane:
    """A slide at a model's resolution: plane pixel i covers level-0 pixels [i * scale, (i + 1) * scale).

    Pixels come from the coarsest level that is not coarser than the model's resolution, by exact area
    averaging. They do not depend on how the plane is cut into reads. Safe to read from several threads, as
    the slide is.
    """

    def __init__(self, slide: Slide, mpp: Mpp, model_mpp: float) -> None:
        """A plane of a slide.

        Args:
            mpp: micrometres per level-0 pixel; see `settle_mpp` for the one that avoids needless
            interpolation.
            model_mpp: micrometres per plane pixel.
        """
        self._slide, self._mpp, self._model_mpp = slide, mpp, model_mpp
        info = slide.info
        self.scale = PlaneScale(model_mpp / mpp.x, model_mpp / mpp.y)
        self.level = choose_level(info.levels, mpp, model_mpp)
        chosen = info.levels[self.level]
        self._step_x = _settle_step(self.scale.x / chosen.downsample_x)
        self._step_y = _settle_step(self.scale.y / chosen.downsample_y)
        self.size_plane = (
            max(1, math.ceil(info.size_l0.width / self.scale.x - ALIGNED)),
            max(1, math.ceil(info.size_l0.height / self.scale.y - ALIGNED)),
        )
        self.notices = _coarse_notices(mpp, model_mpp)

    def read(self, x: int, y: int, width: int, height: int) -> RgbImage:
        """Plane pixels [x, x + width) x [y, y + height): (height, width, 3), white (255) outside the slide.

        Raises ValueError for an empty or over-large request, UnreadableTileError for pixels that cannot be
        decoded.
        """
        if width < 1 or height < 1:
            raise ValueError(f"a read of {width} x {height} plane pixels is empty")
        if not fits_one_read(width, height):
            raise ValueError(f"a read of {width} x {height} px is over {MAX_READ_BYTES // 2**20} MB")
        columns, rows = AxisSpan(x, width, self._step_x), AxisSpan(y, height, self._step_y)
        (left, right), (top, bottom) = columns.needed, rows.needed
        source_width, source_height = right - left, bottom - top
        if source_width * source_height > MAX_SOURCE_PIXELS and max(width, height) > 1:
            across = width > 1 and (height == 1 or source_width >= source_height)
            return self._read_halves(x, y, width, height, across=across)
        source = self._slide.read_region(
            self.level, x_lv=left, y_lv=top, width=source_width, height=source_height
        )
        if self._step_x == self._step_y == 1:
            # A step of one has one spare tap at the end, of weight zero.
            pixels = source[:height, :width].copy()
        else:
            pixels = resample(source, rows=rows, columns=columns)
        return self._white_outside(pixels, x, y)

    def finer(self, times: int) -> ModelPlane | None:
        """The same slide at a resolution so many times as fine; None where it has hardly finer pixels than this one."""
        if self._mpp.mean > FINE_ENOUGH * self._model_mpp:
            return None
        return ModelPlane(self._slide, self._mpp, self._model_mpp / times)

    def _read_halves(self, x: int, y: int, width: int, height: int, *, across: bool) -> RgbImage:
        """The same read in two parts, side by side if `across`, else one above the other."""
        if across:
            half = width // 2
            parts = [self.read(x, y, half, height), self.read(x + half, y, width - half, height)]
            return np.concatenate(parts, axis=1)
        half = height // 2
        parts = [self.read(x, y, width, half), self.read(x, y + half, width, height - half)]
        return np.concatenate(parts, axis=0)

    def _white_outside(self, pixels: RgbImage, x: int, y: int) -> RgbImage:
        """Paints what lies wholly outside the slide, where a level's last pixel or a kernel may reach."""
        height, width = pixels.shape[:2]
        columns, rows = self.size_plane
        pixels[:, : max(0, min(width, -x))] = WHITE
        pixels[:, max(0, columns - x) :] = WHITE
        pixels[: max(0, min(height, -y))] = WHITE
        pixels[max(0, rows - y) :] = WHITE
        return pixels


def choose_level(levels: tuple[Level, ...], mpp: Mpp, model_mpp: float) -> int:
    """The coarsest level that is not coarser than the model's resolution, to within the tolerance; else 0."""
    limit = model_mpp * (1 + MPP_TOLERANCE)
    fine_enough = [
        index
        for index, level in enumerate(levels)
        if max(mpp.x * level.downsample_x, mpp.y * level.downsample_y) <= limit
    ]
    return max(fine_enough, key=lambda index: levels[index].downsample_x, default=0)


def settle_mpp(info: SlideInfo, mpp: Mpp, model_mpp: float) -> Mpp:
    """The resolution to compute with, which makes a level the plane itself where one practically is.

    A slide of 0.2431 um per pixel has a level at 0.9724, the model's 0.972 but for a rounded digit. Taken
    literally, every pixel would be interpolated between two, with a blur that comes and goes across the
    slide, unlike what the model was trained on. Within the tolerance the level's pixels are taken as they
    are. Grid and plane must be given the same value.
    """
    for level in reversed(info.levels):
        exact = Mpp(model_mpp / level.downsample_x, model_mpp / level.downsample_y)
        if abs(exact.x / mpp.x - 1) <= MPP_TOLERANCE and abs(exact.y / mpp.y - 1) <= MPP_TOLERANCE:
            return exact
    return mpp


def _settle_step(step: float) -> float:
    """Level pixels per plane pixel, exactly one where it is one but for floating-point error."""
    return 1.0 if abs(step - 1) <= ALIGNED else step


def _coarse_notices(mpp: Mpp, model_mpp: float) -> tuple[str, ...]:
    if max(mpp.x, mpp.y) <= model_mpp * (1 + MPP_TOLERANCE):
        return ()
    return (
        f"The slide has {max(mpp.x, mpp.y):.4g} um per pixel, coarser than the model's {model_mpp:.4g}: it "
        "is enlarged, and details that the model looks for are missing.",
    )
