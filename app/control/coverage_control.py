"""The area looked at: what the view rests on is noted, kept in the slide's case file and there again the next time."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.canvas.slide_view import SlideView
from app.single_shot import single_shot
from app.state.picture_tissue import tissue_in
from app.state.session import Session, native_magnification
from app.state.slide_entry import SlideEntry
from app.work.task import Tasks
from inference.errors import EquiscopeError
from inference.results.case_file import CaseFile, default_case_path
from inference.results.coverage import (
    NEVER,
    Coverage,
    Reading,
    begin_reading,
    keep_coverage,
    read_reading,
    readings_before,
)
from inference.slides.slide import SlideInfo

DWELL_MS = 500
"""A view counts once it is sharp and has rested for so long: what rushes by was not looked at."""
LEAST_MAGNIFICATION = 2.5
"""A coarser view finds the way and reads nothing; it is not noted, and makes no case file."""


class CoverageControl(QObject):
    """Watches a view and owns the coverage of the slide on show. Call `stop` before letting it go.

    Signals:
        changed: the coverage or the tissue is another.
        failed: the `EquiscopeError` to show.

    Attributes:
        writer: reads and writes in the case file.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, session: Session, view: SlideView) -> None:
        super().__init__()
        self._session = session
        self._view = view
        # One thread, so that what was kept last is what is read next.
        self.writer = Tasks(threads=1)
        self._coverage: Coverage | None = None
        self._tissue: NDArray[np.bool_] | None = None
        self._is_read = False
        self._reader = ""
        self._before: tuple[Reading, ...] = ()
        self._dwell = single_shot(view, DWELL_MS, self._note)  # ends with the view that it asks
        session.slideChanged.connect(self._on_slide_changed)
        view.settled.connect(self._on_settled)
        view.viewportChanged.connect(lambda _viewport: self._dwell.stop())
        view.thumbnailArrived.connect(self._on_thumbnail_arrived)

    @property
    def coverage(self) -> Coverage | None:
        """Of the slide on show; None without a slide."""
        return self._coverage

    @property
    def reader(self) -> str:
        """Who reads the slide on show; empty where no name was given."""
        return self._reader

    @property
    def before(self) -> tuple[Reading, ...]:
        """The readings of the slide on show that are over, the latest first."""
        return self._before

    @property
    def can_begin(self) -> bool:
        """Whether another reading can be begun: what was kept is known, and the slide is this window's."""
        entry = self._session.current
        return entry is not None and self._is_read and not entry.is_elsewhere

    def begin(self, reader: str) -> None:
        """Ends the reading under way, which stays in the case file, and begins another of nothing."""
        entry = self._session.current
        if entry is None or not self.can_begin:
            return
        self._dwell.stop()
        self._coverage = Coverage.nothing(entry.info.size_l0)
        self._reader = reader
        # Until it is begun the case file holds the reading before, which must not be written over.
        self._is_read = False
        self.writer.run_task(
            partial(_begin, entry.info, reader),
            done=partial(self._on_begun, entry),
            failed=partial(self._on_begin_failed, entry),
        )
        self.changed.emit()
        # What is on show is looked at by the new reader too.
        self._dwell.start()

    @property
    def tissue(self) -> NDArray[np.bool_] | None:
        """Which of the squares hold tissue; None until the slide's picture is there."""
        return self._tissue

    def stop(self) -> None:
        """Waits for what is being written."""
        self._dwell.stop()
        self.writer.finish()

    def _on_slide_changed(self) -> None:
        self._dwell.stop()
        entry = self._session.current
        self._tissue = None
        self._is_read = False
        self._reader, self._before = "", ()
        self._coverage = None if entry is None else Coverage.nothing(entry.info.size_l0)
        if entry is not None:
            self._read(entry)
        self.changed.emit()

    def _read(self, entry: SlideEntry) -> None:
        self.writer.run_task(
            partial(_read, entry.info), done=partial(self._on_read, entry), failed=self.failed.emit
        )

    def _on_read(self, entry: SlideEntry, kept: tuple[Reading, tuple[Reading, ...]]) -> None:
        if entry is self._session.current and self._coverage is not None:
            under_way, self._before = kept
            self._coverage = self._coverage.joined(under_way.coverage)
            self._reader = under_way.reader
            self._is_read = True
            self.changed.emit()

    def _on_begun(self, entry: SlideEntry, before: tuple[Reading, ...]) -> None:
        if entry is self._session.current and self._coverage is not None:
            self._before = before
            self._is_read = True
            if (self._coverage.codes != NEVER).any():
                # Looked at while it was being begun.
                self._keep(entry, self._coverage)
            self.changed.emit()

    def _on_begin_failed(self, entry: SlideEntry, error: EquiscopeError) -> None:
        self.failed.emit(error)
        if entry is self._session.current:
            # The reading before goes on.
            self._read(entry)

    def _on_thumbnail_arrived(self, picture: QImage) -> None:
        entry = self._session.current
        if entry is not None and self._coverage is not None:
            rows, columns = self._coverage.codes.shape
            # Longer than a frame.
            self.writer.run_task(
                partial(tissue_in, picture, rows=rows, columns=columns),
                done=partial(self._on_tissue_found, entry),
                failed=self.failed.emit,
            )

    def _on_tissue_found(self, entry: SlideEntry, tissue: NDArray[np.bool_]) -> None:
        if entry is self._session.current:
            self._tissue = tissue
            self.changed.emit()

    def _on_settled(self) -> None:
        # A scan whose cells come into view unsettles it again and again: the rest counts from the first time on.
        if not self._dwell.isActive():
            self._dwell.start()

    def _note(self) -> None:
        entry, viewport = self._session.current, self._view.viewport
        if entry is None or self._coverage is None or not self._view.isVisible():
            return
        native = native_magnification(entry.info)
        if native is None or native / viewport.downsample < LEAST_MAGNIFICATION:
            return
        before = self._coverage
        self._coverage = before.with_look(viewport.corners_l0, downsample=viewport.downsample)
        if np.array_equal(before.codes, self._coverage.codes):
            return
        # What was not read must not be written over, and a slide that another window has is only looked at.
        if self._is_read and not entry.is_elsewhere:
            self._keep(entry, self._coverage)
        self.changed.emit()

    def _keep(self, entry: SlideEntry, coverage: Coverage) -> None:
        self.writer.run_task(
            partial(_keep, entry.info.fingerprint, coverage), done=lambda _: None, failed=self.failed.emit
        )


def _read(info: SlideInfo) -> tuple[Reading, tuple[Reading, ...]]:
    path: Path = default_case_path(info.fingerprint)
    # Opening a slide makes no case file.
    if not path.exists():
        return Reading("", Coverage.nothing(info.size_l0)), ()
    with CaseFile.open(path, fingerprint=info.fingerprint) as case:
        return read_reading(case, info.size_l0), readings_before(case, info.size_l0)


def _begin(info: SlideInfo, reader: str) -> tuple[Reading, ...]:
    with CaseFile.open(default_case_path(info.fingerprint), fingerprint=info.fingerprint) as case:
        begin_reading(case, info.size_l0, reader=reader)
        return readings_before(case, info.size_l0)


def _keep(fingerprint: str, coverage: Coverage) -> None:
    with CaseFile.open(default_case_path(fingerprint), fingerprint=fingerprint) as case:
        keep_coverage(case, coverage)
