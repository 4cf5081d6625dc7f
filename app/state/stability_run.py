"""How the rotation stability of one region stands: a frozen value that engine events turn into the next one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from app.state.run_state import error_of
from inference.engine.messages import Failed, ScanStage
from inference.engine.stability_messages import (
    StabilityCancelled,
    StabilityDone,
    StabilityEvent,
    StabilityProgress,
    StabilityStarted,
)
from inference.engine.stability_record import empty_maps, take
from inference.errors import EquiscopeError
from inference.results.stability_maps import StabilityMaps


class StabilityPhase(Enum):
    """Where a request is in its life."""

    NONE = "none"
    WORKING = "working"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StabilityRun:
    """Rotation stability as the window knows it.

    Attributes:
        run_id: of the request, empty before the first one.
        slide: the file it is of.
        stage: what the engine does before it computes, in plain words.
        part_done: 0..1; seconds_left: None until known.
        maps: they grow in place; None until the engine knows the cells.
        told: events that the maps have taken, so that a run with grown maps differs from the one before.
        cancelling: the user asked to stop and the engine has not yet.
        error: why it failed.
    """

    phase: StabilityPhase = StabilityPhase.NONE
    run_id: str = ""
    slide: Path = Path()
    stage: str = ""
    part_done: float = 0.0
    seconds_left: float | None = None
    maps: StabilityMaps | None = None
    told: int = 0
    cancelling: bool = False
    error: EquiscopeError | None = None

    @property
    def is_active(self) -> bool:
        """Whether the engine works on it."""
        return self.phase is StabilityPhase.WORKING

    @property
    def turns_done(self) -> int:
        """Angles that every model has been through."""
        return 0 if self.maps is None else min(len(each.done) for each in self.maps.models)


def after(run: StabilityRun, event: ScanStage | StabilityEvent | Failed) -> StabilityRun:
    """The run after an event of its own run_id. Raises ValueError for a map that does not belong."""
    match event:
        case ScanStage(text=text):
            return replace(run, stage=text)
        case StabilityStarted():
            return replace(run, maps=empty_maps(event))
        case StabilityProgress():
            return replace(run, part_done=event.part_done, seconds_left=event.seconds_left)
        case StabilityCancelled():
            return replace(run, phase=StabilityPhase.CANCELLED, cancelling=False)
        case Failed():
            return failed(run, error_of(event))
    if run.maps is not None and take(run.maps, event):
        run = replace(run, told=run.told + 1)
    if isinstance(event, StabilityDone):
        return replace(run, phase=StabilityPhase.DONE, part_done=1.0, cancelling=False)
    return run


def failed(run: StabilityRun, error: EquiscopeError) -> StabilityRun:
    """The run after an error."""
    return replace(run, phase=StabilityPhase.FAILED, cancelling=False, error=error)
