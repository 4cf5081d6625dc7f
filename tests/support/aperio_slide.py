"""A slide as an Aperio scanner writes it: properties in its description, a label and a macro image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

WORDS = "Aperio Image Library v11"
ARTIST, HOST_COMPUTER = 315, 316


def write_aperio(
    path: Path,
    image: NDArray[np.uint8],
    *,
    told: Mapping[str, str],
    label: NDArray[np.uint8],
    artist: str = "",
    host: str = "",
) -> Path:
    """Writes an SVS file that OpenSlide opens, and returns its path.

    Args:
        image: (height, width, 3) uint8, level 0; there is one more level of half its size.
        told: what the description says, e.g. MPP and AppMag.
        label: (height, width, 3) uint8, of the label and of the macro image.
        artist, host: of the TIFF's own tags.
    """
    height, width = image.shape[:2]
    description = "|".join(
        [
            f"{WORDS}\n{width}x{height} [0,0 {width}x{height}] (256x256) JPEG/RGB Q=90",
            *(f"{name} = {value}" for name, value in told.items()),
        ]
    )
    tags = [(ARTIST, "s", 0, artist, True), (HOST_COMPUTER, "s", 0, host, True)]
    with tifffile.TiffWriter(path) as writer:
        _write(writer, image, description, tile=(256, 256), extratags=tags)
        _write(writer, image[::8, ::8], f"{WORDS}\nthumbnail")
        _write(writer, image[::2, ::2], f"{WORDS}\nlevel", tile=(256, 256))
        _write(writer, label, f"{WORDS}\nlabel {label.shape[1]}x{label.shape[0]}", subfiletype=1)
        _write(writer, label, f"{WORDS}\nmacro {label.shape[1]}x{label.shape[0]}", subfiletype=9)
    return path


def _write(writer: tifffile.TiffWriter, image: NDArray[np.uint8], description: str, **more: Any) -> None:
    writer.write(image, photometric="rgb", description=description, metadata=None, software=False, **more)
