"""Whether a model answers the same for a view under turns and reflections: asks the engine; a scan waits."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from app.control.scan_control import ScanControl
from app.state.models import ModelsState
from app.state.run_state import error_of
from app.state.session import Session
from app.state.value_state import ValueState
from app.work.engine_client import EngineClient
from inference.engine.equivariance_messages import (
    EquivarianceCancelled,
    EquivarianceDone,
    EquivarianceProgress,
    EquivarianceRequest,
)
from inference.engine.messages import Failed, WorkEvent
from inference.errors import EngineError, EquiscopeError
from inference.results.equivariance_report import EquivarianceReport
from inference.slides.frames import RegionL0


@dataclass(frozen=True, slots=True)
class EquivarianceRun:
    """A check as the window knows it.

    Attributes:
        run_id: of the request while the engine works on it, else empty.
        title: of the model.
        slide: name of the slide's file.
        part_done: 0..1.
        report: what came of it, None until known.
        error: why it failed, None if it did not.
    """

    run_id: str = ""
    title: str = ""
    slide: str = ""
    part_done: float = 0.0
    report: EquivarianceReport | None = None
    error: EquiscopeError | None = None


class EquivarianceControl(QObject):
    """One view at a time, and never beside a scan or the stability of a region.

    Signals:
        mppWanted: the resolution of the slide on show is needed.

    Attributes:
        state: the `EquivarianceRun`.
    """

    mppWanted = Signal(object)

    def __init__(
        self, session: Session, models: ModelsState, scan: ScanControl, engine: EngineClient
    ) -> None:
        super().__init__()
        self._session, self._models, self._scan, self._engine = session, models, scan, engine
        self.state: ValueState[EquivarianceRun] = ValueState(EquivarianceRun(), self)
        self._numbers = itertools.count(1)
        engine.eventArrived.connect(self._on_event)
        engine.engineFailed.connect(self._on_engine_failed)
        engine.engineKilled.connect(self._on_engine_killed)

    def why_not(self) -> str:
        """Why no check can be started now; empty if one can."""
        return self._scan.why_no_view()

    def start(self, region_l0: RegionL0) -> bool:
        """Checks a region of the slide on show with the model chosen; False where it cannot."""
        entry, choice = self._session.current, self._models.value.choice
        if self.why_not() or entry is None or choice is None:
            return False
        if entry.info.mpp is None:
            self.mppWanted.emit(entry)
            return False
        self._scan.hold(True)
        run_id = f"equivariance-{next(self._numbers)}"
        self.state.set(EquivarianceRun(run_id, choice.title, entry.path.name))
        self._engine.ask(
            EquivarianceRequest(
                run_id=run_id,
                slide=str(entry.path),
                model=choice.name,
                region_l0=(region_l0.x, region_l0.y, region_l0.width, region_l0.height),
                mpp=entry.info.given_mpp,
            )
        )
        return True

    def cancel(self) -> None:
        """Stops a check under way."""
        if self.state.value.run_id:
            self._engine.cancel(self.state.value.run_id)

    def _on_event(self, event: WorkEvent) -> None:
        run = self.state.value
        if not run.run_id or event.run_id != run.run_id:
            return
        match event:
            case EquivarianceProgress():
                self.state.set(replace(run, part_done=event.part_done))
            case EquivarianceDone():
                self._end(replace(run, part_done=1.0, report=EquivarianceReport(**event.report)))
            case EquivarianceCancelled():
                self._end(run)
            case Failed():
                self._end(replace(run, error=error_of(event)))

    def _on_engine_failed(self, error: EngineError) -> None:
        if self.state.value.run_id:
            self._end(replace(self.state.value, error=error))

    def _on_engine_killed(self, run_id: str) -> None:
        if self.state.value.run_id and self.state.value.run_id == run_id:
            self._end(self.state.value)

    def _end(self, run: EquivarianceRun) -> None:
        self.state.set(replace(run, run_id=""))
        self._scan.hold(False)
