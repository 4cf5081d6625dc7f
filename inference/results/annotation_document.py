"""The annotations of one slide as a document: changed by edits only, each of which can be undone and redone.

An edit holds what it replaces and what it puts there, so undoing one costs what the edit touched, however many other
annotations there are. Ids are never given twice, which keeps a redone edit from meeting another annotation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from inference.results.annotation import STANDARD_CLASSES, Annotation, AnnotationClass


@dataclass(frozen=True, slots=True)
class Change:
    """One annotation made (`before` None), replaced, or removed (`after` None); both have the same id."""

    before: Annotation | None
    after: Annotation | None

    @property
    def id(self) -> int:
        """Of the annotation concerned."""
        either = self.after if self.after is not None else self.before
        assert either is not None
        return either.id

    def reversed(self) -> Change:
        """What takes it back."""
        return Change(self.after, self.before)


@dataclass(frozen=True, slots=True)
class ClassChange:
    """One class made, replaced (under another name too), or removed."""

    before: AnnotationClass | None
    after: AnnotationClass | None

    def reversed(self) -> ClassChange:
        """What takes it back."""
        return ClassChange(self.after, self.before)


@dataclass(frozen=True, slots=True)
class Edit:
    """One step of the user, e.g. "Draw polygon": undone and redone as a whole.

    Attributes:
        class_changes: all classes before them go before those after them come, so that two may swap their names.
        number: its place in the journal, from 1 on; 0 until a document has done it.
    """

    label: str
    changes: tuple[Change, ...] = ()
    class_changes: tuple[ClassChange, ...] = ()
    number: int = field(default=0, compare=False)

    def reversed(self) -> Edit:
        """What takes it back."""
        return Edit(
            self.label,
            tuple(change.reversed() for change in reversed(self.changes)),
            tuple(change.reversed() for change in reversed(self.class_changes)),
            self.number,
        )


@dataclass(frozen=True, slots=True)
class KeptEdit:
    """An edit of an earlier sitting: what it holds stays undecoded until it is undone or redone."""

    label: str
    number: int
    decode: Callable[[], Edit]


Step = Edit | KeptEdit


class AnnotationDocument:
    """Annotations and classes with their journal. Plain memory: whoever edits also tells the case file."""

    def __init__(
        self,
        annotations: Iterable[Annotation] = (),
        classes: Sequence[AnnotationClass] = STANDARD_CLASSES,
        *,
        next_id: int = 1,
        next_number: int = 1,
        done: Iterable[Step] = (),
        undone: Iterable[Step] = (),
    ) -> None:
        self._annotations = {annotation.id: annotation for annotation in annotations}
        self._classes = {each.name: each for each in classes}
        self._next_id = max([next_id - 1, *self._annotations]) + 1
        self._next_number = next_number
        self._done: list[Step] = list(done)
        self._undone: list[Step] = list(undone)

    @property
    def annotations(self) -> Mapping[int, Annotation]:
        """Id -> annotation, live and read-only; in no particular order."""
        return MappingProxyType(self._annotations)

    def in_order(self) -> tuple[Annotation, ...]:
        """All annotations in the order they were made."""
        return tuple(self._annotations[key] for key in sorted(self._annotations))

    @property
    def classes(self) -> tuple[AnnotationClass, ...]:
        """All classes: those with a key first, in the order of their keys, then by name."""
        return tuple(sorted(self._classes.values(), key=lambda each: (each.key or "~", each.name)))

    def class_named(self, name: str) -> AnnotationClass | None:
        """The class of a name, None if there is none."""
        return self._classes.get(name)

    @property
    def next_id(self) -> int:
        """What the next annotation will be called."""
        return self._next_id

    @property
    def undo_label(self) -> str | None:
        """What `undo` would take back; None if nothing."""
        return self._done[-1].label if self._done else None

    @property
    def redo_label(self) -> str | None:
        """What `redo` would do again; None if nothing."""
        return self._undone[-1].label if self._undone else None

    # ---- making edits

    def adding(self, annotations: Sequence[Annotation], *, label: str) -> Edit:
        """The edit that adds annotations under fresh ids, whatever ids they carry."""
        fresh = [replace(each, id=self._next_id + n) for n, each in enumerate(annotations)]
        return Edit(label, tuple(Change(None, each) for each in fresh))

    def removing(self, ids: Iterable[int], *, label: str = "Delete") -> Edit:
        """The edit that removes annotations; locked ones stay."""
        found = [self._annotations[key] for key in ids]
        return Edit(label, tuple(Change(each, None) for each in found if not each.locked))

    def changing(
        self,
        ids: Iterable[int],
        change: Callable[[Annotation], Annotation],
        *,
        label: str,
        locked: bool = False,
    ) -> Edit:
        """The edit that replaces annotations by what `change` makes of them; locked ones only if `locked`."""
        pairs = [
            (old, change(old)) for old in (self._annotations[key] for key in ids) if locked or not old.locked
        ]
        return Edit(label, tuple(Change(old, new) for old, new in pairs if new != old))

    # ---- the journal

    def do(self, edit: Edit) -> Edit:
        """Applies an edit, forgets what could be redone, and answers the edit with its number.

        Raises ValueError where the document does not hold what the edit replaces; nothing is changed then.
        """
        self._apply(edit)
        edit = replace(edit, number=self._next_number)
        self._next_number += 1
        self._done.append(edit)
        self._undone.clear()
        return edit

    def undo(self) -> Edit | None:
        """Takes the last edit back and answers what did so; None if there is nothing to take back."""
        if not self._done:
            return None
        edit = self._resolved(self._done)
        back = edit.reversed()
        self._apply(back)
        self._undone.append(self._done.pop())
        return back

    def redo(self) -> Edit | None:
        """Does the last undone edit again and answers it; None if there is none."""
        if not self._undone:
            return None
        edit = self._resolved(self._undone)
        self._apply(edit)
        self._done.append(self._undone.pop())
        return edit

    def _apply(self, edit: Edit) -> None:
        for change in edit.changes:
            if self._annotations.get(change.id) is not change.before and (
                self._annotations.get(change.id) != change.before
            ):
                raise ValueError(f"annotation {change.id} is not what the edit replaces")
        for class_change in edit.class_changes:
            if class_change.before is not None:
                self._classes.pop(class_change.before.name, None)
        for class_change in edit.class_changes:
            if class_change.after is not None:
                self._classes[class_change.after.name] = class_change.after
        for change in edit.changes:
            if change.after is None:
                del self._annotations[change.id]
            else:
                self._annotations[change.id] = change.after
            self._next_id = max(self._next_id, change.id + 1)

    @staticmethod
    def _resolved(steps: list[Step]) -> Edit:
        """The last of the steps, decoded once and kept."""
        last = steps[-1]
        if isinstance(last, KeptEdit):
            last = steps[-1] = replace(last.decode(), number=last.number)
        return last
