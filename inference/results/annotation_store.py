"""The annotations of a case file: loaded as a document, and every edit, undo and redo committed as it happens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from sqlite3 import Connection

import orjson
import shapely

from inference.errors import CaseFileError, LackingCaseError, OtherJournalError
from inference.results.annotation import STANDARD_CLASSES, AnnotationClass
from inference.results.annotation_document import AnnotationDocument, Edit, KeptEdit
from inference.results.annotation_record import annotation_of, annotation_record, edit_bytes, edit_of
from inference.results.case_file import CaseFile


class AnnotationStore:
    """The annotation tables of an open case file.

    The document is edited in memory first and the same step is recorded here right after, in the same order; a kill
    between the two loses that one step. Recording a step twice is the same as once, so one whose writing ended in doubt
    may be tried again. Every method raises `CaseFileError` where the file cannot be read or written, and
    `OtherJournalError` where the step does not follow on what the file holds.
    """

    def __init__(self, case: CaseFile) -> None:
        self._database = case.database

    def load(self) -> AnnotationDocument:
        """The document as it was last committed, with what can be undone and redone."""
        try:
            annotations = [
                annotation_of(orjson.loads(record))
                for (record,) in self._database.all("SELECT record FROM annotations ORDER BY id")
            ]
        except (ValueError, KeyError, TypeError, shapely.errors.ShapelyError) as error:
            raise CaseFileError(
                "The case file holds an annotation that cannot be right",
                where=self._database.path.name,
                advice="Move the file away and open the slide again, or use a copy saved earlier",
            ) from error
        classes: Sequence[AnnotationClass] = [
            AnnotationClass(name, (red, green, blue), key)
            for name, red, green, blue, key in self._database.all(
                "SELECT name, red, green, blue, key FROM annotation_classes"
            )
        ]
        if not classes and self._last_id() == 0:
            # A case without any edit so far; they are written together with the first one.
            classes = STANDARD_CLASSES
        return AnnotationDocument(
            annotations,
            classes,
            next_id=self._last_id() + 1,
            next_number=_number(self._database.one("SELECT max(id) FROM edits")) + 1,
            done=self._edits("done", "ASC"),
            # The edit undone last is redone first.
            undone=self._edits("undone", "DESC"),
        )

    def record(self, edit: Edit, document: AnnotationDocument) -> None:
        """Commits an edit that the document has just done."""
        self.record_step(edit, last_id=document.next_id - 1, classes=document.classes)

    def record_step(self, edit: Edit, *, last_id: int, classes: Sequence[AnnotationClass]) -> None:
        """Commits an edit; `last_id` and `classes` as the document had them right after it."""
        # Written out before the file is locked: others wait for a hundred thousand points no longer than SQLite does.
        data, rows = edit_bytes(edit), _rows(edit)
        with self._database.transaction(lasting=True) as connection:
            if connection.execute("SELECT edit FROM edits WHERE id = ?", (edit.number,)).fetchone() == (
                data,
            ):
                return
            last = _number(connection.execute("SELECT max(id) FROM edits").fetchone())
            if edit.number != last + 1:
                raise _other_journal(self._database.path, lacks=edit.number > last + 1)
            connection.execute("UPDATE edits SET state = 'dropped' WHERE state = 'undone'")
            connection.execute(
                "INSERT INTO edits (id, made, label, last_id, state, edit) VALUES (?, ?, ?, ?, 'done', ?)",
                (edit.number, datetime.now(UTC).isoformat(timespec="seconds"), edit.label, last_id, data),
            )
            _apply(connection, edit, classes, rows)

    def record_undo(self, back: Edit, *, classes: Sequence[AnnotationClass]) -> None:
        """Commits that the last edit was taken back; `back` is what the document's `undo` answered."""
        self._turn(back, "done", "undone", "max", classes)

    def record_redo(self, edit: Edit, *, classes: Sequence[AnnotationClass]) -> None:
        """Commits that the last undone edit was done again; `edit` is what the document's `redo` answered."""
        self._turn(edit, "undone", "done", "min", classes)

    def _turn(
        self, edit: Edit, before: str, after: str, which: str, classes: Sequence[AnnotationClass]
    ) -> None:
        """Another state for an edit, which must be the latest done or the earliest undone."""
        rows = _rows(edit)
        with self._database.transaction(lasting=True) as connection:
            found = connection.execute("SELECT state FROM edits WHERE id = ?", (edit.number,)).fetchone()
            if found == (after,):
                return
            turned = connection.execute(
                f"UPDATE edits SET state = ? WHERE id = ? AND id = (SELECT {which}(id) FROM edits WHERE state = ?)",
                (after, edit.number, before),
            )
            if turned.rowcount != 1:
                raise _other_journal(self._database.path, lacks=found is None)
            _apply(connection, edit, classes, rows)

    def history(self) -> tuple[tuple[datetime, str, str], ...]:
        """(when, label, state) of every edit ever made, oldest first; state is done, undone or dropped."""
        rows = self._database.all("SELECT made, label, state FROM edits ORDER BY id")
        return tuple((datetime.fromisoformat(made), label, state) for made, label, state in rows)

    def _last_id(self) -> int:
        row = self._database.one("SELECT ifnull(max(last_id), 0) FROM edits")
        assert row is not None
        return int(row[0])

    def _edits(self, state: str, order: str) -> list[KeptEdit]:
        rows = self._database.all(
            f"SELECT label, id, edit FROM edits WHERE state = ? ORDER BY id {order}", (state,)
        )
        return [KeptEdit(label, number, partial(edit_of, data)) for label, number, data in rows]


def _number(row: tuple[int | None, ...] | None) -> int:
    """The one number of a row; 0 for the highest of none."""
    return 0 if row is None or row[0] is None else row[0]


def _other_journal(path: Path, *, lacks: bool = False) -> OtherJournalError:
    if lacks:
        return LackingCaseError(
            "The case file lacks annotations that were kept in it: it was moved away or replaced",
            where=path.name,
            advice="Put it back and try again",
        )
    return OtherJournalError(
        "Another program changed the annotations in the case file meanwhile",
        where=path.name,
        advice="Take the slide off the list and open it again to go on with what the file holds",
    )


def _rows(edit: Edit) -> list[tuple[int, bytes]]:
    """The rows that an edit writes."""
    return [
        (change.after.id, orjson.dumps(annotation_record(change.after)))
        for change in edit.changes
        if change.after is not None
    ]


def _apply(
    connection: Connection, edit: Edit, classes: Sequence[AnnotationClass], rows: list[tuple[int, bytes]]
) -> None:
    """Brings the tables to where the edit takes them."""
    removed = [(change.id,) for change in edit.changes if change.after is None]
    connection.executemany("DELETE FROM annotations WHERE id = ?", removed)
    connection.executemany("INSERT OR REPLACE INTO annotations VALUES (?, ?)", rows)
    if edit.class_changes or connection.execute("SELECT count(*) FROM annotation_classes").fetchone() == (0,):
        connection.execute("DELETE FROM annotation_classes")
        connection.executemany(
            "INSERT INTO annotation_classes VALUES (?, ?, ?, ?, ?)",
            [(each.name, *each.colour, each.key) for each in classes],
        )
