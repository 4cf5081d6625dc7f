"""How the live model stands: a frozen value."""

from __future__ import annotations

from dataclasses import dataclass

from inference.engine.messages import ScanStarted


@dataclass(frozen=True, slots=True)
class LiveRun:
    """The live model as the window knows it.

    Attributes:
        wanted: the user switched it on.
        run_id: of what the engine runs for the slide on show; empty for nothing.
        stage: what the engine does before it can compute, in plain words.
        started: on what it computes, None until known.
        is_busy: the view on show is not known throughout yet.
        first_seconds, seconds: from the last view's coming to its first values and to its last, None until known.
        why_not: why nothing is computed although it is wanted; empty if it is.
    """

    wanted: bool = False
    run_id: str = ""
    stage: str = ""
    started: ScanStarted | None = None
    is_busy: bool = False
    first_seconds: float | None = None
    seconds: float | None = None
    why_not: str = ""
