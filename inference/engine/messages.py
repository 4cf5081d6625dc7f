"""What is said between the window and the engine process: one JSON object a line, each a frozen dataclass here.

Requests go to the engine's standard input, events come from its standard output. Every message carries its class name
as `type`; events of a scan carry the `run_id` of the request, so that late events of an old run can be told apart.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from inference.engine.equivariance_messages import (
    EQUIVARIANCE_MESSAGES,
    EquivarianceCancelled,
    EquivarianceDone,
    EquivarianceEvent,
    EquivarianceRequest,
)
from inference.engine.live_messages import (
    LIVE_MESSAGES,
    Continued,
    ContinueRequest,
    LiveEnded,
    LiveEvent,
    LiveRequest,
    Paused,
    PauseRequest,
)
from inference.engine.slide_stability_messages import (
    SLIDE_STABILITY_MESSAGES,
    SlideStabilityCancelled,
    SlideStabilityDone,
    SlideStabilityEvent,
    SlideStabilityRequest,
)
from inference.engine.stability_messages import (
    STABILITY_MESSAGES,
    StabilityCancelled,
    StabilityDone,
    StabilityEvent,
    StabilityRequest,
)
from inference.errors import EngineError


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """Asks for the heatmap of a slide.

    Attributes:
        run_id: chosen by the asker, unique within its life.
        slide: path of the slide.
        model: name of a shipped model or path of a model folder.
        mpp: micrometres per level-0 pixel as the user gave it, or None to use the file's.
        case: path of the case file that keeps the result, or None for none.
        fresh: start anew even where the case file holds an unfinished scan of the same kind.
    """

    run_id: str
    slide: str
    model: str
    mpp: float | None = None
    case: str | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class FocusRequest:
    """Tells a scan where the user looks: the level-0 rectangle on show, which is computed first from now on."""

    run_id: str
    x_l0: float
    y_l0: float
    width_l0: float
    height_l0: float


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """Asks a scan to stop after its current batch; what is computed stays in the case file."""

    run_id: str


@dataclass(frozen=True, slots=True)
class QuitRequest:
    """Asks the engine to end."""


@dataclass(frozen=True, slots=True)
class EngineReady:
    """First line of an engine: it can take requests."""

    version: str


@dataclass(frozen=True, slots=True)
class ScanStage:
    """What a scan does before it computes, in plain words, e.g. "Finding tissue"."""

    run_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ScanStarted:
    """The scan knows its grid and device.

    Attributes:
        rows, columns: cells of the whole slide.
        stride_x_l0, stride_y_l0: level-0 pixels per cell; the grid's origin is (0, 0).
        mpp_x, mpp_y: the resolution used; mpp_source tells "file" or "given".
        tissue_cells: cells that will be computed.
        case_run: number of the run in the case file, or None.
        width_l0, height_l0: size of the slide; synthetic: it was drawn by a program.
        settings: what, beside model, grid and device, decides the values; JSON.
    """

    run_id: str
    fingerprint: str
    model: str
    model_title: str
    model_sha256: str
    device: str
    precision: str
    mpp_x: float
    mpp_y: float
    mpp_source: str
    rows: int
    columns: int
    stride_x_l0: float
    stride_y_l0: float
    tissue_cells: int
    tissue_fraction: float
    notices: tuple[str, ...]
    case_run: int | None
    width_l0: int
    height_l0: int
    synthetic: bool
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ScanNotice:
    """Something the user should know that came up during a scan, as a sentence."""

    run_id: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Probabilities of a block of cells: values (rows, columns) float32, NaN = not computed."""

    run_id: str
    row: int
    column: int
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """How far a scan is.

    Attributes:
        done_cells, total_cells: tissue cells.
        mpx_per_second: plane pixels through the network per second, in millions; 0 until known.
        seconds_left: estimate, or None until known.
    """

    run_id: str
    done_cells: int
    total_cells: int
    mpx_per_second: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class ScanDone:
    """The heatmap is complete.

    Attributes:
        seconds: from request to end, of this sitting only.
        resumed_tiles: tiles taken from an earlier, interrupted run.
        unreadable_tiles: tiles with a place that could not be decoded; their cells are NaN.
        nan_cells: cells for which the network gave no finite number; they are NaN and the model is suspect.
    """

    run_id: str
    seconds: float
    resumed_tiles: int
    unreadable_tiles: int
    nan_cells: int


@dataclass(frozen=True, slots=True)
class ScanCancelled:
    """The scan stopped because it was asked to."""

    run_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A request could not be carried out; `error` is the error's class name, the rest its sentence in parts."""

    run_id: str
    error: str
    what: str
    where: str
    advice: str


WorkRequest = ScanRequest | StabilityRequest | SlideStabilityRequest | EquivarianceRequest
"""What the engine works off one after the other."""
Request = (
    WorkRequest | LiveRequest | FocusRequest | PauseRequest | ContinueRequest | CancelRequest | QuitRequest
)
ScanEvent = ScanStage | ScanStarted | ScanNotice | Scores | ScanProgress | ScanDone | ScanCancelled | Failed
LastEvent = (
    ScanDone | ScanCancelled | StabilityDone | StabilityCancelled | EquivarianceDone | EquivarianceCancelled
    | SlideStabilityDone | SlideStabilityCancelled | LiveEnded | Failed
)  # fmt: skip
"""After these nothing more is said of their run_id."""
WorkEvent = (
    ScanEvent | StabilityEvent | SlideStabilityEvent | EquivarianceEvent | LiveEvent | Paused | Continued
)
Event = EngineReady | WorkEvent
Message = Request | Event

_BY_NAME: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        ScanRequest, FocusRequest, CancelRequest, QuitRequest, EngineReady, ScanStage, ScanStarted, ScanNotice,
        Scores, ScanProgress, ScanDone, ScanCancelled, Failed, *STABILITY_MESSAGES, *EQUIVARIANCE_MESSAGES,
        *SLIDE_STABILITY_MESSAGES, *LIVE_MESSAGES,
    )
}  # fmt: skip


def encode(message: Message) -> bytes:
    """One line of JSON with its newline; arrays as base64 of little-endian float32."""
    document: dict[str, Any] = {"type": type(message).__name__}
    for field in fields(message):
        value = getattr(message, field.name)
        if isinstance(value, np.ndarray):
            data = np.ascontiguousarray(value, "<f4").tobytes()
            value = {"shape": value.shape, "float32": base64.b64encode(data).decode("ascii")}
        document[field.name] = value
    return orjson.dumps(document) + b"\n"


def decode(line: bytes) -> Message:
    """The message of a line. Raises EngineError for anything that is not one."""
    try:
        document = orjson.loads(line)
        kind = _BY_NAME[document.pop("type")]
        for name, value in document.items():
            if isinstance(value, dict) and "float32" in value:
                data = np.frombuffer(base64.b64decode(value["float32"]), "<f4")
                document[name] = data.reshape(value["shape"])
            elif isinstance(value, list):
                document[name] = tuple(tuple(each) if isinstance(each, list) else each for each in value)
        message: Message = kind(**document)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise EngineError(
            "The engine said something that is no message", where=repr(line[:80]), advice="Restart the engine"
        ) from error
    return message
