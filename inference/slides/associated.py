"""Label and macro images of a slide: read only when the user asks, as they often show a name or number."""

from __future__ import annotations

from pathlib import Path

import openslide

from inference.errors import SlideError
from inference.slides.colour_profile import read_profile, shown_colours
from inference.slides.reads import over_white
from inference.slides.slide import RgbImage

MAX_PIXELS = 100_000_000
"""A macro image is some megapixels; a claim beyond this is a damaged or hostile file."""


def read_associated(path: Path, name: str, *, with_profile: bool = True) -> RgbImage:
    """An associated image, (height, width, 3) uint8; its claim is checked before memory is taken.

    Args:
        with_profile: in the colours that the image's own profile means; the slide's is another camera's.

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
            picture = handle.associated_images[name]
            profile, _ = read_profile(picture.info.get("icc_profile") if with_profile else None)
            return shown_colours(over_white(picture), profile)
    except (openslide.OpenSlideError, OSError, KeyError, ValueError) as error:
        raise SlideError(
            f"The {name} image cannot be read", where=str(path), advice="The slide itself can be used"
        ) from error
