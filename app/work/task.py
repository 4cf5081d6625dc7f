"""Work off the GUI thread: a function runs on a pool thread, its result comes back as a call on the GUI thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from inference.errors import EquiscopeError

Result = TypeVar("Result")
POOL_THREADS = 2
"""One may hang on slow storage while the other still opens the next slide."""
JOIN_SECONDS = 3.0
"""How long closing waits for running tasks: longer than any that works, shorter than a user's patience."""

FINISH_SECONDS = 15.0
"""How long closing waits for work that must not be lost: longer than another writer may keep a case file busy."""


class Tasks(QObject):
    """Starts work and delivers results on the thread this object lives on, which is the GUI thread.

    Signals:
        runningChanged: how many tasks are under way.
    """

    runningChanged = Signal(int)
    _ended = Signal(object, object, object)

    def __init__(self, threads: int = POOL_THREADS) -> None:
        super().__init__()
        # Futures rather than Qt's pool: they keep the exception with its traceback, so that a mistake of ours surfaces
        # on the GUI thread instead of vanishing. Daemon threads rather than Python's pool, which is waited for when
        # the program ends: a read that hangs on dead storage would keep a closed window's process for ever.
        self._waiting: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._work_on, name=f"task-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()
        self._running = 0
        self._stopped = False
        self._ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)

    def run_task(
        self,
        work: Callable[[], Result],
        *,
        done: Callable[[Result], None],
        failed: Callable[[EquiscopeError], None],
    ) -> None:
        """Runs `work` on a pool thread, then `done` with its result or `failed` with its error.

        An OSError arrives as an EquiscopeError; any other exception is a mistake in the program and is raised on the
        GUI thread.
        """
        self._running += 1
        self.runningChanged.emit(self._running)
        future: Future[Result] = Future()
        future.add_done_callback(lambda ended: self._tell(ended, done, failed))
        self._waiting.put((future, work))

    @property
    def running(self) -> int:
        """Tasks whose result was not delivered yet."""
        return self._running

    def stop(self) -> bool:
        """Drops waiting tasks and delivers nothing any more; False if a task still hangs after `JOIN_SECONDS`."""
        self._stopped = True
        for _ in self._threads:
            self._waiting.put(None)
        until = time.monotonic() + JOIN_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def finish(self) -> bool:
        """Does all that waits, then stops; False if it still is not done after `FINISH_SECONDS`."""
        for _ in self._threads:
            self._waiting.put(None)
        until = time.monotonic() + FINISH_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return self.stop()

    def _work_on(self) -> None:
        """The life of a thread."""
        while (task := self._waiting.get()) is not None:
            future, work = task
            if self._stopped:
                continue
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - every exception belongs to whoever asked for the work
                future.set_exception(error)
            else:
                future.set_result(result)

    def _tell(self, future: Future[Any], done: Callable[[Any], None], failed: Callable[..., None]) -> None:
        """On the pool thread: hands the future over, unless nobody waits any more."""
        if not self._stopped:
            self._ended.emit(future, done, failed)

    def _on_ended(
        self, future: Future[Any], done: Callable[[Any], None], failed: Callable[[EquiscopeError], None]
    ) -> None:
        if self._stopped:
            return
        self._running -= 1
        self.runningChanged.emit(self._running)
        try:
            result = future.result()
        except EquiscopeError as error:
            failed(error)
        except CancelledError:
            return
        except OSError as error:
            failed(
                EquiscopeError(
                    error.strerror or "A file could not be read",
                    where=str(error.filename or ""),
                    advice="Check that its drive is there and that you may read it",
                )
            )
        else:
            done(result)
