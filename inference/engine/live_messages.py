"""What window and engine say about the live model and about waiting; see `messages` for the manner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """Asks for the model to run on whatever `FocusRequest`s of this run_id say is on show, until it is cancelled.

    It takes its turn between two batches of whatever else the engine does, and replaces a live model before it.
    What it computes is kept as the beginning of a scan, which goes on from there.

    Attributes:
        run_id: chosen by the asker, unique within its life.
        slide: path of the slide.
        model: name of a shipped model or path of a model folder.
        mpp: micrometres per level-0 pixel as the user gave it, or None to use the file's.
        case: path of the case file that keeps the result, or None for none.
    """

    run_id: str
    slide: str
    model: str
    mpp: float | None = None
    case: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LivePreview:
    """Probabilities of a view in a hurry: one cell of each block of cells was computed and stands for all of it.

    Of a view that is new there are two: at first a quarter of the blocks stands for the others as well.

    Attributes:
        row, column: the first cell; values (rows, columns), NaN = nothing to show there.
        seconds: from hearing of the view to the first of them.
    """

    run_id: str
    row: int
    column: int
    values: NDArray[np.float32]
    seconds: float


@dataclass(frozen=True, slots=True)
class LiveView:
    """Every cell of a view is known.

    Attributes:
        region_l0: x, y, width, height, as it was told.
        cells: computed for this view; 0 where all was known already.
        first_seconds, seconds: from hearing of the view to its first values and to its last.
    """

    run_id: str
    region_l0: tuple[float, float, float, float]
    cells: int
    first_seconds: float
    seconds: float


@dataclass(frozen=True, slots=True)
class LiveEnded:
    """The live model stopped because it was asked to; what it computed is kept."""

    run_id: str


@dataclass(frozen=True, slots=True)
class PauseRequest:
    """Asks work to wait after its current batch, until it is told to go on or to stop."""

    run_id: str


@dataclass(frozen=True, slots=True)
class ContinueRequest:
    """Asks work that waits to go on."""

    run_id: str


@dataclass(frozen=True, slots=True)
class Paused:
    """Work waits; nothing computed is lost, and the engine is free for the live model."""

    run_id: str


@dataclass(frozen=True, slots=True)
class Continued:
    """Work goes on."""

    run_id: str


LiveEvent = LivePreview | LiveView | LiveEnded
LIVE_MESSAGES: tuple[type, ...] = (
    LiveRequest, LivePreview, LiveView, LiveEnded, PauseRequest, ContinueRequest, Paused, Continued,
)  # fmt: skip
