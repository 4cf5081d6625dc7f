"""Names and notes written on annotations: kept at once, or as soon as that is possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject

from app.control.annotation_control import AnnotationControl
from app.control.waiting_words import OFF_THE_LIST, UnkeptWords, WaitingWords
from app.state.session import Session
from inference.results.annotation import Annotation

NAME, NOTE = "name", "note"


@dataclass(frozen=True)
class AnnotationsPlace:
    """Annotations of a slide, whichever copy of its file they were seen on.

    Attributes:
        fingerprint: of the slide.
        ids: which of its annotations.
        file_name: of the copy, to tell of it.
    """

    fingerprint: str
    ids: tuple[int, ...]
    file_name: str = field(compare=False)


class AnnotationWords(QObject):
    """Changes names and notes through the control."""

    def __init__(self, session: Session, control: AnnotationControl) -> None:
        super().__init__()
        self._session, self._control = session, control
        self._waiting: WaitingWords[tuple[AnnotationsPlace, str]] = WaitingWords()
        # As when earlier changes were written after all, or the case file was read.
        session.entriesChanged.connect(self._give)
        session.annotationsChanged.connect(lambda _edit: self._give())

    def write(self, place: AnnotationsPlace, kind: str, words: str) -> None:
        """Another `NAME` or `NOTE` for annotations, kept as soon as that is possible."""
        if not self._put((place, kind), words):
            self._waiting.hold((place, kind), words)

    def laid_over(self, fingerprint: str, annotations: Iterable[Annotation]) -> tuple[Annotation, ...]:
        """Annotations of a slide with the names and notes that wait for them."""
        laid: dict[int, dict[str, Any]] = {}
        for (place, kind), words in self._waiting.all:
            if place.fingerprint == fingerprint:
                for each in place.ids:
                    laid.setdefault(each, {})[kind] = words.strip()
        return tuple(replace(each, **laid.get(each.id, {})) for each in annotations)

    def unkept(self) -> tuple[UnkeptWords, ...]:
        """All that wait."""
        return tuple(
            UnkeptWords(
                place.fingerprint,
                f"{kind.capitalize()} of {_number(place.ids)} of {place.file_name}",
                words,
                self._why(place),
            )
            for (place, kind), words in self._waiting.all
        )

    def _why(self, place: AnnotationsPlace) -> str:
        entry = next(iter(self._session.entries_with(place.fingerprint)), None)
        if entry is None:
            return OFF_THE_LIST
        return self._control.why_not(entry) or "It was deleted meanwhile"

    def _give(self) -> None:
        self._waiting.give(self._put)

    def _put(self, key: tuple[AnnotationsPlace, str], words: str) -> bool:
        place, kind = key
        entry = next(iter(self._session.entries_with(place.fingerprint)), None)
        document = None if entry is None else entry.annotations.document
        if entry is None or document is None or self._control.why_not(entry):
            return False
        there = [each for each in place.ids if each in document.annotations]
        if not there:
            return False
        changed: dict[str, Any] = {kind: words.strip()}
        # One that was locked since then was not when the words were written.
        edit = document.changing(
            there, lambda each: replace(each, **changed), label=kind.capitalize(), locked=True
        )
        self._control.do(edit, entry=entry)
        return True


def _number(ids: tuple[int, ...]) -> str:
    return "an annotation" if len(ids) == 1 else f"{len(ids)} annotations"
