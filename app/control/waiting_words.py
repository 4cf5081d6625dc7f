"""Words that were written where nothing may be changed just now, until they can be kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")


class WaitingWords(Generic[Key]):
    """By what they are about, the latest only."""

    def __init__(self) -> None:
        self._words: dict[Key, str] = {}

    def hold(self, key: Key, words: str) -> None:
        """Remembers words; they replace those that wait for the same."""
        self._words[key] = words

    def get(self, key: Key) -> str | None:
        """Those that wait for a place; None for none."""
        return self._words.get(key)

    def give(self, put: Callable[[Key, str], bool]) -> None:
        """Hands over all that `put` takes; the others go on waiting."""
        for key in tuple(self._words):
            # Taken out first: whoever hears of a change may come here again.
            words = self._words.pop(key, None)
            if words is not None and not put(key, words):
                self._words[key] = words
