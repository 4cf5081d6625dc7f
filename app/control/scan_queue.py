"""Several slides to scan: one after the other on the one engine, each at its turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.control.scan_control import ScanControl
from app.control.tray_control import TrayControl
from app.state.run_state import RunPhase
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.state.tray_list import TrayList, TraySlide
from inference.errors import EngineError, EquiscopeError

MOST_ENGINE_FAILURES = 2
"""One slide may bring an engine down; when the next one does too, the rest would only follow."""
NO_RESOLUTION = "Its resolution is unknown: open the slide and state it, then scan."


class ScanQueue(QObject):
    """Starts the next scan when one ends. Slides keep their order; each stays in the queue until its turn.

    Signals:
        failed: the `EquiscopeError` that stopped the queue.
    """

    failed = Signal(object)

    def __init__(self, session: Session, tray: TrayList, trays: TrayControl, scan: ScanControl) -> None:
        super().__init__()
        self._session = session
        self._tray = tray
        self._scan = scan
        self._order: list[Path] = []
        self._engine_failures = 0
        scan.scanEnded.connect(self._on_scan_ended)
        scan.released.connect(self._start_next)
        trays.briefed.connect(lambda _path: self._start_next())
        trays.removed.connect(self._on_removed)

    @property
    def waiting(self) -> tuple[Path, ...]:
        """The slides that wait, the next one first."""
        return tuple(self._order)

    def scan_current(self) -> None:
        """Scans the slide on show: now, or after what is being computed."""
        entry = self._session.current
        if entry is None:
            return
        if self._scan.can_start and not self._order:
            self._scan.start()
        elif entry.info.mpp is None:
            self._scan.mppWanted.emit(entry)
        else:
            self.add([entry.path])

    def add(self, paths: Sequence[Path]) -> None:
        """Puts slides of the tray at the end of the queue, without those that are in it or being scanned."""
        scanning = self._scan.scanning
        new = [
            path
            for path in paths
            if path not in self._order
            and self._tray.get(path) is not None
            and (scanning is None or scanning.path != path)
        ]
        self._order += new
        self._tray.set_queued(new, queued=True)
        self._engine_failures = 0
        self._start_next()

    def add_all(self) -> None:
        """Every slide of the tray that was not scanned yet."""
        self.add(self.unscanned())

    def remove(self, path: Path) -> None:
        """Takes a slide out of the queue."""
        if path in self._order:
            self._order.remove(path)
            self._tray.set_queued([path], queued=False)

    def clear(self) -> None:
        """Empties the queue; the scan under way goes on."""
        self._tray.set_queued(self._order, queued=False)
        self._order = []

    def unscanned(self) -> tuple[Path, ...]:
        """The slides of the tray that have no finished scan, are in no queue and can be opened."""
        return tuple(slide.path for slide in self._tray.slides if not slide.queued and self._is_open(slide))

    def _is_open(self, slide: TraySlide) -> bool:
        entry = self._session.entry_of(slide.path)
        if entry is not None and entry.run.phase is not RunPhase.NONE:
            return not entry.run.is_active and entry.run.phase is not RunPhase.DONE
        return not slide.is_scanned and (not slide.problem or slide.problem == NO_RESOLUTION)

    def _start_next(self) -> None:
        while self._order and self._scan.can_start:
            slide = self._tray.get(self._order[0])
            if slide is None:
                self._order.pop(0)
                continue
            entry = self._session.entry_of(slide.path)
            if entry is None and slide.info is None and not slide.problem:
                # It is looked at in the background, and that ends with a signal that brings us here again.
                return
            self._order.pop(0)
            self._tray.set_queued([slide.path], queued=False)
            if entry is None and slide.info is not None:
                entry = self._session.add(slide.info)
            if entry is not None:
                self._start(entry)

    def _start(self, entry: SlideEntry) -> None:
        slide = self._tray.get(entry.path)
        if entry.info.mpp is None and slide is not None:
            self._tray.put(replace(slide, problem=NO_RESOLUTION))
            return
        if slide is not None and slide.problem == NO_RESOLUTION:
            self._tray.put(replace(slide, problem=""))
        if entry.is_elsewhere:
            return
        self._scan.start_on(entry)
        if self._scan.scanning is None:
            # No model: said already, and true of every other slide as well.
            self.clear()

    def _on_scan_ended(self, entry: SlideEntry) -> None:
        failed_engine = entry.run.phase is RunPhase.FAILED and isinstance(entry.run.error, EngineError)
        self._engine_failures = self._engine_failures + 1 if failed_engine else 0
        if self._order and self._engine_failures >= MOST_ENGINE_FAILURES:
            self.clear()
            self.failed.emit(
                EquiscopeError(
                    "The engine failed on two slides in a row, so the others are not scanned",
                    advice="Scan one slide to see why, then scan all again",
                )
            )
        # After everyone has heard of the end.
        QTimer.singleShot(0, self._start_next)

    def _on_removed(self, path: Path) -> None:
        if path in self._order:
            self._order.remove(path)
        scanning = self._scan.scanning
        if scanning is not None and scanning.path == path:
            self._scan.cancel()
