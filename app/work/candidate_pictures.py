"""Small pictures of what lies around candidates; run it off the GUI thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QImage

from app.canvas.read_tile import to_qimage
from inference.errors import EquiscopeError
from inference.slides.colour_profile import shown_colours
from inference.slides.frames import Mpp, PointL0, RegionL0
from inference.slides.open_slide import open_slide
from inference.slides.picture import read_picture

FIELD_UM = 93.3
"""What a cell sees: 96 px at 0.972 um."""
PICTURE_PX = 48
"""Twice as fine as shown, for screens of twice the density."""


def read_candidate_pictures(
    path: Path, mpp: Mpp, points_l0: Sequence[PointL0], *, with_profile: bool
) -> list[QImage]:
    """A square of `FIELD_UM` around each place; a null image where it cannot be read. Raises SlideError."""
    slide = open_slide(path, mpp=mpp)
    try:
        profile = slide.info.colour_profile if with_profile else None
        width, height = FIELD_UM / mpp.x, FIELD_UM / mpp.y
        pictures = []
        for point in points_l0:
            around = RegionL0(point.x - width / 2, point.y - height / 2, width, height)
            try:
                pixels = read_picture(slide, mpp, around, longest=PICTURE_PX)
            except EquiscopeError:
                pictures.append(QImage())
            else:
                pictures.append(to_qimage(shown_colours(pixels, profile)))
        return pictures
    finally:
        slide.close()
