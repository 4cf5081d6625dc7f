"""DICOM slides of several files: which files belong to one slide, told from their headers alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

ENDING = ".dcm"
_TAGS = ["SOPClassUID", "SeriesInstanceUID"]


def first_of_each_series(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Of the DICOM files of one folder the first of each slide, which opens the slide with all its levels.

    OpenSlide finds the other files by their series, and only beside the one that it is given. Files that are no part of
    a slide, such as a tomogram, are left out; one whose header cannot be read stays, so that opening it says why.
    """
    first: dict[str, Path] = {}
    for path in paths:
        key = _series_of(path)
        if key is not None:
            first.setdefault(key, path)
    return tuple(first.values())


def first_like(path: Path, beside: Iterable[Path]) -> Path:
    """The first file of the slide that a file belongs to, among those beside it; itself where there is no telling."""
    series = _series_of(path)
    if series is None:
        return path
    return next((each for each in beside if each == path or _series_of(each) == series), path)


def _series_of(path: Path) -> str | None:
    """The name of a file's series, its path where there is no telling, None where it is no slide's."""
    # Here and not above: it takes a fifth of a second, and most slides are no DICOM.
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError
    from pydicom.uid import VLWholeSlideMicroscopyImageStorage

    try:
        # Only these two are parsed: other entries of strangers' files may be of any kind.
        header = dcmread(path, stop_before_pixels=True, specific_tags=_TAGS)
        kind, series = str(header.get("SOPClassUID", "")), str(header.get("SeriesInstanceUID", ""))
    # A header that ends early is a warning to pydicom, and an error where warnings are.
    except (InvalidDicomError, OSError, EOFError, ValueError, KeyError, AttributeError, UserWarning):
        return str(path)
    if kind != VLWholeSlideMicroscopyImageStorage:
        return None
    return series or str(path)
