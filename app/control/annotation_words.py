"""Names and notes written on annotations: kept at once, or as soon as that is possible."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from app.control.annotation_control import AnnotationControl
from app.control.waiting_words import WaitingWords
from app.state.session import Session

NAME, NOTE = "name", "note"
AnnotationsPlace = tuple[Path, tuple[int, ...]]
"""Annotations of a slide's file, by their ids."""


class AnnotationWords(QObject):
    """Changes names and notes through the control."""

    def __init__(self, session: Session, control: AnnotationControl) -> None:
        super().__init__()
        self._session, self._control = session, control
        self._waiting: WaitingWords[tuple[AnnotationsPlace, str]] = WaitingWords()
        # As when earlier changes were written after all, or the case file was read.
        session.entriesChanged.connect(self._give)
        session.annotationsChanged.connect(lambda _edit: self._give())

    def waiting(self, place: AnnotationsPlace, field: str) -> str | None:
        """The words on these that cannot be kept yet; None if there are none."""
        return self._waiting.get((place, field))

    def write(self, place: AnnotationsPlace, field: str, words: str) -> None:
        """Another `NAME` or `NOTE` for annotations, kept as soon as that is possible."""
        if not self._put((place, field), words):
            self._waiting.hold((place, field), words)

    def _give(self) -> None:
        self._waiting.give(self._put)

    def _put(self, key: tuple[AnnotationsPlace, str], words: str) -> bool:
        (path, ids), field = key
        entry = self._session.entry_of(path)
        document = None if entry is None else entry.annotations.document
        if entry is None or document is None or self._control.why_not(entry):
            return False
        changed: dict[str, Any] = {field: words.strip()}
        there = [each for each in ids if each in document.annotations]
        edit = document.changing(there, lambda each: replace(each, **changed), label=field.capitalize())
        self._control.do(edit, entry=entry)
        return True
