"""How the scan of one slide stands: a frozen value that engine events turn into the next one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from inference import errors
from inference.engine.live_messages import Continued, Paused
from inference.engine.messages import (
    Failed,
    ScanCancelled,
    ScanDone,
    ScanEvent,
    ScanNotice,
    ScanProgress,
    ScanStage,
    ScanStarted,
)
from inference.errors import EquiscopeError


class RunPhase(Enum):
    """Where a scan is in its life."""

    NONE = "not scanned"
    STARTING = "starting"
    RUNNING = "scanning"
    PARTLY = "partly scanned"
    DONE = "scanned"
    CANCELLED = "cancelled"
    FAILED = "failed"


EARLIER = "case-"
"""How the run_id of a scan begins that was read from a case file."""


@dataclass(frozen=True, slots=True)
class Run:
    """A scan as the window knows it.

    Attributes:
        run_id: of the request, empty before the first one.
        stage: what the engine does before it computes, in plain words.
        cancelling: the user asked to stop and the engine has not yet.
        paused: it waits until the user lets it go on.
        error: why a scan failed.
    """

    phase: RunPhase = RunPhase.NONE
    run_id: str = ""
    stage: str = ""
    started: ScanStarted | None = None
    progress: ScanProgress | None = None
    done: ScanDone | None = None
    cancelling: bool = False
    paused: bool = False
    error: EquiscopeError | None = None

    @property
    def is_active(self) -> bool:
        """Whether the engine works on it."""
        return self.phase in (RunPhase.STARTING, RunPhase.RUNNING)

    @property
    def is_earlier(self) -> bool:
        """Whether it was read from the case file instead of computed in this session."""
        return self.run_id.startswith(EARLIER)

    @property
    def part_done(self) -> float:
        """0..1 of the tissue cells."""
        if self.phase is RunPhase.DONE:
            return 1.0
        if self.progress is None or self.progress.total_cells <= 0:
            return 0.0
        return min(1.0, self.progress.done_cells / self.progress.total_cells)


def started_run(run_id: str) -> Run:
    """A scan that was just asked for."""
    return Run(RunPhase.STARTING, run_id, stage="Starting the engine")


def after(run: Run, event: ScanEvent | Paused | Continued) -> Run:
    """The run after an event of its own run_id; scores change the heatmap, not the run."""
    match event:
        case ScanStage(text=text):
            return replace(run, stage=text)
        case ScanStarted():
            return replace(run, phase=RunPhase.RUNNING, started=event)
        case ScanNotice(text=text) if run.started is not None:
            return replace(run, started=replace(run.started, notices=(*run.started.notices, text)))
        case Paused() | Continued():
            return replace(run, paused=isinstance(event, Paused))
        case ScanProgress():
            return replace(run, progress=event)
        case ScanDone():
            return replace(run, phase=RunPhase.DONE, done=event, cancelling=False, paused=False)
        case ScanCancelled():
            return replace(run, phase=RunPhase.CANCELLED, cancelling=False, paused=False)
        case Failed():
            return failed(run, error_of(event))
    return run


def failed(run: Run, error: EquiscopeError) -> Run:
    """The run after an error."""
    return replace(run, phase=RunPhase.FAILED, cancelling=False, paused=False, error=error)


def error_of(event: Failed) -> EquiscopeError:
    """The error that the engine met, of its own class, which decides the exit code of the command line."""
    kind = getattr(errors, event.error, EquiscopeError)
    if not (isinstance(kind, type) and issubclass(kind, EquiscopeError)):
        kind = EquiscopeError
    return kind(event.what, where=event.where, advice=event.advice)
