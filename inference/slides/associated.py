"""Label and macro images of a slide: read only when the user asks, as they often show a name or number."""

from __future__ import annotations

from pathlib import Path

import openslide

from inference.errors import SlideError
from inference.slides.reads import over_white
from inference.slides.slide import RgbImage

MAX_PIXELS = 100_000_000
"""A macro image is some megapixels; a claim beyond this is a damaged or hostile file."""


def read_associated(path: Path, name: str) -> RgbImage:
    """An associated image, (height, width, 3) uint8; its claim is checked before memory is taken.

    Raises SlideError.
    """
    try:
        with openslide.OpenSlide(path) as handle:
            claimed = [
                int(handle.properties.get(f"openslide.associated.{name}.{side}", 0))
                for side in ("width", "height")
            ]
            if claimed[0] * claimed[1] > MAX_PIXELS:
                raise SlideError(
                    f"The {name} image claims {claimed[0]} x {claimed[1]} px",
                    where=str(path),
                    advice="Copy the file again from its source",
                )
            return over_white(handle.associated_images[name])
    except (openslide.OpenSlideError, OSError, KeyError, ValueError) as error:
        raise SlideError(
            f"The {name} image cannot be read", where=str(path), advice="The slide itself can be used"
        ) from error
