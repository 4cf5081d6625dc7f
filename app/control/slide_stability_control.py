"""Rotation stability of a whole slide: asks the engine, takes blocks into the slide's state; a scan waits."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.control.scan_control import FLUSH_MS, ScanControl
from app.state.models import ModelsState
from app.state.run_state import error_of
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.state.slide_stability import SlideStability
from app.state.value_state import ValueState
from app.work.engine_client import EngineClient
from inference.engine.messages import Failed, ScanProgress, ScanStage, WorkEvent
from inference.engine.slide_stability_messages import (
    SlideStabilityBlock,
    SlideStabilityCancelled,
    SlideStabilityDone,
    SlideStabilityRequest,
    SlideStabilityStarted,
)
from inference.errors import EngineError
from inference.results.case_file import default_case_path
from inference.slides.frames import Mpp


@dataclass(frozen=True, slots=True)
class SlideStabilityRun:
    """A computation as the window knows it.

    Attributes:
        run_id: while the engine works on it, else empty.
        slide: the file it is of.
        stage: what the engine does before it computes, in plain words.
        progress: None until known.
    """

    run_id: str = ""
    slide: Path = Path()
    stage: str = ""
    progress: ScanProgress | None = None


class SlideStabilityControl(QObject):
    """One slide at a time, and never beside a scan.

    Signals:
        failed: the `EquiscopeError` that ended it; what was computed is kept.
        mppWanted: the resolution of the slide on show is needed.
        finished: (`SlideStabilityStarted`, `SlideStabilityDone`) of a slide that was turned to the end.

    Attributes:
        state: the `SlideStabilityRun`.
    """

    failed = Signal(object)
    mppWanted = Signal(object)
    finished = Signal(object, object)

    def __init__(
        self, session: Session, models: ModelsState, scan: ScanControl, engine: EngineClient
    ) -> None:
        super().__init__()
        self._session, self._models, self._scan, self._engine = session, models, scan, engine
        self.state: ValueState[SlideStabilityRun] = ValueState(SlideStabilityRun(), self)
        self._entry: SlideEntry | None = None
        self._mpp: Mpp | None = None
        """The resolution that it was begun at."""
        self._blocks: list[SlideStabilityBlock] = []
        self._started: SlideStabilityStarted | None = None
        self._flush_timer = QTimer(self)
        self._flush_timer.setInterval(FLUSH_MS)
        self._flush_timer.timeout.connect(self._flush)
        self._numbers = itertools.count(1)
        engine.eventArrived.connect(self._on_event)
        engine.engineFailed.connect(self._on_engine_failed)
        engine.engineKilled.connect(self._on_engine_killed)

    def why_not(self) -> str:
        """Why none can be started now; empty if one can."""
        entry = self._session.current
        if entry is None:
            return "Open a slide first"
        if entry.is_elsewhere:
            return "Another window has this slide"
        if not self._scan.can_start:
            return "Wait until the engine is free"
        if self._models.value.choice is None:
            return "No model was found; start with --model FOLDER"
        return ""

    def start(self, turns: int) -> None:
        """Computes the slide on show with the model chosen, or goes on where it was stopped."""
        entry, choice = self._session.current, self._models.value.choice
        if self.why_not() or entry is None or choice is None:
            return
        if entry.info.mpp is None:
            self.mppWanted.emit(entry)
            return
        self._scan.hold(True)
        run_id = f"slide-stability-{next(self._numbers)}"
        self._entry, self._mpp, self._started = entry, entry.info.mpp, None
        entry.infoChanged.connect(self._on_info_changed)
        self._flush_timer.start()
        self.state.set(SlideStabilityRun(run_id, entry.path, "Starting the engine"))
        self._engine.ask(
            SlideStabilityRequest(
                run_id=run_id,
                slide=str(entry.path),
                model=choice.name,
                turns=turns,
                mpp=entry.info.given_mpp,
                case=str(default_case_path(entry.info.fingerprint)),
            )
        )

    def stop(self) -> None:
        """At the end of the program: what the engine has said is shown no more."""
        self._flush_timer.stop()

    def cancel(self) -> None:
        """Stops; what is computed is kept, and the next start goes on from there."""
        if self.state.value.run_id:
            self._engine.cancel(self.state.value.run_id)

    def _on_info_changed(self) -> None:
        """Cells of another resolution are other cells: what is under way says nothing of the slide any more."""
        if self._is_outdated():
            self._blocks = []
            self.cancel()

    def _is_outdated(self) -> bool:
        return self._entry is not None and self._entry.info.mpp != self._mpp

    def _on_event(self, event: WorkEvent) -> None:
        run, entry = self.state.value, self._entry
        if entry is None or event.run_id != run.run_id:
            return
        if self._is_outdated() and isinstance(event, SlideStabilityStarted | SlideStabilityBlock):
            return
        match event:
            case ScanStage():
                self.state.set(replace(run, stage=event.text))
            case SlideStabilityStarted():
                self._started = event
                entry.set_stability(
                    SlideStability(
                        model=event.model,
                        title=event.model_title,
                        model_sha256=event.model_sha256,
                        turns=event.turns,
                        rows=event.rows,
                        columns=event.columns,
                        stride_x_l0=event.stride_x_l0,
                        stride_y_l0=event.stride_y_l0,
                        notices=event.notices,
                    )
                )
            case SlideStabilityBlock():
                # Those of an earlier sitting come all at once, and each would fill the list of candidates anew.
                self._blocks.append(event)
            case ScanProgress():
                self.state.set(replace(run, progress=event))
            case SlideStabilityDone() | SlideStabilityCancelled():
                self._end(is_complete=isinstance(event, SlideStabilityDone))
                if isinstance(event, SlideStabilityDone) and self._started is not None:
                    self.finished.emit(self._started, event)
            case Failed():
                self._end()
                self.failed.emit(error_of(event))

    def _on_engine_failed(self, _error: EngineError) -> None:
        # The scan's control shows the error.
        if self.state.value.run_id:
            self._end()

    def _on_engine_killed(self, run_id: str) -> None:
        if self.state.value.run_id and self.state.value.run_id == run_id:
            self._end()

    def _flush(self) -> None:
        """Takes in the blocks that came since the last time."""
        blocks, self._blocks = self._blocks, []
        if self._entry is None:
            return
        try:
            self._entry.put_stability(blocks)
        except ValueError as error:
            self._engine.cancel(self.state.value.run_id)
            self._end()
            self.failed.emit(
                EngineError(
                    "The engine gave a block that does not fit", where=str(error), advice="Start again"
                )
            )

    def _end(self, *, is_complete: bool = False) -> None:
        self._flush_timer.stop()
        self._flush()
        entry, self._entry = self._entry, None
        if entry is None:
            return
        entry.infoChanged.disconnect(self._on_info_changed)
        # One that never began says nothing of what was known before.
        if self._started is not None and entry.stability is not None and entry.info.mpp == self._mpp:
            entry.stability.is_complete = is_complete
            entry.stabilityChanged.emit()
        self.state.set(SlideStabilityRun())
        self._scan.hold(False)
