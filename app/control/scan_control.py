"""Scanning: asks the engine, takes its events into the slide's state, drops what belongs to an old scan."""

from __future__ import annotations

import itertools
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from app.state.heatmap_layer import HeatmapLayer
from app.state.models import ModelsState
from app.state.run_state import Run, RunPhase, after, failed, started_run
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.work.engine_client import EngineClient
from inference.engine.live_messages import ContinueRequest, PauseRequest
from inference.engine.messages import (
    Failed,
    ScanCancelled,
    ScanDone,
    ScanEvent,
    ScanProgress,
    ScanRequest,
    ScanStarted,
    Scores,
)
from inference.errors import EngineError, EquiscopeError, ModelError
from inference.results.case_file import default_case_path

FLUSH_MS = 100
"""Ten times a second: quick enough to watch a heatmap grow, rare enough to leave painting its time."""


class ScanControl(QObject):
    """One scan at a time; it goes on while another slide is looked at.

    Signals:
        scanEnded: the `SlideEntry` whose scan is done, cancelled or failed; what was computed stays.
        scanFailed: the `EquiscopeError` to show.
        mppWanted: a scan needs the resolution of the slide on show.
        released: scans may start again after they were held.
    """

    scanEnded = Signal(object)
    scanFailed = Signal(object)
    mppWanted = Signal(object)
    released = Signal()

    def __init__(self, session: Session, models: ModelsState, engine: EngineClient) -> None:
        super().__init__()
        self._session = session
        self._models = models
        self._engine = engine
        self._entry: SlideEntry | None = None
        self._held = False
        self._scores: list[Scores] = []
        self._progress: ScanProgress | None = None
        self._numbers = itertools.count(1)
        self._flush_timer = QTimer(self)
        self._flush_timer.setInterval(FLUSH_MS)
        self._flush_timer.timeout.connect(self._flush)
        engine.eventArrived.connect(self._on_event)
        engine.engineFailed.connect(self._on_engine_failed)
        engine.engineKilled.connect(self._on_engine_killed)

    @property
    def scanning(self) -> SlideEntry | None:
        """The slide being scanned."""
        return self._entry

    @property
    def can_start(self) -> bool:
        """Whether the engine is free for a scan."""
        return self._entry is None and not self._held

    def why_no_view(self) -> str:
        """Why nothing can be asked of the engine for a view of the slide on show; empty if it can."""
        if self._session.current is None:
            return "Open a slide first"
        if self._entry is not None:
            return "Wait until the scan is done, or cancel it"
        if self._held:
            return "The engine is at another view"
        if self._models.value.choice is None:
            return "No model was found; start with --model FOLDER"
        return ""

    def hold(self, held: bool) -> None:
        """Lets no scan start while the engine does something else, and says so when that is over."""
        if held != self._held:
            self._held = held
            if not held:
                self.released.emit()

    def start(self) -> None:
        """Scans the slide on show with the chosen model; nothing happens while the engine works."""
        self.start_on(self._session.current)

    def start_on(self, entry: SlideEntry | None) -> None:
        """Scans a slide, on show or not, with the chosen model; nothing happens while the engine works."""
        choice = self._models.value.choice
        if entry is None or not self.can_start or entry.is_elsewhere:
            return
        if choice is None:
            self.scanFailed.emit(
                ModelError(
                    "There is no model to scan with", advice="Reinstall the program, or start it with --model"
                )
            )
            return
        if entry.info.mpp is None:
            self.mppWanted.emit(entry)
            return
        run_id = f"run-{next(self._numbers)}"
        self._entry, self._scores, self._progress = entry, [], None
        entry.set_run(started_run(run_id))
        self._flush_timer.start()
        self._engine.scan(
            ScanRequest(
                run_id=run_id,
                slide=str(entry.path),
                model=choice.name,
                mpp=entry.info.given_mpp,
                case=str(default_case_path(entry.info.fingerprint)),
            )
        )

    def cancel(self) -> None:
        """Stops the scan; what is computed stays and a later scan goes on from there."""
        if self._entry is not None and not self._entry.run.cancelling:
            run = replace(self._entry.run, cancelling=True)
            self._entry.set_run(run)
            self._engine.cancel(run.run_id)

    def stop(self) -> None:
        """At the end of the program: what the engine has said is shown no more."""
        self._flush_timer.stop()
        self._entry = None

    def pause_or_continue(self) -> None:
        """Lets the scan wait after its current batch, or go on."""
        if self._entry is not None and not self._entry.run.cancelling:
            run = self._entry.run
            self._engine.tell(ContinueRequest(run.run_id) if run.paused else PauseRequest(run.run_id))

    def _on_event(self, event: ScanEvent) -> None:
        entry = self._entry
        if entry is None or event.run_id != entry.run.run_id:
            return
        if isinstance(event, Scores):
            self._scores.append(event)
            return
        if isinstance(event, ScanProgress):
            self._progress = event
            return
        if isinstance(event, ScanStarted):
            entry.set_layer(
                HeatmapLayer.empty(
                    rows=event.rows,
                    columns=event.columns,
                    stride_x_l0=event.stride_x_l0,
                    stride_y_l0=event.stride_y_l0,
                )
            )
        run = after(entry.run, event)
        if isinstance(event, ScanDone | ScanCancelled | Failed):
            self._end(run)
        else:
            entry.set_run(run)

    def _flush(self) -> None:
        """Takes in what came since the last time: how far the scan is, and blocks of the heatmap."""
        entry, scores, progress = self._entry, self._scores, self._progress
        self._scores, self._progress = [], None
        if entry is None:
            return
        if progress is not None:
            entry.set_run(after(entry.run, progress))
        if not scores:
            return
        try:
            entry.put_scores(scores)
        except ValueError as error:
            self._engine.cancel(entry.run.run_id)
            problem = EngineError(
                "The engine gave numbers that are no heatmap", where=str(error), advice="Scan the slide again"
            )
            self._end(failed(entry.run, problem))

    def _on_engine_failed(self, error: EngineError) -> None:
        if self._entry is not None:
            self._end(failed(self._entry.run, error))
        else:
            self.scanFailed.emit(error)

    def _on_engine_killed(self, run_id: str) -> None:
        if self._entry is not None and self._entry.run.run_id == run_id:
            self._end(after(self._entry.run, ScanCancelled(run_id)))

    def _end(self, run: Run) -> None:
        """The scan is over, whatever its outcome."""
        self._progress = None
        self._flush()
        entry = self._entry
        if entry is None:
            return
        self._entry = None
        self._flush_timer.stop()
        entry.set_run(run)
        self.scanEnded.emit(entry)
        if run.phase is RunPhase.FAILED and isinstance(run.error, EquiscopeError):
            self.scanFailed.emit(run.error)
