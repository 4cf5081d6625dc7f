"""The annotations of one slide as the window has them: the document, which are selected, which are hidden."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from inference.results.annotation import Annotation
from inference.results.annotation_document import AnnotationDocument, Edit


class SlideAnnotations(QObject):
    """A document once it was read from the case file; only `AnnotationControl` changes it.

    Signals:
        changed: the `Edit` that was done, undone or redone; None for another document.
        selectionChanged, hiddenChanged: other annotations are selected or hidden.
    """

    changed = Signal(object)
    selectionChanged = Signal()
    hiddenChanged = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._document: AnnotationDocument | None = None
        self._selected: tuple[int, ...] = ()
        self._hidden: frozenset[int] = frozenset()

    @property
    def document(self) -> AnnotationDocument | None:
        """None until it was read."""
        return self._document

    @property
    def selected(self) -> tuple[int, ...]:
        """Ids in the order they were selected: the first is the one that others are subtracted from."""
        return self._selected

    @property
    def hidden(self) -> frozenset[int]:
        """Ids that are not painted; for this sitting only."""
        return self._hidden

    def selected_annotations(self) -> tuple[Annotation, ...]:
        """Those selected, in the order of `selected`."""
        if self._document is None:
            return ()
        return tuple(self._document.annotations[each] for each in self._selected)

    def load(self, document: AnnotationDocument) -> None:
        """Takes the document that the case file holds."""
        self._document, self._hidden = document, frozenset()
        self._tell(None)

    def select(self, ids: Iterable[int]) -> None:
        """Selects annotations; ids that do not exist are dropped."""
        known = self._document.annotations if self._document is not None else {}
        selected = tuple(each for each in dict.fromkeys(ids) if each in known)
        if selected != self._selected:
            self._selected = selected
            self.selectionChanged.emit()

    def set_hidden(self, ids: Iterable[int]) -> None:
        """Hides exactly these."""
        hidden = frozenset(ids)
        if hidden != self._hidden:
            self._hidden = hidden
            self.hiddenChanged.emit()

    def tell(self, edit: Edit) -> None:
        """Tells of an edit that the document has just taken; what is gone is not selected any more."""
        self._tell(edit)

    def _tell(self, edit: Edit | None) -> None:
        # Whoever hears of the edit may ask for what is selected: it must exist.
        known = self._document.annotations if self._document is not None else {}
        kept = tuple(each for each in self._selected if each in known)
        others, self._selected = kept != self._selected, kept
        self.changed.emit(edit)
        if others:
            self.selectionChanged.emit()
