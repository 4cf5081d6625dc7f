"""A mistake in the program is said in the window and kept in a file, instead of on a terminal that nobody sees."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Signal

from inference.errors import EquiscopeError

LOG_FILE = "mistakes.log"
"""In the program's data folder."""
CRASH_FILE = "crashes.log"
"""Beside it: where the program was when a library took it down."""
MOST_BYTES = 500_000
"""Some hundred mistakes, and as much of those before."""
QUIET_SECONDS = 3.0
"""The same again within this is the same; later, somebody has pressed the button once more."""
_FORMAT = "%(asctime)s %(message)s"
_PATH_PARTS = 3


class Unforeseen(QObject):
    """Hears of every exception that nothing has caught, on any thread.

    What fails at one place is written once, and told of at most every few seconds: it may fail at every frame. The
    file holds kinds of errors and places in the program only; messages may name a slide, and a slide's name may be a
    patient's.

    Signals:
        happened: the `EquiscopeError` to show.
    """

    happened = Signal(object)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._told: dict[tuple[str, ...], float] = {}
        """When each was told of last."""
        self._log = logging.Logger("mistakes")

    def install(self) -> None:
        """Listens from now on. A folder that cannot be written leaves the window's word and the terminal's."""
        sys.excepthook = self._on_exception
        threading.excepthook = lambda found: (
            self._on_exception(found.exc_type, found.exc_value, found.exc_traceback)
            if found.exc_value is not None
            else None
        )
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(
                self._folder / LOG_FILE, maxBytes=MOST_BYTES, backupCount=1, encoding="utf-8", delay=True
            )
            handler.setFormatter(logging.Formatter(_FORMAT))
            self._log.addHandler(handler)

    def uninstall(self) -> None:
        """Hears no more, and closes the file."""
        sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__
        for handler in self._log.handlers:
            handler.close()

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        sys.__excepthook__(kind, error, trace)
        lines, now = tuple(_lines(error)), time.monotonic()
        last = self._told.get(lines)
        if last is not None and now - last < QUIET_SECONDS:
            return
        self._told[lines] = now
        if last is None:
            self._log.error("\n  ".join(lines))
        self.happened.emit(
            EquiscopeError(
                f"A mistake in the program ({kind.__name__}) stopped what it was doing",
                advice="What you marked and drew before is kept. Where it happened is written in "
                f"{self._folder / LOG_FILE}: send it to whoever looks after the program",
            )
        )


def write_crashes(folder: Path) -> None:
    """Lets a library that takes the program down leave word of where it was, from now until the program ends."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        # Stays open, as nothing can be opened any more when it is written.
        faulthandler.enable((folder / CRASH_FILE).open("ab"))


def _lines(error: BaseException) -> Iterator[str]:
    """An exception and those it came from, the last first: kind and places, never the message."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield type(link).__name__
        for frame in traceback.extract_tb(link.__traceback__):
            place = "/".join(Path(frame.filename).parts[-_PATH_PARTS:])
            yield f"{place}:{frame.lineno} {frame.name}"
        link = link.__cause__ or link.__context__
