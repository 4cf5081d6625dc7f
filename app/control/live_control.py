"""The live model: while it is on, the engine predicts what is on show, wherever the user goes."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.canvas.slide_view import SlideView
from app.control.scan_control import ScanControl
from app.single_shot import single_shot
from app.state.heatmap_layer import HeatmapLayer
from app.state.live_run import LiveRun
from app.state.models import ModelChoice, ModelsState
from app.state.run_state import Run, RunPhase, error_of
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.state.value_state import ValueState
from app.work.engine_client import EngineClient
from inference.engine.live_messages import LiveEnded, LivePreview, LiveRequest, LiveView
from inference.engine.messages import (
    CancelRequest,
    Failed,
    FocusRequest,
    ScanStage,
    ScanStarted,
    Scores,
    WorkEvent,
)
from inference.errors import EngineError
from inference.results.case_file import default_case_path
from inference.slides.frames import Mpp
from inference.slides.grid import CELL

LOOK_MS = 30
"""At most so often the engine is told of the view; shorter than anyone sees, and a pan has its turn."""
MOST_CELLS = 12000
"""Of a view: a large screen at 5x. Farther out a scan is what is wanted."""
TOO_FAR = "Zoom in for the live model"


class LiveControl(QObject):
    """Keeps the engine's live model on the slide on show, with the model chosen, while the user wants it.

    A slide that was scanned needs none, and one that is being scanned has what is on show computed first anyhow.

    Signals:
        failed: the `EquiscopeError` that ended it.

    Attributes:
        state: the `LiveRun`.
    """

    failed = Signal(object)

    def __init__(
        self, session: Session, models: ModelsState, scan: ScanControl, engine: EngineClient, view: SlideView
    ) -> None:
        super().__init__()
        self._session, self._models, self._scan = session, models, scan
        self._engine, self._view = engine, view
        self.state: ValueState[LiveRun] = ValueState(LiveRun(), self)
        self._entries: dict[str, SlideEntry] = {}
        """Of every live run that the engine has not ended yet: late values are still worth having."""
        self._of: tuple[Path, str, Mpp | None] | None = None
        self._told: FocusRequest | None = None
        self._numbers = itertools.count(1)
        self._timer = single_shot(self, LOOK_MS, self._look)
        view.viewportChanged.connect(self._on_view_changed)
        for signal in (session.slideChanged, session.infoChanged, session.runChanged, models.changed):
            signal.connect(lambda *_: self._arrange())
        engine.eventArrived.connect(self._on_event)
        engine.engineFailed.connect(self._on_engine_failed)
        engine.engineKilled.connect(self._on_engine_killed)

    def toggle(self) -> None:
        """Switches the live model on or off."""
        self.state.set(LiveRun(wanted=not self.state.value.wanted))
        self._arrange()

    def _why_not(self) -> str:
        entry = self._session.current
        if entry is None:
            return "Open a slide first"
        if entry.is_elsewhere:
            return "Another window has this slide"
        if self._models.value.choice is None:
            return "No model was found; start with --model FOLDER"
        if entry.info.mpp is None:
            return "State the slide's resolution first (Ctrl+R)"
        if self._scan.scanning is entry:
            return "The scan computes what is on show first"
        if entry.run.phase is RunPhase.DONE:
            return "This slide was scanned"
        return ""

    def _arrange(self) -> None:
        """Starts or ends the engine's live model, so that it is what the state of the window asks for."""
        run = self.state.value
        if not run.wanted:
            self._end()
            return
        why_not = self._why_not()
        entry, choice = self._session.current, self._models.value.choice
        if why_not or entry is None or choice is None:
            self._end()
            self.state.set(LiveRun(wanted=True, why_not=why_not))
        elif self._of != _asked(entry, choice):
            self._end()
            self._start(entry, choice)

    def _start(self, entry: SlideEntry, choice: ModelChoice) -> None:
        run_id = f"live-{next(self._numbers)}"
        self._entries[run_id] = entry
        self._of, self._told = _asked(entry, choice), None
        self.state.set(LiveRun(wanted=True, run_id=run_id, stage="Starting the engine"))
        self._engine.ask(
            LiveRequest(
                run_id=run_id,
                slide=str(entry.path),
                model=choice.name,
                mpp=entry.info.given_mpp,
                case=str(default_case_path(entry.info.fingerprint)),
            )
        )
        self._look()

    def _end(self) -> None:
        run_id, self._of = self.state.value.run_id, None
        if run_id:
            self._engine.tell(CancelRequest(run_id))
            self.state.set(replace(self.state.value, run_id="", started=None))

    def _on_view_changed(self, *_: object) -> None:
        if self._of is not None and not self._timer.isActive():
            self._timer.start()

    def _look(self) -> None:
        """Tells the engine of the view."""
        entry, choice, run = self._session.current, self._models.value.choice, self.state.value
        if not run.run_id or entry is None or entry.info.mpp is None or choice is None:
            return
        region, mpp = self._view.viewport.region_l0, entry.info.mpp
        cells = region.width * mpp.x * region.height * mpp.y / (CELL * choice.mpp) ** 2
        if cells > MOST_CELLS:
            self.state.set(replace(run, why_not=TOO_FAR, is_busy=False))
            return
        request = FocusRequest(run.run_id, region.x, region.y, region.width, region.height)
        if request != self._told:
            self._told = request
            self.state.set(replace(run, why_not="", is_busy=True))
            self._engine.tell(request)

    def _on_event(self, event: WorkEvent) -> None:
        entry = self._entries.get(event.run_id)
        if entry is None:
            return
        match event:
            case ScanStarted():
                self._take_started(entry, event)
            case Scores() | LivePreview():
                self._take_values(entry, event)
            case LiveEnded():
                del self._entries[event.run_id]
            case Failed():
                self._fail(event)
        run = self.state.value
        if event.run_id != run.run_id:
            return
        match event:
            case ScanStage():
                self.state.set(replace(run, stage=event.text))
            case ScanStarted():
                self.state.set(replace(run, stage="", started=event))
            case LivePreview():
                self.state.set(replace(run, first_seconds=event.seconds))
            case LiveView() if self._told is not None:
                told = self._told
                if event.region_l0 == (told.x_l0, told.y_l0, told.width_l0, told.height_l0):
                    run = replace(run, is_busy=False)
                if event.cells:
                    run = replace(run, first_seconds=event.first_seconds, seconds=event.seconds)
                self.state.set(run)

    def _take_started(self, entry: SlideEntry, started: ScanStarted) -> None:
        if entry.run.is_active or entry.run.phase is RunPhase.DONE:
            return
        entry.set_layer(
            HeatmapLayer.empty(
                rows=started.rows,
                columns=started.columns,
                stride_x_l0=started.stride_x_l0,
                stride_y_l0=started.stride_y_l0,
            )
        )
        entry.set_run(Run(RunPhase.PARTLY, started.run_id, started=started))

    def _take_values(self, entry: SlideEntry, values: Scores | LivePreview) -> None:
        # A scan that has begun meanwhile brings them all itself.
        if entry.run.run_id != values.run_id:
            return
        try:
            if isinstance(values, Scores):
                entry.put_scores([values])
            else:
                entry.put_preview(values)
        except ValueError as error:
            self._give_up()
            self.failed.emit(
                EngineError(
                    "The engine gave numbers that are no heatmap", where=str(error), advice="Try again"
                )
            )

    def _fail(self, event: Failed) -> None:
        del self._entries[event.run_id]
        if event.run_id == self.state.value.run_id:
            self.state.set(replace(self.state.value, run_id=""))
            self._give_up()
            self.failed.emit(error_of(event))

    def _give_up(self) -> None:
        """Off, so that what went wrong does not go wrong again at once."""
        self._end()
        self.state.set(LiveRun())

    def _on_engine_failed(self, error: EngineError) -> None:
        was_running = bool(self.state.value.run_id)
        self._forget_engine()
        if was_running:
            # The scan's control shows the error.
            self.state.set(LiveRun())

    def _on_engine_killed(self, _run_id: str) -> None:
        self._forget_engine()
        self._arrange()

    def _forget_engine(self) -> None:
        self._entries.clear()
        self._of = None
        self.state.set(replace(self.state.value, run_id="", started=None))


def _asked(entry: SlideEntry, choice: ModelChoice) -> tuple[Path, str, Mpp | None]:
    """What a live request is of: with another of these it is another request."""
    return entry.path, choice.name, entry.info.mpp
