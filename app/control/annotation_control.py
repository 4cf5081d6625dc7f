"""Annotations: every edit goes through the document and into the case file as it happens; undo and redo as well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal
from shapely.geometry.base import BaseGeometry

from app.control.keeping import Keeping
from app.control.readings import Readings
from app.state.session import Session
from app.state.slide_annotations import SlideAnnotations
from app.state.slide_entry import SlideEntry
from app.work.annotation_keeping import Step, keep_step, read_document
from inference.errors import EquiscopeError
from inference.results.annotation import UNCLASSIFIED_COLOUR, Annotation, AnnotationClass, Colour, Shape
from inference.results.annotation_document import AnnotationDocument, ClassChange, Edit
from inference.slides.frames import RegionL0


class AnnotationControl(QObject):
    """Changes the annotations of the slide on show, or of one that is named.

    Signals:
        failed: the `EquiscopeError` of a case file that could not be read.
        refused: why what was just asked for was not done.
        edited, undone, redone: the `SlideEntry` that an edit was done on, taken back on or done again on.
        classChosen: the class that is given to what is drawn next.
    """

    failed = Signal(object)
    refused = Signal(str)
    edited = Signal(object)
    undone = Signal(object)
    redone = Signal(object)
    classChosen = Signal(str)

    def __init__(self, session: Session, keeping: Keeping) -> None:
        super().__init__()
        self._session = session
        self._keeping = keeping
        self._readings: Readings[SlideAnnotations] = Readings()
        self._copied: tuple[Annotation, ...] = ()
        self._copied_classes: tuple[AnnotationClass, ...] = ()
        self._class: AnnotationClass | None = None

    # Reading

    def load(self, entry: SlideEntry) -> None:
        """Reads a slide's annotations, unless they are known; nothing is drawn on it before they are there."""
        annotations = entry.annotations
        is_known = annotations.document is not None and not entry.is_elsewhere
        if is_known and not self._readings.is_pending(annotations):
            return
        # What another window draws meanwhile is read once the slide is this window's.
        this = self._readings.begin(annotations, stays_outdated=entry.is_elsewhere)
        self._keeping.read(
            entry.info,
            partial(read_document, entry.info.fingerprint),
            done=lambda document: self._on_read(annotations, this, document),
            failed=lambda error: self._on_read(annotations, this, error),
            # Only a document that is read anew can do without them.
            drops_refused=annotations.document is None,
        )

    def _on_read(
        self, annotations: SlideAnnotations, this: object, found: AnnotationDocument | EquiscopeError
    ) -> None:
        if not self._readings.end(annotations, this, failed=isinstance(found, EquiscopeError)):
            return
        if isinstance(found, AnnotationDocument):
            annotations.load(found)
        else:
            self.failed.emit(found)

    def why_not(self, entry: SlideEntry | None = None) -> str:
        """Why nothing can be drawn or changed now, on a slide or else the one on show; empty if it can."""
        entry = self._session.current if entry is None else entry
        if entry is None:
            return "Open a slide first"
        if entry not in self._session.entries:
            return "This slide was taken off the list"
        if entry.is_elsewhere:
            return "Another window has this slide: draw there, or close it there first"
        if entry.is_stuck:
            return "Earlier changes are not written yet: try again first"
        if entry.annotations.document is None or self._readings.is_pending(entry.annotations):
            return "The case file of this slide cannot be read or is still being read"
        return ""

    # Choosing

    @property
    def class_name(self) -> str:
        """The class given to what is drawn next, also on a slide that does not have it yet; "" for none."""
        return self._class.name if self._class is not None else ""

    @property
    def colour(self) -> Colour:
        """That of what is drawn next."""
        drawn = next(
            (each for each in self.classes_with(self.class_name) if each.name == self.class_name), None
        )
        return drawn.colour if drawn is not None else UNCLASSIFIED_COLOUR

    def classes_with(self, name: str) -> tuple[AnnotationClass, ...]:
        """The classes of the slide on show, and one of that name if it lacks it: chosen elsewhere, or of a file."""
        entry = self._session.current
        document = entry.annotations.document if entry is not None else None
        classes = document.classes if document is not None else ()
        if not name or any(each.name == name for each in classes):
            return classes
        own = (
            self._class.colour
            if self._class is not None and self._class.name == name
            else UNCLASSIFIED_COLOUR
        )
        return (*classes, AnnotationClass(name, own))

    def choose_class(self, name: str) -> None:
        """The class of what is drawn next, and of what is selected."""
        entry = self._session.current
        document = entry.annotations.document if entry is not None else None
        known = document.class_named(name) if document is not None else None
        if known is not None or not name:
            self._choose(known)
        if entry is not None and entry.annotations.selected:
            self.change(lambda each: replace(each, class_name=name, colour=None), label="Set class")

    def _choose(self, chosen: AnnotationClass | None) -> None:
        if chosen != self._class:
            self._class = chosen
            self.classChosen.emit(self.class_name)

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

    def do(self, edit: Edit, *, entry: SlideEntry | None = None) -> bool:
        """Does an edit and keeps it; False for one that changes nothing or where nothing may be changed."""
        ready = self._ready(entry)
        if ready is None or not (edit.changes or edit.class_changes):
            return False
        entry, document = ready
        done = document.do(_with_classes(document, edit, self._known_classes()))
        self._keep(entry, document, Step.DO, done)
        self.edited.emit(entry)
        return True

    def add(self, drafts: Sequence[Annotation], *, label: str, entry: SlideEntry | None = None) -> None:
        """Adds annotations and selects them."""
        ready = self._ready(entry)
        if ready is not None and drafts:
            entry, document = ready
            edit = document.adding(drafts, label=label)
            if self.do(edit, entry=entry):
                entry.annotations.select([change.id for change in edit.changes])
                entry.select(None)

    def draw(self, shape: Shape, geometry: BaseGeometry) -> None:
        """Adds what a tool has drawn, in the class chosen."""
        self.add([Annotation(0, shape, geometry, class_name=self.class_name)], label=f"Draw {shape.value}")

    def change(self, how: Callable[[Annotation], Annotation], *, label: str, locked: bool = False) -> None:
        """Changes the selected annotations; locked ones only if `locked`."""
        ready = self._ready()
        if ready is not None:
            entry, document = ready
            if not locked:
                self._tell_locked(document, entry.annotations.selected)
            self.do(document.changing(entry.annotations.selected, how, label=label, locked=locked))

    def replace_selected(self, pieces: Sequence[Annotation], ids: Sequence[int], *, label: str) -> None:
        """Puts annotations in the place of others, as one step; locked ones stay, and then nothing happens."""
        ready = self._ready()
        if ready is None:
            return
        removed = ready[1].removing(ids, label=label)
        if len(removed.changes) != len(ids):
            self._tell_locked(ready[1], ids)
            return
        added = ready[1].adding(pieces, label=label)
        if self.do(Edit(label, removed.changes + added.changes)):
            self.select([change.id for change in added.changes])

    def put_shapes(self, changed: Sequence[Annotation], gone: Sequence[int], *, label: str) -> None:
        """Other outlines for some annotations, and others removed, as one step; locked ones stay."""
        ready = self._ready()
        if ready is not None:
            by_id = {each.id: each for each in changed}
            self._tell_locked(ready[1], [*by_id, *gone])
            replaced = ready[1].changing(by_id, lambda each: by_id[each.id], label=label)
            self.do(Edit(label, replaced.changes + ready[1].removing(gone).changes))

    def set_classes(
        self,
        pairs: Sequence[tuple[AnnotationClass | None, AnnotationClass | None]],
        *,
        entry: SlideEntry | None = None,
    ) -> None:
        """Other classes, (before, after) each; annotations follow a class's name, and lose a removed class."""
        ready = self._ready(entry)
        if ready is None:
            return
        entry, document = ready
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
        if renamed.get(self.class_name) == "":
            self._choose(None)
        self.do(Edit("Classes", changes, tuple(ClassChange(old, new) for old, new in pairs)), entry=entry)

    def delete(self) -> None:
        """Deletes the selected annotations; locked ones stay."""
        ready = self._ready()
        if ready is not None:
            self._tell_locked(ready[1], ready[0].annotations.selected)
            self.do(ready[1].removing(ready[0].annotations.selected))

    def undo(self) -> None:
        """Takes the last edit back."""
        ready = self._ready()
        back = ready[1].undo() if ready is not None else None
        if ready is not None and back is not None:
            self._keep(*ready, Step.UNDO, back)
            self.undone.emit(ready[0])

    def redo(self) -> None:
        """Does the last undone edit again."""
        ready = self._ready()
        again = ready[1].redo() if ready is not None else None
        if ready is not None and again is not None:
            self._keep(*ready, Step.REDO, again)
            self.redone.emit(ready[0])

    # Copying

    @property
    def can_paste(self) -> bool:
        """Whether something was copied."""
        return bool(self._copied)

    def copy(self) -> None:
        """Remembers the selected annotations and their classes, for this slide or another."""
        entry = self._session.current
        if entry is not None and entry.annotations.selected and entry.annotations.document is not None:
            self._copied = entry.annotations.selected_annotations()
            self._copied_classes = entry.annotations.document.classes

    def paste(self) -> None:
        """Adds what was copied, unlocked, in the same place."""
        self.add([replace(each, locked=False) for each in self._copied], label="Paste")

    def _known_classes(self) -> tuple[AnnotationClass, ...]:
        """Classes that a slide may lack and an edit bring along."""
        return self._copied_classes if self._class is None else (self._class, *self._copied_classes)

    def _ready(self, entry: SlideEntry | None = None) -> tuple[SlideEntry, AnnotationDocument] | None:
        entry = self._session.current if entry is None else entry
        why_not = self.why_not(entry)
        if entry is None or why_not:
            self.refused.emit(why_not)
            return None
        document = entry.annotations.document
        assert document is not None
        return entry, document

    def _tell_locked(self, document: AnnotationDocument, ids: Iterable[int]) -> None:
        locked = sum(document.annotations[each].locked for each in ids)
        if locked:
            self.refused.emit(
                "The annotation is locked and stays as it is: Shift+L unlocks it" if locked == 1
                else f"{locked} annotations are locked and stay as they are: Shift+L unlocks them"
            )  # fmt: skip

    def _keep(self, entry: SlideEntry, document: AnnotationDocument, step: Step, edit: Edit) -> None:
        info = entry.info
        self._keeping.keep(
            info,
            partial(keep_step, info, step, edit, last_id=document.next_id - 1, classes=document.classes),
        )
        renamed = [
            each.after
            for each in edit.class_changes
            if each.before is not None and each.after is not None and each.before.name == self.class_name
        ]
        self._choose(renamed[0] if renamed else self._class)
        entry.annotations.tell(edit)


def _with_classes(document: AnnotationDocument, edit: Edit, known: Iterable[AnnotationClass]) -> Edit:
    """An edit that also brings the classes it gives, where the document lacks them and they are known."""
    given = {change.after.class_name for change in edit.changes if change.after is not None}
    coming = {change.after.name for change in edit.class_changes if change.after is not None}
    keys = {each.key for each in document.classes}
    missing: dict[str, AnnotationClass] = {}
    for each in known:
        if each.name in given - coming - missing.keys() and document.class_named(each.name) is None:
            missing[each.name] = replace(each, key="") if each.key in keys else each
    brought = tuple(ClassChange(None, each) for each in missing.values())
    return replace(edit, class_changes=edit.class_changes + brought)


def region_of(annotations: SlideAnnotations, ids: Sequence[int]) -> RegionL0 | None:
    """The level-0 rectangle around annotations; None for none."""
    known = annotations.document.annotations if annotations.document is not None else {}
    bounds = [known[each].geometry.bounds for each in ids if each in known]
    if not bounds:
        return None
    left, top = min(each[0] for each in bounds), min(each[1] for each in bounds)
    right, bottom = max(each[2] for each in bounds), max(each[3] for each in bounds)
    return RegionL0(left, top, right - left, bottom - top)
