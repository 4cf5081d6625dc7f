"""Reader threads that work off one list of wanted tiles; a new list replaces the old one."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from app.canvas.display_pyramid import DisplayLevel, TileKey
from app.canvas.read_tile import read_display_tile
from inference.errors import EquiscopeError, SlideGoneError
from inference.priority import give_way, lower_thread
from inference.slides.colour_profile import ToSrgb
from inference.slides.slide import Slide

READER_THREADS = 2
"""Two readers keep two cores decoding; more help on network storage only, and each takes painting time."""
JOIN_SECONDS = 3.0
"""How long `stop` waits for a read in progress: storage that hangs must not hang the window with it."""


@dataclass(frozen=True, slots=True)
class LoadedTile:
    """What came of reading a tile.

    Attributes:
        image: the pixels as RGB32, or None where the tile cannot be read.
        reason: why it cannot be read; empty if it was.
        is_gone: the slide as a whole could not be reached; it may come back.
        to_srgb: what its colours went through.
    """

    key: TileKey
    image: QImage | None
    reason: str = ""
    is_gone: bool = False
    to_srgb: ToSrgb | None = None


class TileLoader(QObject):
    """Reads display tiles of one slide on threads of its own.

    The threads know this object but no widget. `tileLoaded` and `finished` are emitted on the thread this
    object lives on. The slide stays its owner's: it may be closed once `finished` was emitted or `stop`
    returned True.
    """

    tileLoaded = Signal(object)
    """A `LoadedTile`."""
    finished = Signal(object)
    """This loader, once all its readers are done: nothing will touch the slide any more."""

    _readerDelivered = Signal(object)
    _readerEnded = Signal()

    def __init__(
        self,
        slide: Slide,
        levels: Sequence[DisplayLevel],
        *,
        threads: int = READER_THREADS,
        to_srgb: ToSrgb | None = None,
    ) -> None:
        super().__init__()
        self._slide = slide
        self._levels = tuple(levels)
        self._to_srgb = to_srgb
        self._changed = threading.Condition()
        self._wanted: list[TileKey] = []
        self._wanted_set: frozenset[TileKey] = frozenset()
        self._under_way: set[TileKey] = set()
        self._most_reading = threads
        self._reading = 0
        self._stopping = False
        self._readerDelivered.connect(self._on_reader_delivered, Qt.ConnectionType.QueuedConnection)
        self._readerEnded.connect(self._on_reader_ended, Qt.ConnectionType.QueuedConnection)
        self._running = threads
        self._threads = [
            threading.Thread(target=self._read_on, name=f"tile-reader-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def slide(self) -> Slide:
        """The slide this loader reads."""
        return self._slide

    @property
    def is_idle(self) -> bool:
        """Whether nothing is wanted and nothing is under way or undelivered."""
        with self._changed:
            return not self._wanted and not self._under_way

    @property
    def most_readers(self) -> int:
        """How many may read at a time at the moment."""
        return self._most_reading

    def want(self, keys: Sequence[TileKey], *, most_readers: int | None = None) -> None:
        """Replaces the list of wanted tiles, most urgent first.

        A tile under way is not read twice; one that is no longer wanted is given up where it can be.

        Args:
            most_readers: so many read this list at a time, at least one; all if None.
        """
        with self._changed:
            self._most_reading = len(self._threads) if most_readers is None else max(1, most_readers)
            self._wanted = [key for key in keys if key not in self._under_way]
            self._wanted_set = frozenset(keys)
            self._changed.notify_all()

    def set_to_srgb(self, to_srgb: ToSrgb | None) -> None:
        """Other colours from now on; a tile read with the ones before is read again and not delivered."""
        self._to_srgb = to_srgb

    def retire(self) -> None:
        """Lets the readers end after the reads in progress; returns at once, `finished` follows."""
        with self._changed:
            self._stopping = True
            self._wanted, self._wanted_set = [], frozenset()
            self._changed.notify_all()

    def stop(self) -> bool:
        """Ends and joins the readers; False if a read still hangs after `JOIN_SECONDS` in all."""
        self.retire()
        until = time.monotonic() + JOIN_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _read_on(self) -> None:
        """The life of a reader thread."""
        lower_thread()
        try:
            while (key := self._next()) is not None:
                give_way()
                result = self._read(key)
                self._done_reading()
                if result is None:
                    self._put_back(key)
                elif not self._stopping:
                    self._readerDelivered.emit(result)
        finally:
            self._readerEnded.emit()

    def _next(self) -> TileKey | None:
        """Waits for the most urgent tile; None when the reader shall end."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopping or (self._wanted and self._reading < self._most_reading)
            )
            if self._stopping:
                return None
            key = self._wanted.pop(0)
            self._reading += 1
            self._under_way.add(key)
            return key

    def _done_reading(self) -> None:
        """Another reader may take a tile."""
        with self._changed:
            self._reading -= 1
            self._changed.notify()

    def _put_back(self, key: TileKey) -> None:
        """Ends work on a tile that was given up; it may have been wanted again since that was decided."""
        with self._changed:
            self._under_way.discard(key)
            if key in self._wanted_set:
                self._wanted.insert(0, key)
                self._changed.notify_all()

    def _read(self, key: TileKey) -> LoadedTile | None:
        """One tile, or None if it was given up."""
        to_srgb = self._to_srgb
        try:
            image = read_display_tile(
                self._slide,
                self._levels[key.level],
                key,
                given_up=lambda: key not in self._wanted_set,
                to_srgb=to_srgb,
            )
        except (SlideGoneError, OSError) as error:
            return LoadedTile(key, None, str(error) or type(error).__name__, is_gone=True)
        except (EquiscopeError, MemoryError) as error:
            return LoadedTile(key, None, str(error) or type(error).__name__)
        except Exception as error:
            # A mistake of ours in one tile must not end the thread: the view would wait for ever.
            logging.getLogger(__name__).exception("tile %s could not be made", key)
            return LoadedTile(key, None, type(error).__name__)
        return None if image is None else LoadedTile(key, image, to_srgb=to_srgb)

    def _on_reader_delivered(self, tile: LoadedTile) -> None:
        if tile.image is not None and tile.to_srgb is not self._to_srgb:
            self._put_back(tile.key)
            return
        # Only now is it no longer under way: until its receiver has it, wanting it must not read it again.
        with self._changed:
            self._under_way.discard(tile.key)
            stopping = self._stopping
        if not stopping:
            self.tileLoaded.emit(tile)

    def _on_reader_ended(self) -> None:
        self._running -= 1
        if self._running == 0:
            self.finished.emit(self)
