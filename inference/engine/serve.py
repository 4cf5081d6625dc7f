"""The engine process: requests on standard input, events on standard output, one JSON line each.

One thread listens, so that a cancel is heard while another computes. The one that computes works off one request after
the other, and between two batches of it does what the live model wants.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO

from inference.engine.devices import DeviceChoice, make_predictor
from inference.engine.equivariance import check_view
from inference.engine.equivariance_messages import EquivarianceCancelled, EquivarianceRequest
from inference.engine.inbox import Inbox, Reins
from inference.engine.live import live
from inference.engine.live_messages import (
    Continued,
    ContinueRequest,
    LiveEnded,
    LiveRequest,
    Paused,
    PauseRequest,
)
from inference.engine.messages import (
    CancelRequest,
    EngineReady,
    Event,
    Failed,
    FocusRequest,
    LastEvent,
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
from inference.engine.slide_stability import slide_stability
from inference.engine.slide_stability_messages import SlideStabilityCancelled, SlideStabilityRequest
from inference.engine.stability import stability
from inference.engine.stability_messages import StabilityCancelled, StabilityRequest
from inference.engine.work_clock import WorkClock
from inference.errors import EngineError, EquiscopeError
from inference.slides.frames import RegionL0
from inference.version import VERSION

LIVE_SECONDS = 0.4
"""A view's preview and some of its tiles; a scan behind a live model that never rests still has its turn as often."""


def serve(*, device: DeviceChoice = "auto", make: PredictorMaker = make_predictor) -> None:
    """Answers requests until told to quit or until standard input ends, which is how a dead window looks.

    Args:
        make: makes the predictor of a model.
    """
    events = _take_over_stdout()
    inbox = Inbox()
    threading.Thread(target=_listen, args=(inbox,), name="requests", daemon=True).start()
    desk = _Desk(events, inbox, PredictorCache(device, make=make))
    desk.say(EngineReady(VERSION))
    desk.work()


CANCELLED: dict[type[WorkRequest], Callable[[str], LastEvent]] = {
    ScanRequest: ScanCancelled,
    StabilityRequest: StabilityCancelled,
    SlideStabilityRequest: SlideStabilityCancelled,
    EquivarianceRequest: EquivarianceCancelled,
}
"""How each kind of request ends where it was cancelled."""


class _Desk:
    """The thread that computes."""

    def __init__(self, events: BinaryIO, inbox: Inbox, models: PredictorCache) -> None:
        self._events = events
        self._inbox = inbox
        self._models = models
        self._live: tuple[str, Iterator[Event | None]] | None = None

    def say(self, event: Event) -> None:
        """Tells the window."""
        self._events.write(encode(event))
        self._events.flush()

    def work(self) -> None:
        """Until the inbox is closed."""
        while not self._inbox.closed:
            is_busy = self._look(LIVE_SECONDS)
            if (request := self._inbox.take()) is None:
                if not is_busy:
                    self._inbox.wait()
                continue
            self._answer(request, self._inbox.reins(request.run_id))
            self._inbox.forget(request.run_id)
        # A live model that was cancelled closes its run.
        self._look()

    def _answer(self, request: WorkRequest, reins: Reins) -> None:
        clock = WorkClock()
        answer = _carried_out(request, self._models, reins, clock)
        while True:
            if reins.paused and not reins.cancel.cancelled:
                with clock.stopped():
                    self._wait(request.run_id, reins)
            event = next(answer, None)
            if event is None:
                return
            self.say(event)
            if isinstance(event, LastEvent):
                return
            if not reins.cancel.cancelled:
                with clock.stopped():
                    self._look(LIVE_SECONDS)

    def _wait(self, run_id: str, reins: Reins) -> None:
        """Until the work may go on or shall stop; the live model runs meanwhile."""
        self.say(Paused(run_id))
        while reins.paused and not reins.cancel.cancelled:
            if not self._look(LIVE_SECONDS):
                self._inbox.wait()
        if not reins.cancel.cancelled:
            self.say(Continued(run_id))

    def _look(self, seconds: float = math.inf) -> bool:
        """Does what the live model wants, until it is content or has had its time; True if it wants more."""
        begun = time.monotonic()
        while True:
            if self._live is None:
                asked = self._inbox.live()
                if asked is None:
                    return False
                request, reins = asked
                events: Iterator[Event | None] = iter((LiveEnded(request.run_id),))
                # One that was replaced before it began need not open its slide to end.
                if not reins.cancel.cancelled:
                    events = _guarded(request.run_id, live(request, self._models, reins.cancel, reins.focus))
                self._live = (request.run_id, events)
            run_id, told = self._live
            for event in told:
                if event is None and not self._inbox.reins(run_id).cancel.cancelled:
                    return False
                if event is not None:
                    self.say(event)
                if time.monotonic() - begun > seconds:
                    return True
            self._live = None
            self._inbox.forget(run_id)


def _carried_out(
    request: WorkRequest, models: PredictorCache, reins: Reins, clock: WorkClock
) -> Iterator[Event | None]:
    """The events of a request."""
    if reins.cancel.cancelled:
        # Cancelled while it waited its turn: the slide need not be opened to say so.
        return iter((CANCELLED[type(request)](request.run_id),))
    if isinstance(request, StabilityRequest):
        return _guarded(request.run_id, stability(request, models, reins.cancel, clock.now))
    if isinstance(request, SlideStabilityRequest):
        events = slide_stability(request, models, reins.cancel, reins.focus, clock.now)
        return _guarded(request.run_id, events)
    if isinstance(request, EquivarianceRequest):
        return _guarded(request.run_id, check_view(request, models, reins.cancel))
    return _guarded(request.run_id, scan(request, models, reins.cancel, reins.focus, clock.now))


def _guarded(run_id: str, events: Iterator[Event | None]) -> Iterator[Event | None]:
    """The same events; an error becomes the last one, so that the engine lives on."""
    try:
        yield from events
    except EquiscopeError as error:
        yield Failed(run_id, type(error).__name__, error.what, error.where, error.advice)
    except MemoryError:
        advice = "Close other programs or scan with a smaller model"
        yield Failed(run_id, "EngineError", "The engine ran out of memory", "", advice)


def _listen(inbox: Inbox) -> None:
    """Reads requests; does at once what pulls reins, and hands over the rest."""
    for line in sys.stdin.buffer:
        request = _request(line)
        if isinstance(request, LiveRequest):
            inbox.put_live(request)
        elif isinstance(request, WorkRequest):
            inbox.put(request)
        elif isinstance(request, QuitRequest):
            break
        elif request is not None and (held := inbox.held(request.run_id)) is not None:
            match request:
                case CancelRequest():
                    held.cancel.cancel()
                case FocusRequest():
                    region_l0 = RegionL0(request.x_l0, request.y_l0, request.width_l0, request.height_l0)
                    held.focus.look_at(region_l0)
                case PauseRequest() | ContinueRequest():
                    held.paused = isinstance(request, PauseRequest)
            inbox.pulled()
    inbox.close()


def _request(line: bytes) -> Request | None:
    """The request of a line; what is no request is named on standard error and left out."""
    try:
        message = decode(line)
    except EngineError as error:
        print(error, file=sys.stderr)
        return None
    if isinstance(message, Request):
        return message
    print(f"not a request: {type(message).__name__}", file=sys.stderr)
    return None


def _take_over_stdout() -> BinaryIO:
    """The real standard output for events alone; whatever a library prints goes to standard error instead."""
    events = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return events
