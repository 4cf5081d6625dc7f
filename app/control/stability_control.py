"""Rotation stability of a region: asks the engine, takes its events into the state; a scan waits meanwhile."""

from __future__ import annotations

import itertools
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from app.control.scan_control import FLUSH_MS, ScanControl
from app.state.models import ModelChoice, ModelsState
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.state.stability_run import StabilityPhase, StabilityRun, after, failed
from app.state.value_state import ValueState
from app.work.engine_client import EngineClient
from inference.engine.messages import Failed, ScanStage, WorkEvent
from inference.engine.stability_messages import (
    StabilityCancelled,
    StabilityDone,
    StabilityEvent,
    StabilityRequest,
)
from inference.errors import EngineError
from inference.slides.frames import Mpp, RegionL0

BESIDE = "densenet-plus"
"""The plain network of the paper's figure: its maps stand beside those of the model chosen, where it is shipped."""


class StabilityControl(QObject):
    """One region at a time, and never beside a scan: the engine works off one request after the other, and cancelling
    one that waits would look like an engine that hangs.

    Signals:
        mppWanted: the resolution of the slide on show is needed.

    Attributes:
        state: the `StabilityRun`.
    """

    mppWanted = Signal(object)

    def __init__(
        self, session: Session, models: ModelsState, scan: ScanControl, engine: EngineClient
    ) -> None:
        super().__init__()
        self._session = session
        self._models = models
        self._scan = scan
        self._engine = engine
        self.state: ValueState[StabilityRun] = ValueState(StabilityRun(), self)
        self._next = self.state.value
        self._entry: SlideEntry | None = None
        self._mpp: Mpp | None = None
        """The resolution that the region was asked for at."""
        self._numbers = itertools.count(1)
        self._flush_timer = QTimer(self)
        self._flush_timer.setInterval(FLUSH_MS)
        self._flush_timer.timeout.connect(self._flush)
        engine.eventArrived.connect(self._on_event)
        engine.engineFailed.connect(self._on_engine_failed)
        engine.engineKilled.connect(self._on_engine_killed)

    def why_not(self) -> str:
        """Why nothing can be started now; empty if it can."""
        if self._session.current is not None and self._next.is_active:
            return "The rotation stability of a region is being computed"
        return self._scan.why_no_view()

    def start(self, region_l0: RegionL0) -> None:
        """Asks for the stability of a region of the slide on show; nothing happens where `why_not` says so."""
        entry, choice = self._session.current, self._models.value.choice
        if self.why_not() or entry is None or choice is None:
            return
        if entry.info.mpp is None:
            self.mppWanted.emit(entry)
            return
        self._scan.hold(True)
        self._follow(entry)
        run_id = f"stability-{next(self._numbers)}"
        self._set(StabilityRun(StabilityPhase.WORKING, run_id, slide=entry.path, stage="Starting the engine"))
        self._flush_timer.start()
        self._engine.ask(
            StabilityRequest(
                run_id=run_id,
                slide=str(entry.path),
                models=_models_beside(choice, self._models.value.choices),
                region_l0=(region_l0.x, region_l0.y, region_l0.width, region_l0.height),
                mpp=entry.info.given_mpp,
            )
        )

    def stop(self) -> None:
        """At the end of the program: what the engine has said is shown no more."""
        self._flush_timer.stop()

    def cancel(self) -> None:
        """Stops; the angles that are done stay on show."""
        if self._next.is_active and not self._next.cancelling:
            self._set(replace(self._next, cancelling=True))
            self._engine.cancel(self._next.run_id)

    def _follow(self, entry: SlideEntry) -> None:
        """The slide whose region is of interest from now on."""
        if self._entry is not None:
            self._entry.infoChanged.disconnect(self._on_info_changed)
        self._entry, self._mpp = entry, entry.info.mpp
        entry.infoChanged.connect(self._on_info_changed)

    def _on_info_changed(self) -> None:
        """Cells of another resolution are other cells: the region's say nothing of the slide any more."""
        if self._is_outdated():
            self.cancel()
            if not self._next.is_active:
                self._set(StabilityRun())

    def _is_outdated(self) -> bool:
        return self._entry is not None and self._entry.info.mpp != self._mpp

    def _on_event(self, event: WorkEvent) -> None:
        if not self._next.is_active or event.run_id != self._next.run_id:
            return
        if not isinstance(event, ScanStage | StabilityEvent | Failed):
            return
        try:
            self._next = after(self._next, event)
        except ValueError as error:
            self._engine.cancel(event.run_id)
            problem = EngineError(
                "The engine gave maps that do not fit", where=str(error), advice="Start again"
            )
            self._end(failed(self._next, problem))
            return
        if isinstance(event, StabilityDone | StabilityCancelled | Failed):
            self._end(self._next)

    def _on_engine_failed(self, error: EngineError) -> None:
        if self._next.is_active:
            self._end(failed(self._next, error))

    def _on_engine_killed(self, run_id: str) -> None:
        if self._next.is_active and self._next.run_id == run_id:
            self._end(after(self._next, StabilityCancelled(run_id)))

    def _end(self, run: StabilityRun) -> None:
        self._flush_timer.stop()
        self._set(StabilityRun() if self._is_outdated() else run)
        self._scan.hold(False)

    def _set(self, run: StabilityRun) -> None:
        self._next = run
        self._flush()

    def _flush(self) -> None:
        self.state.set(self._next)


def _models_beside(choice: ModelChoice, choices: tuple[ModelChoice, ...]) -> tuple[str, ...]:
    """The model chosen, and the plain network where there is one of the same resolution."""
    beside = [each.name for each in choices if each.name == BESIDE and each.mpp == choice.mpp]
    return (choice.name, *(name for name in beside if name != choice.name))
