"""Annotations: every edit goes through the document and into the case file as it happens; undo and redo as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from shapely.geometry.base import BaseGeometry

from app.state.session import Session
from app.state.slide_annotations import SlideAnnotations
from app.state.slide_entry import SlideEntry
from app.work.annotation_keeping import Step, keep_step, read_document
from app.work.task import Tasks
from inference.results.annotation import Annotation, AnnotationClass, Shape
from inference.results.annotation_document import AnnotationDocument, ClassChange, Edit
from inference.slides.frames import RegionL0


class AnnotationControl(QObject):
    """Changes the annotations of the slide on show.

    Signals:
        failed: the `EquiscopeError` of a case file that could not be read or written.
        edited: the `SlideEntry` that an edit was done on.
        classChosen: the class that is given to what is drawn next.
    """

    failed = Signal(object)
    edited = Signal(object)
    classChosen = Signal(str)

    def __init__(self, session: Session, writer: Tasks) -> None:
        """`writer` has one thread, so that edits reach the case file in the order they were made."""
        super().__init__()
        self._session = session
        self._writer = writer
        self._read_only: set[SlideEntry] = set()
        self._copied: tuple[Annotation, ...] = ()
        self._class_name = ""

    # Reading

    def load(self, entry: SlideEntry) -> None:
        """Reads a slide's annotations, unless they are known."""
        if entry.annotations.document is not None and entry not in self._read_only:
            return
        # What another window draws meanwhile is read once the slide is this window's.
        (self._read_only.add if entry.is_elsewhere else self._read_only.discard)(entry)
        fingerprint = entry.info.fingerprint
        self._writer.run_task(
            lambda: read_document(fingerprint), done=entry.annotations.load, failed=self.failed.emit
        )

    def why_not(self) -> str:
        """Why nothing can be drawn or changed now; empty if it can."""
        entry = self._session.current
        if entry is None:
            return "Open a slide first"
        if entry.is_elsewhere:
            return "Another window has this slide: draw there, or close it there first"
        if entry.annotations.document is None:
            return "The case file of this slide cannot be read or is still being read"
        return ""

    # Choosing

    @property
    def class_name(self) -> str:
        """The class given to what is drawn next; "" for none."""
        return self._class_name

    def choose_class(self, name: str) -> None:
        """The class of what is drawn next, and of what is selected."""
        if name != self._class_name:
            self._class_name = name
            self.classChosen.emit(name)
        self.change(lambda each: replace(each, class_name=name, colour=None), label="Set class")

    def select(self, ids: Sequence[int]) -> None:
        """Selects annotations of the slide on show; the selected candidate is let go."""
        entry = self._session.current
        if entry is not None:
            entry.annotations.select(ids)
            if ids:
                entry.select(None)

    def select_all(self) -> None:
        """Selects every annotation that is not hidden."""
        entry = self._session.current
        if entry is not None and entry.annotations.document is not None:
            hidden = entry.annotations.hidden
            self.select([each.id for each in entry.annotations.document.in_order() if each.id not in hidden])

    # Editing

    def do(self, edit: Edit) -> bool:
        """Does an edit and keeps it; False for one that changes nothing or where nothing may be changed."""
        ready = self._ready()
        if ready is None or not (edit.changes or edit.class_changes):
            return False
        entry, document = ready
        document.do(edit)
        self._keep(entry, document, Step.DO, edit)
        self.edited.emit(entry)
        return True

    def add(self, drafts: Sequence[Annotation], *, label: str) -> None:
        """Adds annotations and selects them."""
        ready = self._ready()
        if ready is not None and drafts:
            edit = ready[1].adding(drafts, label=label)
            if self.do(edit):
                self.select([change.id for change in edit.changes])

    def draw(self, shape: Shape, geometry: BaseGeometry) -> None:
        """Adds what a tool has drawn, in the class chosen."""
        self.add([Annotation(0, shape, geometry, class_name=self._class_name)], label=f"Draw {shape.value}")

    def change(self, how: Callable[[Annotation], Annotation], *, label: str, locked: bool = False) -> None:
        """Changes the selected annotations; locked ones only if `locked`."""
        ready = self._ready()
        if ready is not None:
            entry, document = ready
            self.do(document.changing(entry.annotations.selected, how, label=label, locked=locked))

    def replace_selected(self, pieces: Sequence[Annotation], ids: Sequence[int], *, label: str) -> None:
        """Puts annotations in the place of others, as one step; locked ones stay, and then nothing happens."""
        ready = self._ready()
        if ready is None:
            return
        removed = ready[1].removing(ids, label=label)
        if len(removed.changes) != len(ids):
            return
        added = ready[1].adding(pieces, label=label)
        if self.do(Edit(label, removed.changes + added.changes)):
            self.select([change.id for change in added.changes])

    def put_shapes(self, changed: Sequence[Annotation], gone: Sequence[int], *, label: str) -> None:
        """Other outlines for some annotations, and others removed, as one step; locked ones stay."""
        ready = self._ready()
        if ready is not None:
            by_id = {each.id: each for each in changed}
            replaced = ready[1].changing(by_id, lambda each: by_id[each.id], label=label)
            self.do(Edit(label, replaced.changes + ready[1].removing(gone).changes))

    def set_classes(self, pairs: Sequence[tuple[AnnotationClass | None, AnnotationClass | None]]) -> None:
        """Other classes, (before, after) each; annotations follow a class's name, and lose a removed class."""
        ready = self._ready()
        if ready is None:
            return
        document = ready[1]
        renamed = {
            old.name: new.name if new is not None else ""
            for old, new in pairs
            if old is not None and (new is None or new.name != old.name)
        }
        concerned = [each.id for each in document.in_order() if each.class_name in renamed]
        changes = document.changing(
            concerned,
            lambda each: replace(each, class_name=renamed[each.class_name]),
            label="Classes",
            locked=True,
        ).changes
        # All old names go before new ones come, so that two classes may swap theirs.
        leaving = [ClassChange(old, None) for old, _ in pairs if old is not None]
        coming = [ClassChange(None, new) for _, new in pairs if new is not None]
        self.do(Edit("Classes", changes, (*leaving, *coming)))

    def delete(self) -> None:
        """Deletes the selected annotations; locked ones stay."""
        ready = self._ready()
        if ready is not None:
            self.do(ready[1].removing(ready[0].annotations.selected))

    def undo(self) -> None:
        """Takes the last edit back."""
        ready = self._ready()
        back = ready[1].undo() if ready is not None else None
        if ready is not None and back is not None:
            self._keep(*ready, Step.UNDO, back)

    def redo(self) -> None:
        """Does the last undone edit again."""
        ready = self._ready()
        again = ready[1].redo() if ready is not None else None
        if ready is not None and again is not None:
            self._keep(*ready, Step.REDO, again)

    # Copying

    @property
    def can_paste(self) -> bool:
        """Whether something was copied."""
        return bool(self._copied)

    def copy(self) -> None:
        """Remembers the selected annotations, for this slide or another."""
        entry = self._session.current
        if entry is not None and entry.annotations.selected:
            self._copied = entry.annotations.selected_annotations()

    def paste(self) -> None:
        """Adds what was copied, unlocked, in the same place."""
        self.add([replace(each, locked=False) for each in self._copied], label="Paste")

    def _ready(self) -> tuple[SlideEntry, AnnotationDocument] | None:
        entry = self._session.current
        if entry is None or self.why_not():
            return None
        document = entry.annotations.document
        assert document is not None
        return entry, document

    def _keep(self, entry: SlideEntry, document: AnnotationDocument, step: Step, edit: Edit) -> None:
        info, last_id, classes = entry.info, document.next_id - 1, document.classes
        self._writer.run_task(
            lambda: keep_step(info, step, edit, last_id=last_id, classes=classes),
            done=lambda _: None,
            failed=self.failed.emit,
        )
        entry.annotations.tell(edit)


def region_of(annotations: SlideAnnotations, ids: Sequence[int]) -> RegionL0 | None:
    """The level-0 rectangle around annotations; None for none."""
    known = annotations.document.annotations if annotations.document is not None else {}
    bounds = [known[each].geometry.bounds for each in ids if each in known]
    if not bounds:
        return None
    left, top = min(each[0] for each in bounds), min(each[1] for each in bounds)
    right, bottom = max(each[2] for each in bounds), max(each[3] for each in bounds)
    return RegionL0(left, top, right - left, bottom - top)
