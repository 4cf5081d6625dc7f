"""The pixels of a region whose rotation stability is shown, and its cells inside tumour; run it off the GUI thread."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from inference.errors import SlideError
from inference.results.stability_maps import StabilityMaps
from inference.slides.colour_profile import shown_colours
from inference.slides.open_slide import open_slide
from inference.slides.picture import read_picture
from inference.slides.slide import RgbImage

PICTURE_PX = 1000
"""Of the longer side: a region fills at most a third of a window."""


def region_picture(
    path: Path, maps: StabilityMaps, *, with_profile: bool, longest: int = PICTURE_PX
) -> RgbImage:
    """The region in the colours that the slide is shown in.

    Raises:
        SlideError: the slide cannot be opened any more, cannot be read here, or is another one by now.
    """
    slide = open_slide(path, mpp=maps.mpp)
    try:
        if slide.info.fingerprint != maps.fingerprint:
            raise SlideError(
                "The slide is another one by now",
                where=str(path),
                advice="Compute the rotation stability anew",
            )
        picture = read_picture(slide, maps.mpp, maps.region_l0, longest=longest)
        return np.asarray(
            shown_colours(picture, slide.info.colour_profile if with_profile else None), np.uint8
        )
    finally:
        slide.close()
