"""Which slides a user means by the files and folders dropped on the window or named on the command line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from inference.errors import SlideError
from inference.slides.dicom_series import ENDING, first_like, first_of_each_series

SLIDE_ENDINGS = frozenset(
    {".svs", ".tif", ".tiff", ".ndpi", ".scn", ".mrxs", ".bif", ".dcm", ".svslide", ".vms", ".vmu", ".czi"}
)
IMAGE_ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".bmp"})
"""Taken from a folder that holds no slide: beside slides they are mostly previews and screenshots."""
MAX_DEPTH = 3
"""Folders below folders that are looked into: a study by patient and block, not a whole drive."""
MAX_SLIDES = 1000
"""More would be a mistake of the mouse, and minutes of reading thumbnails."""
_RESULTS = re.compile(r"(^heatmap|_likelihood_map)\.tiff?$", re.IGNORECASE)
"""Our own heatmaps and ASAP's, which lie beside slides and are none."""


def find_slides(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The files among `paths` as they are, and the slides in the folders among them; absolute, each once.

    A file of a DICOM slide stands for the whole slide, which is named by the first of its files in their folder.

    A file that was named is taken whatever it is, so that opening it says what is wrong with it. Run it off the GUI
    thread, as a drive may hang. Raises SlideError where only folders were given and none holds a slide.
    """
    found: dict[Path, None] = {}
    for path in paths:
        path = path.expanduser().absolute()
        if path.is_dir():
            slides = sorted(_files(path, SLIDE_ENDINGS), key=_as_read) or sorted(
                _files(path, IMAGE_ENDINGS), key=_as_read
            )
            found.update(dict.fromkeys(slides))
        else:
            found[_whole_slide(path)] = None
    if not found:
        raise SlideError(
            "No slide was found in this folder" if len(paths) == 1 else "No slide was found in these folders",
            where=str(paths[0]) if paths else "",
            advice="Choose the folder that holds the slide files themselves",
        )
    return tuple(found)[:MAX_SLIDES]


def _files(folder: Path, endings: frozenset[str]) -> Iterator[Path]:
    """The slides in a folder and those below it, a DICOM slide of several files once."""
    for place, folders, names in os.walk(folder, followlinks=False):
        depth = len(Path(place).relative_to(folder).parts)
        folders[:] = [] if depth >= MAX_DEPTH else [each for each in folders if not each.startswith(".")]
        dicom = []
        for name in sorted(names):
            ending = Path(name).suffix.lower()
            if name.startswith(".") or ending not in endings or _RESULTS.search(name):
                continue
            if ending == ENDING:
                dicom.append(Path(place, name))
            else:
                yield Path(place, name)
        yield from first_of_each_series(dicom)


def _whole_slide(path: Path) -> Path:
    """The file that stands for the slide that a file belongs to: mostly itself."""
    if path.suffix.lower() != ENDING or not path.is_file():
        return path
    beside = sorted(each for each in path.parent.iterdir() if each.suffix.lower() == ENDING)
    return first_like(path, beside)


def _as_read(path: Path) -> tuple[object, ...]:
    """Sorts 2 before 10."""
    parts = re.split(r"(\d+)", str(path).lower())
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts)
