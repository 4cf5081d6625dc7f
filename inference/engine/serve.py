"""The engine process: requests on standard input, events on standard output, one JSON line each."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Iterator
from typing import BinaryIO

from inference.engine.cancel import CancelToken
from inference.engine.devices import DeviceChoice
from inference.engine.messages import (
    CancelRequest,
    EngineReady,
    Event,
    Failed,
    QuitRequest,
    Request,
    ScanRequest,
    WorkRequest,
    decode,
    encode,
)
from inference.engine.predictor_cache import PredictorCache
from inference.engine.scan import scan
from inference.engine.stability import stability
from inference.engine.stability_messages import StabilityRequest
from inference.errors import EngineError, EquiscopeError
from inference.version import VERSION


def serve(*, device: DeviceChoice = "auto") -> None:
    """Answers requests until told to quit or until standard input ends, which is how a dead window looks."""
    events = _take_over_stdout()
    requests: queue.Queue[WorkRequest | QuitRequest] = queue.Queue()
    tokens: dict[str, CancelToken] = {}
    # A thread of its own, so that a cancel is heard while a scan computes.
    threading.Thread(target=_listen, args=(requests, tokens), name="requests", daemon=True).start()
    models = PredictorCache(device)
    _say(events, EngineReady(VERSION))
    while not isinstance(request := requests.get(), QuitRequest):
        for event in _answer(request, models, tokens[request.run_id]):
            _say(events, event)
        del tokens[request.run_id]


def _answer(request: WorkRequest, models: PredictorCache, cancel: CancelToken) -> Iterator[Event]:
    """The events of a request; an error becomes the last one, so that the engine lives on."""
    try:
        if isinstance(request, StabilityRequest):
            yield from stability(request, models, cancel)
        else:
            yield from scan(request, models, cancel)
    except EquiscopeError as error:
        yield Failed(request.run_id, type(error).__name__, error.what, error.where, error.advice)
    except MemoryError:
        advice = "Close other programs or scan with a smaller model"
        yield Failed(request.run_id, "EngineError", "The engine ran out of memory", "", advice)


def _listen(requests: queue.Queue[WorkRequest | QuitRequest], tokens: dict[str, CancelToken]) -> None:
    """Reads requests; cancels at once, queues the rest."""
    for line in sys.stdin.buffer:
        request = _request(line)
        if isinstance(request, CancelRequest):
            if token := tokens.get(request.run_id):
                token.cancel()
        elif isinstance(request, ScanRequest | StabilityRequest):
            tokens[request.run_id] = CancelToken()
            requests.put(request)
        elif isinstance(request, QuitRequest):
            break
    for token in list(tokens.values()):
        token.cancel()
    requests.put(QuitRequest())


def _request(line: bytes) -> Request | None:
    """The request of a line; what is no request is named on standard error and left out."""
    try:
        message = decode(line)
    except EngineError as error:
        print(error, file=sys.stderr)
        return None
    if isinstance(message, ScanRequest | StabilityRequest | CancelRequest | QuitRequest):
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
