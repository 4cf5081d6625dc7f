"""The slides in the tray, opened or not, and which of them wait for a scan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from inference.slides.slide import SlideInfo


@dataclass(frozen=True, slots=True, eq=False)
class TraySlide:
    """A slide of the tray.

    Attributes:
        info: its description; None until it was looked at.
        picture: the whole slide, or None.
        is_scanned, reviewed, candidates: as its case file says.
        queued: whether it waits for a scan.
        problem: why it cannot be opened or scanned, as a sentence; empty if nothing is wrong.
    """

    path: Path
    info: SlideInfo | None = None
    picture: QImage | None = None
    is_scanned: bool = False
    reviewed: int = 0
    candidates: int = 0
    queued: bool = False
    problem: str = ""


class TrayList(QObject):
    """An ordered list of slides without repeats.

    Signals:
        changed: a slide came, went or changed.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._slides: dict[Path, TraySlide] = {}

    @property
    def slides(self) -> tuple[TraySlide, ...]:
        """All slides in their order."""
        return tuple(self._slides.values())

    @property
    def paths(self) -> tuple[Path, ...]:
        """Their files in the same order."""
        return tuple(self._slides)

    def get(self, path: Path) -> TraySlide | None:
        """The slide of a file."""
        return self._slides.get(path)

    def add(self, paths: Iterable[Path]) -> tuple[Path, ...]:
        """Puts slides at the end; answers those that were not there yet."""
        new = tuple(path for path in dict.fromkeys(paths) if path not in self._slides)
        self._slides.update({path: TraySlide(path) for path in new})
        if new:
            self.changed.emit()
        return new

    def remove(self, path: Path) -> None:
        """Takes a slide off the list; nothing happens if it is not there."""
        if self._slides.pop(path, None) is not None:
            self.changed.emit()

    def put(self, slide: TraySlide) -> None:
        """Replaces what is known of a slide; nothing happens if it was taken off meanwhile."""
        if slide.path in self._slides:
            self._slides[slide.path] = slide
            self.changed.emit()

    def set_queued(self, paths: Sequence[Path], *, queued: bool) -> None:
        """Marks slides as waiting for a scan, or not any more."""
        changed = [path for path in paths if path in self._slides and self._slides[path].queued != queued]
        for path in changed:
            self._slides[path] = replace(self._slides[path], queued=queued)
        if changed:
            self.changed.emit()

    def neighbour(self, path: Path | None, by: int) -> Path | None:
        """The slide so many places on; None beyond the ends. Without a slide: the first, or from the end the last."""
        paths = self.paths
        if not paths:
            return None
        if path not in self._slides:
            return paths[0] if by > 0 else paths[-1]
        place = paths.index(path) + by
        return paths[place] if 0 <= place < len(paths) else None
