"""Whether the tiles of a TIFF-based slide claim no more bytes than the file has."""

from __future__ import annotations

import struct
from pathlib import Path

import tifffile

from inference.errors import SlideError

UNPARSABLE = (
    tifffile.TiffFileError,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    struct.error,
)
"""What tifffile raises for a file that it cannot take apart."""


def check_tile_claims(path: Path) -> None:
    """Raises SlideError if a tile's stated length exceeds the whole file.

    OpenSlide allocates a tile's stated length before it reads, and its allocator ends the process when that fails. A
    file that is no TIFF, or one that tifffile cannot take apart, passes.
    """
    size = path.stat().st_size
    try:
        with tifffile.TiffFile(path) as file:
            largest = max((max(page.databytecounts, default=0) for page in file.pages), default=0)
    except UNPARSABLE:
        return
    if largest > size:
        raise SlideError(
            f"A tile of the slide claims {largest:,} bytes of a file that has {size:,}",
            where=str(path),
            advice="The file is damaged; copy it again from its source",
        )
