"""Work off the GUI thread: a function runs on a pool thread, its result comes back as a call on the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from inference.errors import EquiscopeError

Result = TypeVar("Result")
POOL_THREADS = 2
"""One may hang on slow storage while the other still opens the next slide."""


class Tasks(QObject):
    """Starts work and delivers results on the thread this object lives on, which is the GUI thread.

    Signals:
        runningChanged: how many tasks are under way.
    """

    runningChanged = Signal(int)
    _ended = Signal(object, object, object)

    def __init__(self) -> None:
        super().__init__()
        # A pool of Python's rather than Qt's: a future keeps the exception with its traceback, so that a mistake of
        # ours surfaces on the GUI thread instead of vanishing on a pool thread.
        self._pool = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="task")
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
        future = self._pool.submit(work)
        future.add_done_callback(lambda ended: self._tell(ended, done, failed))

    @property
    def running(self) -> int:
        """Tasks whose result was not delivered yet."""
        return self._running

    def stop(self) -> None:
        """Drops waiting tasks, waits for the running ones and delivers nothing any more."""
        self._stopped = True
        self._pool.shutdown(wait=True, cancel_futures=True)

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
