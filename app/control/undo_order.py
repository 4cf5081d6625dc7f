"""One undo for all: the latest of a slide's edits and review decisions is taken back first, and done again last."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject

from app.control.annotation_control import AnnotationControl
from app.control.review_control import ReviewControl
from app.state.session import Session
from app.state.slide_annotations import SlideAnnotations
from app.state.slide_entry import SlideEntry

EDIT, MARK = "edit", "mark"


class _Acts:
    """Of one slide: what was done and what was undone in this sitting, the latest last."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.undone: list[str] = []

    def do(self, act: str) -> None:
        """A new one; what was undone of the other kind can still be done again, as nothing of it has changed."""
        self.done.append(act)
        self.undone = [each for each in self.undone if each != act]

    def undo(self, act: str) -> None:
        _move_last(act, self.done, self.undone)

    def redo(self, act: str) -> None:
        _move_last(act, self.undone, self.done)


def _move_last(act: str, here: list[str], there: list[str]) -> None:
    # None is here if it was done in an earlier sitting.
    if act in here:
        del here[len(here) - 1 - here[::-1].index(act)]
    there.append(act)


class UndoOrder(QObject):
    """Remembers which came last, by whatever way it was asked for; then come edits of earlier sittings."""

    def __init__(self, session: Session, annotations: AnnotationControl, reviews: ReviewControl) -> None:
        super().__init__()
        self._session = session
        self._annotations = annotations
        self._reviews = reviews
        # By what copies of one slide share.
        self._acts: WeakKeyDictionary[SlideAnnotations, _Acts] = WeakKeyDictionary()
        for done, undone, redone, act in (
            (annotations.edited, annotations.undone, annotations.redone, EDIT),
            (reviews.decided, reviews.takenBack, reviews.madeAgain, MARK),
        ):
            done.connect(lambda entry, act=act: self._of(entry).do(act))
            undone.connect(lambda entry, act=act: self._of(entry).undo(act))
            redone.connect(lambda entry, act=act: self._of(entry).redo(act))

    @property
    def label(self) -> str | None:
        """What would be taken back; None if nothing."""
        labels, acts = self._labels(undo=True), self._current()
        return labels.get(_last(acts.done, labels) or "")

    @property
    def redo_label(self) -> str | None:
        """What would be done again; None if nothing."""
        labels, acts = self._labels(undo=False), self._current()
        return labels.get(_last(acts.undone, labels) or "")

    def undo(self) -> None:
        """Takes back the latest edit or decision on the slide on show."""
        act = _last(self._current().done, self._labels(undo=True))
        if act == MARK:
            self._reviews.take_back()
        elif act == EDIT:
            self._annotations.undo()

    def redo(self) -> None:
        """Does the edit or decision that was taken back last again."""
        act = _last(self._current().undone, self._labels(undo=False))
        if act == MARK:
            self._reviews.make_again()
        elif act == EDIT:
            self._annotations.redo()

    def _labels(self, *, undo: bool) -> dict[str, str]:
        """What can be undone or redone now, by kind."""
        entry = self._session.current
        if entry is None:
            return {}
        labels: dict[str, str] = {}
        document = entry.annotations.document
        edit = None if document is None else document.undo_label if undo else document.redo_label
        if edit is not None and not self._annotations.why_not():
            labels[EDIT] = edit
        if not self._reviews.why_not():
            if undo and entry.reviews.can_take_back:
                labels[MARK] = "last mark"
            if not undo and entry.reviews.can_make_again:
                labels[MARK] = "mark"
        return labels

    def _current(self) -> _Acts:
        entry = self._session.current
        return _Acts() if entry is None else self._of(entry)

    def _of(self, entry: SlideEntry) -> _Acts:
        return self._acts.setdefault(entry.annotations, _Acts())


def _last(acts: list[str], can: dict[str, str]) -> str | None:
    """The latest that can be; then what an earlier sitting has done."""
    return next((act for act in [*reversed(acts), EDIT, MARK] if act in can), None)
