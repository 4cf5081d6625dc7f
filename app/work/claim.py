"""A claim that one window has and no other: on a slide's case file, or on the remembered session."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLockFile


class Claim:
    """Holds a lock file until released or until this process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._lock = QLockFile(str(path))
        # Never outdated by age: a slide may be looked at all day. Qt still drops the lock of a process that is gone.
        self._lock.setStaleLockTime(0)
        self._path = path

    def take(self) -> bool:
        """Whether the claim is ours now.

        A place where no lock can be written counts as ours: nothing can be kept there, so nothing can be spoiled.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            return True
        return self._lock.tryLock(0) or self._lock.error() != QLockFile.LockError.LockFailedError

    def release(self) -> None:
        """Gives it back; nothing happens if it was not ours."""
        self._lock.unlock()
