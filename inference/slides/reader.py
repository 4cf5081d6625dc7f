"""What a slide reader is: the plug-in point for file formats."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from inference.slides.frames import Mpp
from inference.slides.slide import Slide

SYNTHETIC_MARK = "Equiscope synthetic slide"
"""How the ImageDescription of a slide drawn by our own generator begins."""


class SlideReader(Protocol):
    """Opens one family of file formats.

    A distribution adds readers through entry points of the group `equiscope.readers`; each names an object
    with these members.
    """

    @property
    def name(self) -> str:
        """The reader's name in plain words."""
        ...

    def detect(self, path: Path) -> bool:
        """Whether this reader is the one for the file, from a look at its first bytes; raises nothing."""
        ...

    def open(self, path: Path, *, mpp: Mpp | None = None) -> Slide:
        """Opens the file.

        Args:
            mpp: micrometres per level-0 pixel as given by the user; it overrides what the file states.

        Raises SlideError for a file that is damaged or asks for too much memory.
        """
        ...
