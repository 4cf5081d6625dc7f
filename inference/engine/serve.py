"""The engine process: requests on standard input, events on standard output, one JSON line each."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from inference.engine.cancel import CancelToken
from inference.engine.devices import DeviceChoice, make_predictor
from inference.engine.focus import Focus
from inference.engine.messages import (
    CancelRequest,
    EngineReady,
    Event,
    Failed,
    FocusRequest,
    QuitRequest,
    Request,
    ScanCancelled,
    ScanRequest,
    WorkRequest,
    decode,
    encode,
)
from inference.engine.predictor_cache import PredictorCache, PredictorMaker
from inference.engine.scan import scan
from inference.engine.stability import stability
from inference.engine.stability_messages import StabilityRequest
from inference.errors import EngineError, EquiscopeError
from inference.slides.frames import RegionL0
from inference.version import VERSION


@dataclass(frozen=True, slots=True)
class _Reins:
    """What the listening thread holds of a request that waits or runs."""

    cancel: CancelToken = field(default_factory=CancelToken)
    focus: Focus = field(default_factory=Focus)


def serve(*, device: DeviceChoice = "auto", make: PredictorMaker = make_predictor) -> None:
    """Answers requests until told to quit or until standard input ends, which is how a dead window looks.

    Args:
        make: makes the predictor of a model.
    """
    events = _take_over_stdout()
    requests: queue.Queue[WorkRequest | QuitRequest] = queue.Queue()
    reins: dict[str, _Reins] = {}
    # A thread of its own, so that a cancel is heard while a scan computes.
    threading.Thread(target=_listen, args=(requests, reins), name="requests", daemon=True).start()
    models = PredictorCache(device, make=make)
    _say(events, EngineReady(VERSION))
    while not isinstance(request := requests.get(), QuitRequest):
        for event in _answer(request, models, reins[request.run_id]):
            _say(events, event)
        del reins[request.run_id]


def _answer(request: WorkRequest, models: PredictorCache, reins: _Reins) -> Iterator[Event]:
    """The events of a request; an error becomes the last one, so that the engine lives on."""
    try:
        if isinstance(request, StabilityRequest):
            yield from stability(request, models, reins.cancel)
        elif reins.cancel.cancelled:
            # Cancelled while it waited its turn: the slide need not be opened to say so.
            yield ScanCancelled(request.run_id)
        else:
            yield from scan(request, models, reins.cancel, reins.focus)
    except EquiscopeError as error:
        yield Failed(request.run_id, type(error).__name__, error.what, error.where, error.advice)
    except MemoryError:
        advice = "Close other programs or scan with a smaller model"
        yield Failed(request.run_id, "EngineError", "The engine ran out of memory", "", advice)


def _listen(requests: queue.Queue[WorkRequest | QuitRequest], reins: dict[str, _Reins]) -> None:
    """Reads requests; cancels at once, queues the rest."""
    for line in sys.stdin.buffer:
        request = _request(line)
        if isinstance(request, CancelRequest):
            if held := reins.get(request.run_id):
                held.cancel.cancel()
        elif isinstance(request, FocusRequest):
            if held := reins.get(request.run_id):
                held.focus.look_at(RegionL0(request.x_l0, request.y_l0, request.width_l0, request.height_l0))
        elif isinstance(request, ScanRequest | StabilityRequest):
            reins[request.run_id] = _Reins()
            requests.put(request)
        elif isinstance(request, QuitRequest):
            break
    for held in list(reins.values()):
        held.cancel.cancel()
    requests.put(QuitRequest())


def _request(line: bytes) -> Request | None:
    """The request of a line; what is no request is named on standard error and left out."""
    try:
        message = decode(line)
    except EngineError as error:
        print(error, file=sys.stderr)
        return None
    if isinstance(message, ScanRequest | StabilityRequest | FocusRequest | CancelRequest | QuitRequest):
        return message
    print(f"not a request: {type(message).__name__}", file=sys.stderr)
    return None


def _take_over_stdout() -> BinaryIO:
    """The real standard output for events alone; whatever a library prints goes to standard error instead."""
    events = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return events


def _say(events: BinaryIO, event: Event) -> None:
    events.write(encode(event))
    events.flush()
