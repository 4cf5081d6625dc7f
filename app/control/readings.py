"""What is being read from the case files, and what has to be read again: nothing is changed before it is there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

Key = TypeVar("Key")


class Readings(Generic[Key]):
    """Of several things each, of which only the newest reading counts."""

    def __init__(self) -> None:
        self._newest: dict[Key, object] = {}
        self._outdated: set[Key] = set()

    def is_pending(self, key: Key) -> bool:
        """Whether something is being read, or what was read is not what the case file holds."""
        return key in self._newest or key in self._outdated

    def outdate(self, keys: Iterable[Key]) -> None:
        """Somebody else has written there."""
        self._outdated.update(keys)

    def begin(self, key: Key, *, stays_outdated: bool) -> object:
        """A reading that replaces those before it; answers what `end` wants to know it by.

        Args:
            stays_outdated: whether somebody else goes on writing, so that it is read once more later.
        """
        (self._outdated.add if stays_outdated else self._outdated.discard)(key)
        this = self._newest[key] = object()
        return this

    def end(self, key: Key, this: object, *, failed: bool) -> bool:
        """Whether a reading that is over was the newest, whose result counts; one that failed is to be repeated."""
        if self._newest.get(key) is not this:
            return False
        del self._newest[key]
        if failed:
            self._outdated.add(key)
        return True
