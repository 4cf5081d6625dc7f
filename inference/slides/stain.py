"""A guess whether a slide is what the models know: bright-field, in colour."""

from __future__ import annotations

import numpy as np

from inference.slides.slide import RgbImage

DARK = 40
"""Median brightness (0..255) below which a picture is taken for fluorescence: bright-field glass is near 255
and the densest tissue near 100."""
COLOURLESS = 4
"""Largest difference between the channels (0..255) that JPEG makes of a pure grey."""
PAPER_WHITE = 250
"""Brightness from which a pixel is empty glass and says nothing of the stain."""


def stain_notices(sample: RgbImage) -> tuple[str, ...]:
    """What to tell the user of a slide's stain, from pixels taken all over it: (height, width, 3), may be
    empty."""
    if sample.size == 0:
        return ()
    brightness = sample.max(axis=2)
    if float(np.median(brightness)) < DARK:
        return (
            "The slide is mostly dark and looks like fluorescence; the models are trained on H&E slides.",
        )
    seen = sample[brightness < PAPER_WHITE].astype(np.int16)
    if seen.size and int((seen.max(axis=1) - seen.min(axis=1)).max()) <= COLOURLESS:
        return ("The slide has no colour; the models are trained on H&E slides.",)
    return ()
