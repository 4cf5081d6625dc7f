"""Importing annotation files into the slide on show: dropped or chosen, one step of undo each, a summary in lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from app.control.annotation_control import AnnotationControl
from app.main_window import MainWindow
from app.panels.lines_dialog import LinesDialog
from app.panels.words import counted
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.work.task import Tasks
from inference.errors import EquiscopeError
from inference.importing.found import ImportResult
from inference.importing.into_case import import_edit
from inference.importing.read_annotations import read_annotations
from inference.results.annotation import AnnotationClass
from inference.results.annotation_document import AnnotationDocument, Edit

FILTER = "Annotations (*.geojson *.json *.xml *.csv);;All files (*)"

Read = tuple[Path, ImportResult | EquiscopeError]
"""A file, and what it holds or why it was refused."""


class ImportDesk(QObject):
    """Connects the action "Import annotations" and what is dropped on the window.

    Signals:
        failed: the `EquiscopeError` to show.
    """

    failed = Signal(object)

    def __init__(
        self, window: MainWindow, *, session: Session, control: AnnotationControl, tasks: Tasks
    ) -> None:
        super().__init__()
        self._window, self._session, self._control, self._tasks = window, session, control, tasks
        self.dialog: LinesDialog | None = None
        window.actions_["import"].triggered.connect(lambda _checked=False: self._ask())
        window.annotationsDropped.connect(lambda paths: self.take(paths, session.current))
        for signal in (session.slideChanged, session.infoChanged, session.annotationsChanged):
            signal.connect(lambda *_: self._show())
        self._show()

    def take(self, paths: Sequence[Path], entry: SlideEntry | None) -> None:
        """Reads files in the background, then adds what they hold to a slide; without one, says so."""
        why_not = self._control.why_not(entry)
        document = entry.annotations.document if entry is not None else None
        if entry is None or document is None or why_not:
            self.failed.emit(
                EquiscopeError(
                    "Annotations belong to a slide",
                    where=", ".join(path.name for path in paths),
                    advice=why_not or "Open the slide first",
                )
            )
            return
        self._window.status.show_note(f"Reading {counted(len(paths), 'file')} of annotations\u2026")
        self._tasks.run_task(
            lambda: [_read(path) for path in paths],
            done=lambda found: self._make_edits(entry, found),
            failed=self.failed.emit,
        )

    def _make_edits(self, entry: SlideEntry, found: Sequence[Read]) -> None:
        """In the background as well, as 50,000 points take a second."""
        document, why_not = entry.annotations.document, self._control.why_not(entry)
        if document is None or why_not:
            self._window.status.show_note("")
            names = ", ".join(path.name for path, _ in found)
            self.failed.emit(EquiscopeError("Nothing was imported", where=names, advice=why_not))
            return
        results = [result for _, result in found if isinstance(result, ImportResult) and result.annotations]
        classes, next_id = document.classes, document.next_id

        def done(edits: Sequence[Edit]) -> None:
            now = entry.annotations.document
            if now is not None and (now.classes, now.next_id) != (classes, next_id):
                # Something was drawn or read in the meantime: the ids are taken.
                self._make_edits(entry, found)
            else:
                self._take(entry, edits, found)

        self._tasks.run_task(lambda: _edits(results, classes, next_id), done=done, failed=self.failed.emit)

    def _take(self, entry: SlideEntry, edits: Sequence[Edit], found: Sequence[Read]) -> None:
        self._window.status.show_note("")
        for edit in edits:
            if not self._control.do(edit, entry=entry):
                return
        lines: list[str] = []
        for path, result in found:
            if isinstance(result, EquiscopeError):
                lines.append(f"{path.name}: refused. {result.sentence()}")
            else:
                lines += [result.summary()[0], *(f"    {reason}" for reason in result.reasons)]
        read = sum(len(edit.changes) for edit in edits)
        heading = (
            f"{counted(read, 'annotation')} added to {entry.path.name}." if read else "Nothing was added."
        )
        if read:
            heading += " Undo takes each file back as a whole."
        dialog = self.dialog = LinesDialog("Import", heading, lines, self._window)
        dialog.finished.connect(self._on_finished)
        dialog.open()

    def _on_finished(self, _result: int) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()

    def _ask(self) -> None:
        current = self._session.current
        folder = str(current.path.parent) if current is not None else ""
        names, _ = QFileDialog.getOpenFileNames(self._window, "Import annotations", folder, FILTER)
        if names:
            # The dialog let other events in: another slide may be on show by now.
            self.take([Path(name) for name in names], current)

    def _show(self) -> None:
        self._window.actions_.allow("import", self._control.why_not())


def _read(path: Path) -> Read:
    try:
        return path, read_annotations(path)
    except EquiscopeError as error:
        return path, error


def _edits(results: Sequence[ImportResult], classes: Sequence[AnnotationClass], next_id: int) -> list[Edit]:
    """An edit a file; each takes up the ids and classes where the one before it ends."""
    document = AnnotationDocument(classes=classes, next_id=next_id)
    return [document.do(import_edit(document, result)) for result in results]
