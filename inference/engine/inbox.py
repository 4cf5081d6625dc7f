"""What the thread that listens hands to the one that works: requests to work off, and reins on those under way."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from inference.engine.cancel import CancelToken
from inference.engine.focus import Focus
from inference.engine.live_messages import LiveRequest
from inference.engine.messages import WorkRequest


@dataclass(eq=False)
class Reins:
    """What can be asked of a request that waits or runs."""

    cancel: CancelToken = field(default_factory=CancelToken)
    focus: Focus = field(default_factory=Focus)
    paused: bool = False


class Inbox:
    """Filled by one thread, emptied by another."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._news = False
        self._waiting: deque[WorkRequest] = deque()
        self._reins: dict[str, Reins] = {}
        self._live: deque[LiveRequest] = deque()
        self._closed = False

    # The thread that listens

    def put(self, request: WorkRequest) -> None:
        """One more request, worked off after those before it."""
        with self._changed:
            self._reins[request.run_id] = Reins()
            self._waiting.append(request)
            self._tell()

    def put_live(self, request: LiveRequest) -> None:
        """The live model to run from now on; those before end, also one that has not begun."""
        with self._changed:
            for before in self._live:
                self._reins[before.run_id].cancel.cancel()
            self._reins[request.run_id] = Reins()
            self._live.append(request)
            self._tell()

    def held(self, run_id: str) -> Reins | None:
        """The reins of a request that waits or runs; call `pulled` after a change."""
        with self._changed:
            return self._reins.get(run_id)

    def pulled(self) -> None:
        """Reins were pulled: whoever waits shall look."""
        with self._changed:
            self._tell()

    def close(self) -> None:
        """No more requests will come, and those there are end."""
        with self._changed:
            for reins in self._reins.values():
                reins.cancel.cancel()
            self._closed = True
            self._tell()

    # The thread that works

    @property
    def closed(self) -> bool:
        """Whether it is time to end."""
        with self._changed:
            return self._closed

    def take(self) -> WorkRequest | None:
        """The next request, None where there is none."""
        with self._changed:
            return self._waiting.popleft() if self._waiting and not self._closed else None

    def live(self) -> tuple[LiveRequest, Reins] | None:
        """The live model that runs or shall end or begin next, with its reins."""
        with self._changed:
            return (self._live[0], self._reins[self._live[0].run_id]) if self._live else None

    def reins(self, run_id: str) -> Reins:
        """The reins of a request that was taken."""
        with self._changed:
            return self._reins[run_id]

    def forget(self, run_id: str) -> None:
        """That request is answered."""
        with self._changed:
            self._reins.pop(run_id, None)
            if self._live and self._live[0].run_id == run_id:
                self._live.popleft()

    def wait(self) -> None:
        """Waits until something has changed since the last wait."""
        with self._changed:
            self._changed.wait_for(lambda: self._news)
            self._news = False

    def _tell(self) -> None:
        self._news = True
        self._changed.notify_all()
