"""One undo for all: the latest of a slide's edits and review decisions is taken back first."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject

from app.control.annotation_control import AnnotationControl
from app.control.review_control import ReviewControl
from app.state.session import Session
from app.state.slide_entry import SlideEntry


class UndoOrder(QObject):
    """Remembers which came last; edits of earlier sittings come after all decisions of this one."""

    def __init__(self, session: Session, annotations: AnnotationControl, reviews: ReviewControl) -> None:
        super().__init__()
        self._session = session
        self._annotations = annotations
        self._reviews = reviews
        self._acts: WeakKeyDictionary[SlideEntry, list[str]] = WeakKeyDictionary()
        annotations.edited.connect(lambda entry: self._note(entry, "edit"))
        reviews.decided.connect(lambda entry: self._note(entry, "mark"))

    @property
    def label(self) -> str | None:
        """What would be taken back; None if nothing."""
        return {"mark": "last mark", "edit": self._edit_label()}.get(self._next() or "")

    @property
    def redo_label(self) -> str | None:
        """What would be done again; None if nothing."""
        entry = self._session.current
        document = entry.annotations.document if entry is not None else None
        return document.redo_label if document is not None and not self._annotations.why_not() else None

    def undo(self) -> None:
        """Takes back the latest edit or decision on the slide on show."""
        entry, act = self._session.current, self._next()
        if entry is None or act is None:
            return
        acts = self._acts.get(entry, [])
        while acts and acts.pop() != act:
            pass
        if act == "mark":
            self._reviews.take_back()
        else:
            self._annotations.undo()

    def redo(self) -> None:
        """Does the last undone edit again."""
        entry = self._session.current
        if entry is not None and self.redo_label is not None:
            self._annotations.redo()
            self._note(entry, "edit")

    def _next(self) -> str | None:
        entry = self._session.current
        if entry is None:
            return None
        can = {
            "mark": not self._reviews.why_not() and entry.reviews.can_take_back,
            "edit": self._edit_label() is not None,
        }
        for act in [*reversed(self._acts.get(entry, [])), "edit", "mark"]:
            if can[act]:
                return act
        return None

    def _edit_label(self) -> str | None:
        entry = self._session.current
        document = entry.annotations.document if entry is not None else None
        return document.undo_label if document is not None and not self._annotations.why_not() else None

    def _note(self, entry: SlideEntry, act: str) -> None:
        self._acts.setdefault(entry, []).append(act)
