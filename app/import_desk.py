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
from inference.results.annotation_document import AnnotationDocument, Edit

FILTER = "Annotations (*.geojson *.json *.xml *.csv);;All files (*)"

Read = tuple[Path, ImportResult | EquiscopeError, Edit | None, int]
"""A file, what it holds or why it was refused, the edit that adds it, and the id that the edit begins with."""


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
        window.annotationsDropped.connect(self.take)
        for signal in (session.slideChanged, session.infoChanged, session.annotationsChanged):
            signal.connect(lambda *_: self._show())
        self._show()

    def take(self, paths: Sequence[Path]) -> None:
        """Reads files in the background, then adds what they hold to the slide on show."""
        entry, why_not = self._session.current, self._control.why_not()
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
            lambda: _read(paths, document),
            done=lambda found: self._on_read(entry, document, found),
            failed=self.failed.emit,
        )

    def _on_read(self, entry: SlideEntry, document: AnnotationDocument, found: Sequence[Read]) -> None:
        self._window.status.show_note("")
        if self._session.current is not entry or entry.annotations.document is not document:
            self.failed.emit(
                EquiscopeError(
                    "The slide was left before its annotations were read",
                    where=", ".join(path.name for path, *_ in found),
                    advice="Show it and import the files again",
                )
            )
            return
        lines: list[str] = []
        read = 0
        for path, result, edit, first_id in found:
            if isinstance(result, EquiscopeError):
                lines.append(f"{path.name}: refused. {result.sentence()}")
                continue
            lines += [result.summary()[0], *(f"    {reason}" for reason in result.reasons)]
            read += result.read
            if edit is not None:
                # Something was drawn or read in the meantime: the ids are taken.
                fits = first_id == document.next_id
                self._control.do(edit if fits else import_edit(document, result))
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
            self.take([Path(name) for name in names])

    def _show(self) -> None:
        self._window.actions_.allow("import", self._control.why_not())


def _read(paths: Sequence[Path], document: AnnotationDocument) -> list[Read]:
    """Reads files one after the other; edits are made here as well, as 50,000 points take a second."""
    found: list[Read] = []
    for path in paths:
        try:
            result = read_annotations(path)
        except EquiscopeError as error:
            found.append((path, error, None, 0))
            continue
        first_id = document.next_id
        found.append((path, result, import_edit(document, result) if result.annotations else None, first_id))
    return found
