"""A file that several threads read at once, each at its own place."""

from __future__ import annotations

import os
import threading
from pathlib import Path


class SharedFile:
    """Parts of a file by offset and length. A read under way keeps the file open until it ends."""

    def __init__(self, path: Path) -> None:
        """Opens a file for reading; raises OSError."""
        self._descriptor: _Descriptor | None = _Descriptor(path)

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._descriptor is None

    def read(self, offset: int, length: int) -> bytes:
        """The bytes [offset, offset + length). Raises OSError for bytes that are not there, ValueError if closed."""
        # Held by this name until the read has ended: its number must not be given to another file before.
        descriptor = self._descriptor
        if descriptor is None:
            raise ValueError("the file is closed")
        data = descriptor.read(offset, length)
        if len(data) != length:
            raise OSError(f"{length} bytes were asked for at {offset}, and {len(data)} are there")
        return data

    def close(self) -> None:
        """Lets the file go."""
        self._descriptor = None


class _Descriptor:
    """A file descriptor that is closed when its last user drops it."""

    def __init__(self, path: Path) -> None:
        # Windows translates line ends and hands files on to child processes unless told not to.
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
        self._number = os.open(path, flags)
        self._lock = threading.Lock()

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset` on."""
        if hasattr(os, "pread"):
            return os.pread(self._number, length, offset)
        with self._lock:
            os.lseek(self._number, offset, os.SEEK_SET)
            return os.read(self._number, length)

    def __del__(self) -> None:
        os.close(self._number)
