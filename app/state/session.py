"""The slides of this session and which of them is on show; passes on what happens to that one."""

from __future__ import annotations

import weakref
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.state.slide_entry import SlideEntry
from inference.results.candidates import DEFAULT_RADIUS_CELLS
from inference.slides.frames import Mpp, PointL0
from inference.slides.slide import Slide, SlideInfo


class Session(QObject):
    """The list of slides, newest last, and the open slide.

    Signals:
        entriesChanged: a slide came or anything a list of slides shows has changed.
        slideChanged: another slide is open, or the same one was opened anew.
        infoChanged, runChanged, heatmapReplaced, stabilityChanged, candidatesChanged, reviewsChanged,
            selectionChanged: of the slide on show; they are emitted too when another slide comes on show.
        cellsChanged: `RegionL0`, of the slide on show.
        annotationsChanged: an `Edit` of the slide on show, None for all of its annotations or another slide.
        pickedChanged: which annotations are selected or hidden.
    """

    entriesChanged = Signal()
    slideChanged = Signal()
    infoChanged = Signal()
    runChanged = Signal()
    heatmapReplaced = Signal()
    cellsChanged = Signal(object)
    stabilityChanged = Signal()
    candidatesChanged = Signal()
    reviewsChanged = Signal()
    selectionChanged = Signal()
    annotationsChanged = Signal(object)
    pickedChanged = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[SlideEntry] = []
        self._current: SlideEntry | None = None
        self._slide: Slide | None = None
        self.radius_cells = DEFAULT_RADIUS_CELLS
        """How near to each other only the most probable cell is to be a candidate, on every slide."""

    @property
    def entries(self) -> tuple[SlideEntry, ...]:
        """All slides of this session."""
        return tuple(self._entries)

    @property
    def current(self) -> SlideEntry | None:
        """The entry on show."""
        return self._current

    @property
    def slide(self) -> Slide | None:
        """The open slide, belonging to `current`."""
        return self._slide

    def entry_of(self, path: Path) -> SlideEntry | None:
        """The entry of a file."""
        return next((entry for entry in self._entries if entry.path == path), None)

    def entries_with(self, fingerprint: str) -> tuple[SlideEntry, ...]:
        """The entries of one slide: more than one where the list holds copies of its file."""
        return tuple(entry for entry in self._entries if entry.info.fingerprint == fingerprint)

    def show(self, slide: Slide) -> SlideEntry:
        """Puts an open slide on show; what its entry knows from before stays."""
        info: SlideInfo = slide.info
        entry = self.entry_of(info.path)
        if entry is None:
            entry = self._added(info)
        elif entry.info.fingerprint != info.fingerprint:
            # Another file under the same name: nothing known of the old one holds.
            self._entries.remove(entry)
            entry = self._added(info)
        else:
            entry.set_info(info)
        self._current, self._slide = entry, slide
        self._tell_of_current()
        self.entriesChanged.emit()
        return entry

    def add(self, info: SlideInfo) -> SlideEntry:
        """The entry of a slide that is not on show, made if there is none; for a scan from the tray."""
        entry = self.entry_of(info.path)
        return self._added(info) if entry is None else entry

    def remove(self, path: Path) -> None:
        """Forgets a slide; nothing is on show any more if it was the one."""
        entry = self.entry_of(path)
        if entry is None:
            return
        self._entries.remove(entry)
        if entry is self._current:
            self._current = self._slide = None
            self._tell_of_current()
        self.entriesChanged.emit()

    def probability_at(self, point_l0: PointL0) -> float | None:
        """The heatmap's value at a place of the slide on show; None where there is none."""
        layer = self._current.layer if self._current is not None else None
        return None if layer is None else layer.heatmap.value_at(point_l0)

    def magnification_downsample(self, magnification: float) -> float | None:
        """Level-0 px per view px at a magnification of the slide on show; None if it is not known."""
        native = None if self._current is None else native_magnification(self._current.info)
        return None if native is None else native / magnification

    def _tell_of_current(self) -> None:
        for signal in (
            self.slideChanged,
            self.infoChanged,
            self.heatmapReplaced,
            self.stabilityChanged,
            self.candidatesChanged,
            self.reviewsChanged,
            self.selectionChanged,
            self.runChanged,
        ):
            signal.emit()
        self.annotationsChanged.emit(None)
        self.pickedChanged.emit()

    def _added(self, info: SlideInfo) -> SlideEntry:
        # Two copies of a slide are one case: what is drawn on one is on the other as well.
        twins = self.entries_with(info.fingerprint)
        entry = SlideEntry(info, twins[0].annotations if twins else None)
        self._entries.append(entry)
        # Held weakly: what a signal calls lives as long as its sender, and would keep it for ever.
        here = weakref.ref(entry)

        def is_on_show() -> bool:
            return self._current is not None and here() is self._current

        for signal, own in (
            (entry.infoChanged, self.infoChanged),
            (entry.runChanged, self.runChanged),
            (entry.heatmapReplaced, self.heatmapReplaced),
            (entry.stabilityChanged, self.stabilityChanged),
            (entry.candidatesChanged, self.candidatesChanged),
            (entry.reviews.changed, self.reviewsChanged),
            (entry.selectionChanged, self.selectionChanged),
            (entry.annotations.selectionChanged, self.pickedChanged),
            (entry.annotations.hiddenChanged, self.pickedChanged),
        ):
            signal.connect(lambda own=own: own.emit() if is_on_show() else None)
        entry.cellsChanged.connect(
            lambda region_l0: self.cellsChanged.emit(region_l0) if is_on_show() else None
        )
        entry.annotations.changed.connect(
            lambda edit: self.annotationsChanged.emit(edit) if is_on_show() else None
        )
        for signal in (entry.infoChanged, entry.runChanged, entry.thumbnailChanged, entry.reviews.changed):
            signal.connect(self.entriesChanged)
        return entry


UM_AT_ONE_POWER = 10.0
"""Micrometres per pixel at 1x: the field's convention, 0.25 um at 40x and 0.5 um at 20x."""


def native_magnification(info: SlideInfo) -> float | None:
    """The magnification of level 0: the objective as stated, else from the resolution; None if neither is known."""
    if info.objective_power is not None and info.objective_power > 0:
        return info.objective_power
    mpp: Mpp | None = info.mpp
    return None if mpp is None else UM_AT_ONE_POWER / mpp.mean
