"""What a person did goes into the case files on one ordered thread; what cannot be written waits and is not lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from app.work.task import Tasks
from inference.errors import EquiscopeError, LackingCaseError, OtherJournalError
from inference.slides.slide import SlideInfo

Result = TypeVar("Result")


class Unwritten:
    """What one slide's case file still lacks, in the order it was done.

    Attributes:
        name: the file name of the slide, or of the copy of it that was changed last.
        steps: each writes one thing; taken off once it is committed.
        error: why the first could not be written; None while the writing goes on.
    """

    def __init__(self, info: SlideInfo) -> None:
        self.name = info.path.name
        self.steps: deque[Callable[[], None]] = deque()
        self.error: EquiscopeError | None = None

    def write(self) -> None:
        """On the writing thread: writes in order, and nothing after one that fails. Raises EquiscopeError."""
        if self.error is not None:
            return
        while self.steps:
            try:
                self.steps[0]()
            except EquiscopeError as error:
                self.error = error
                raise
            except OSError as error:
                self.error = EquiscopeError(
                    error.strerror or "It cannot be written", where=str(error.filename or "")
                )
                raise self.error from error
            except Exception as error:
                # A mistake of ours must not hold the slide up in silence: it is said, and nothing is lost.
                self.error = EquiscopeError(
                    f"An unforeseen error stopped the writing ({type(error).__name__}: {error})",
                    advice="Try again",
                )
                raise self.error from error
            self.steps.popleft()

    def drop_refused(self) -> int:
        """On the writing thread: lets go of steps that do not follow on what the case file holds; how many.

        Not where the case file itself is missing: it may be put back.
        """
        if not isinstance(self.error, OtherJournalError) or isinstance(self.error, LackingCaseError):
            return 0
        dropped = len(self.steps)
        self.steps.clear()
        self.error = None
        return dropped


class Keeping(QObject):
    """Keeps edits and marks, slide by slide in the order they were made. Call `finish` before letting it go.

    Signals:
        changed: the writing for a slide has failed, or goes on again.
        written: everything is in the case files.
        dropped: the name of a slide, and how many steps were given up that its case file refused for good.
    """

    changed = Signal()
    written = Signal()
    dropped = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self._tasks = Tasks(threads=1)
        self._slides: dict[str, Unwritten] = {}
        self._told: tuple[Unwritten, ...] = ()

    @property
    def is_busy(self) -> bool:
        """Whether anything is being written or read."""
        return self._tasks.running > 0

    @property
    def unwritten(self) -> int:
        """How many steps no case file holds yet."""
        return sum(len(each.steps) for each in self._slides.values())

    @property
    def failed(self) -> tuple[Unwritten, ...]:
        """The slides for which writing has failed."""
        return tuple(each for each in self._slides.values() if each.error is not None)

    def has_failed(self, fingerprint: str) -> bool:
        """Whether a slide's last steps could not be written: nothing more may be done to it before they are."""
        return fingerprint in self._slides and self._slides[fingerprint].error is not None

    def is_unwritten(self, fingerprint: str) -> bool:
        """Whether something of a slide waits to be written."""
        return fingerprint in self._slides and bool(self._slides[fingerprint].steps)

    def keep(self, info: SlideInfo, step: Callable[[], None]) -> None:
        """Writes one step after all earlier ones of that slide; `step` raises EquiscopeError where it fails."""
        waiting = self._slides.setdefault(info.fingerprint, Unwritten(info))
        waiting.name = info.path.name
        waiting.steps.append(step)
        self._write(waiting)

    def read(
        self,
        info: SlideInfo,
        work: Callable[[], Result],
        *,
        done: Callable[[Result], None],
        failed: Callable[[EquiscopeError], None],
        drops_refused: bool = False,
    ) -> None:
        """Reads once all earlier steps of that slide are written, tried again where they failed; fails with them.

        Args:
            drops_refused: whether steps are given up that do not follow on what the case file holds: what it holds is
                all that the window goes on with.
        """
        waiting = self._slides.setdefault(info.fingerprint, Unwritten(info))
        waiting.error = None
        # Else one that fails again would not be another failure.
        self._tell()
        dropped = 0

        def read() -> Result:
            nonlocal dropped
            # Kept in `error`, also by a task before this one.
            with suppress(EquiscopeError):
                waiting.write()
            if drops_refused:
                dropped = waiting.drop_refused()
            if waiting.error is not None:
                raise waiting.error
            return work()

        def over() -> None:
            self._on_over()
            if dropped:
                self.dropped.emit(waiting.name, dropped)

        def read_done(result: Result) -> None:
            over()
            done(result)

        def read_failed(error: EquiscopeError) -> None:
            over()
            failed(error)

        self._tasks.run_task(read, done=read_done, failed=read_failed)

    def retry(self) -> None:
        """Tries again to write what could not be written."""
        for waiting in self.failed:
            waiting.error = None
            self._write(waiting)
        self._tell()

    def finish(self) -> bool:
        """At the end of the program: writes what waits, also what failed before; False if something is lost."""
        for waiting in self.failed:
            waiting.error = None
            self._tasks.run_task(waiting.write, done=lambda _: None, failed=lambda _: None)
        return self._tasks.finish() and self.unwritten == 0

    def give_up(self) -> None:
        """At the end of the program: loses what is not written, because the user said so."""
        self._tasks.stop()

    def _write(self, waiting: Unwritten) -> None:
        self._tasks.run_task(waiting.write, done=lambda _: self._on_over(), failed=lambda _: self._on_over())

    def _on_over(self) -> None:
        self._tell()
        if self.unwritten == 0:
            self.written.emit()

    def _tell(self) -> None:
        failed = self.failed
        if failed != self._told:
            self._told = failed
            self.changed.emit()
