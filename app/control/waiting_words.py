"""Words that were written where nothing may be changed just now, until they can be kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")
OFF_THE_LIST = "This slide was taken off the list: open it again"


@dataclass(frozen=True)
class UnkeptWords:
    """Words that wait, as they are told to whoever closes the window.

    Attributes:
        fingerprint: of the slide.
        about: what they are and of which slide: "Note of a candidate of case 1.svs".
        words: as they were written.
        why: why they cannot be kept, and what helps.
    """

    fingerprint: str
    about: str
    words: str
    why: str


class WaitingWords(Generic[Key]):
    """By what they are about, the latest only."""

    def __init__(self) -> None:
        self._words: dict[Key, str] = {}

    @property
    def all(self) -> tuple[tuple[Key, str], ...]:
        """What they are about and the words, those written last at the end."""
        return tuple(self._words.items())

    def hold(self, key: Key, words: str) -> None:
        """Remembers words; they replace those that wait for the same."""
        # A dict would leave them in the old ones' place, before what was written in between.
        self._words.pop(key, None)
        self._words[key] = words

    def get(self, key: Key) -> str | None:
        """Those that wait for a place; None for none."""
        return self._words.get(key)

    def give(self, put: Callable[[Key, str], bool]) -> None:
        """Hands over all that `put` takes, in the order they were written; the others go on waiting."""
        for key in tuple(self._words):
            # Taken out first: whoever hears of a change may come here again.
            words = self._words.pop(key, None)
            if words is not None and not put(key, words):
                self._words[key] = words
