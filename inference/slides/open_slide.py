"""Opening a slide of any format: the first reader that knows the file reads it."""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

from inference.errors import PyramidWantedError, SlideError
from inference.slides import image_reader, openslide_reader, subifd_reader
from inference.slides.flat_pyramid import Keep
from inference.slides.frames import Mpp
from inference.slides.reader import SlideReader
from inference.slides.slide import Slide

READER_GROUP = "equiscope.readers"
"""Entry-point group of readers from other distributions."""
READABLE = (
    "Readable are OpenSlide's formats (SVS, NDPI, SCN, MRXS, BIF, DICOM, TIFF), OME-TIFF, PNG, JPEG, BMP"
)


def open_slide(path: Path, *, mpp: Mpp | None = None) -> Slide:
    """Opens a slide.

    OpenSlide is asked first (but for pyramids that it does not see), then readers of other distributions, then
    the reader of plain images. The first that knows the file is the one: its error is final, no other reader is
    tried after it.

    Args:
        mpp: micrometres per level-0 pixel as given by the user; it overrides what the file states.

    Raises SlideError, with a different sentence for a missing file, a folder, a file without read permission,
    an unsupported and a damaged file. A slide without resolution opens; see `require_mpp`.
    """
    _check_file(path)
    for reader in _readers():
        if reader.detect(path):
            return reader.open(path, mpp=mpp)
    raise SlideError("This file is not a slide or image of a known format", where=str(path), advice=READABLE)


def open_building(path: Path, *, mpp: Mpp | None = None, keep: Keep | None = None) -> Slide:
    """Opens a slide; for a large flat image that has no pyramid yet, builds one first, which takes time.

    Raises SlideError as `open_slide` does, and BuildCancelledError where `keep` gave the building up.
    """
    try:
        return open_slide(path, mpp=mpp)
    except PyramidWantedError:
        image_reader.build_pyramid_of(path, keep=keep)
        return open_slide(path, mpp=mpp)


def _readers() -> Iterator[SlideReader]:
    """All readers in the order in which they are asked.

    Our own are named here and not looked up, so that they work without installed metadata.
    """
    # Before OpenSlide, which would take such a file for a slide of one level.
    yield subifd_reader.READER
    yield openslide_reader.READER
    for entry in sorted(entry_points(group=READER_GROUP), key=lambda entry: entry.name):
        try:
            reader: SlideReader = entry.load()
        except (ImportError, AttributeError) as error:
            raise SlideError(
                "A slide reader that is installed cannot be loaded",
                where=f"{entry.name} ({entry.value})",
                advice="Update or uninstall the distribution that brings it",
            ) from error
        yield reader
    yield image_reader.READER


def _check_file(path: Path) -> None:
    """Raises SlideError for what is not a readable file with content."""
    place = str(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise SlideError(
                "This is a folder, not a slide",
                where=place,
                advice="Choose a file: of a MIRAX slide the .mrxs file, of a DICOM slide any .dcm file in it",
            )
        if not stat.S_ISREG(status.st_mode):
            raise SlideError(
                "This is a device or pipe, not a file", where=place, advice="Choose a slide's file"
            )
        if status.st_size == 0:
            raise SlideError("The file is empty", where=place, advice="Copy it again from its source")
        with path.open("rb") as file:
            file.read(1)
    except FileNotFoundError as error:
        if path.is_symlink():
            raise SlideError(
                "This link points to a file that does not exist",
                where=place,
                advice="Check that its drive is there",
            ) from error
        raise SlideError(
            "There is no such file", where=place, advice="Check the name, and that its drive is there"
        ) from error
    except PermissionError as error:
        raise SlideError(
            "You may not read this file", where=place, advice="Ask its owner for permission to read"
        ) from error
    except OSError as error:
        reason = errno.errorcode.get(error.errno or 0, "unknown")
        raise SlideError(
            f"The file cannot be read ({reason})",
            where=place,
            advice="Check the name, and that its drive is there",
        ) from error
